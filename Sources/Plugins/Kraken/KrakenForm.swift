/// Parameters in the order written, as a query or as the body of a private call.
struct KrakenForm: Sendable {
  private var pairs: [(name: String, value: String)] = []

  init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

  /// Adds one.
  mutating func add(_ name: String, _ value: String) { pairs.append((name, value)) }

  /// With one in front.
  func prefixed(_ name: String, _ value: String) -> KrakenForm { KrakenForm([(name, value)] + pairs) }

  var isEmpty: Bool { pairs.isEmpty }

  /// `a=b&c=d`; all but unreserved characters escaped, a plus and a comma among them.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pairs.count * 24)
    for (name, value) in pairs {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
      Self.append(name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      Self.append(value, to: &bytes)
    }
    return bytes
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    guard !text.utf8.allSatisfy(isUnreserved) else { return bytes.append(contentsOf: text.utf8) }
    for byte in text.utf8 {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"): true
    default: false
    }
  }
}
