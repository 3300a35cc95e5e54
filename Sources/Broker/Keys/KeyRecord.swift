import Core

/// What a key's file holds, as text that a person can read: scale, highest number that may have been used, holder, and a
/// check so that damage is seen and never read as a small number.
struct KeyRecord: Hashable, Sendable {
  var scale: NonceScale
  /// Every number up to this may have been used.
  var reserved: UInt64
  /// Process that holds the file, or held it last.
  var holder: Int32

  /// The most bytes that a record has.
  static let maximumLength = 256

  private static let title = "nija-key 2"
  /// The same record in a file that has no levels behind it.
  private static let titleWithoutLevels = "nija-key 1"

  /// The record.
  func encoded() throws(SigningError) -> [UInt8] { try encoded(Self.title) }

  private func encoded(_ title: String) throws(SigningError) -> [UInt8] {
    // Fixed widths: a record overwrites the one before it byte for byte.
    let text = """
      \(title)
      scale \(Self.padded(scale.rawValue, 12))
      reserved \(Self.padded(String(reserved), 20))
      holder \(Self.padded(String(holder), 10))

      """
    return Array((text + "check \(try Self.check(text))\n").utf8)
  }

  /// Reads what a file begins with; `nil` when one byte of it is not as written.
  init?(decoding bytes: [UInt8]) {
    let lines = String(decoding: bytes.prefix(Self.maximumLength), as: UTF8.self).split(separator: "\n").prefix(5)
      .map { line in line.split(separator: " ").map(String.init) }
    guard lines.count == 5, let scale = lines[1].last.flatMap(NonceScale.init(rawValue:)),
      let reserved = lines[2].last.flatMap(UInt64.init), let holder = lines[3].last.flatMap(Int32.init)
    else { return nil }
    self.init(scale: scale, reserved: reserved, holder: holder)
    let isAsWritten = [Self.title, Self.titleWithoutLevels].contains { title in
      (try? encoded(title)).map { bytes.starts(with: $0) } ?? false
    }
    guard isAsWritten else { return nil }
  }

  init(scale: NonceScale, reserved: UInt64, holder: Int32) {
    self.scale = scale
    self.reserved = reserved
    self.holder = holder
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private static func check(_ text: String) throws(SigningError) -> String {
    String(Hex.encode(try SHA256.digest(Array(text.utf8))).prefix(16))
  }
}
