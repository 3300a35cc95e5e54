internal import CCrypto

extension [UInt8] {
  /// Overwrites the bytes with zeros in a way no optimiser removes, then empties the array. Other arrays that share the
  /// storage keep theirs: this is for copies made on the way.
  package mutating func wipe() {
    unsafe withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    removeAll()
  }
}
