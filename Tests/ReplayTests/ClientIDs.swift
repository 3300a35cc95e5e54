import Core

/// Our ids in place of those of the material, which are not of our form: each text always has the same one.
enum ClientIDs {
  static let keys: Set<String> = ["cl_ord_id", "client_order_id"]

  static func ours(_ text: String) -> ClientOrderID {
    // FNV-1a: equal texts, equal ids, in every run.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return ClientOrderID(journal: "0123456789ab", sequence: hash)
  }
}
