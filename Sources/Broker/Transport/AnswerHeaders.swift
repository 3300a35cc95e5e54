/// The header lines of an answer as they came, and what they say.
struct AnswerHeaders: Sendable {
  private var bytes: [UInt8] = []
  private var seen = 0

  /// Takes one line, its line end included; `false` when all lines together are longer than `limit`.
  mutating func append(_ line: UnsafeRawBufferPointer, limit: Int) -> Bool {
    seen += line.count
    guard seen <= limit else { return false }
    // Each `HTTP/` line begins anew: an interim answer (1xx) has headers of its own.
    if unsafe Self.isStatusLine(line) { bytes.removeAll(keepingCapacity: true) }
    unsafe bytes.append(contentsOf: line)
    return true
  }

  private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
    unsafe line.prefix(5).elementsEqual("HTTP/".utf8)
  }

  /// Names in lower case; values of a name that comes twice are joined by a comma.
  var fields: [String: String] {
    var fields: [String: String] = [:]
    for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { continue }
      let name = String(decoding: line[..<colon].map(Self.lowered), as: UTF8.self)
      let value = Self.trimmed(line[line.index(after: colon)...])
      fields[name] = fields[name].map { "\($0), \(value)" } ?? value
    }
    return fields
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    let start = bytes.drop { $0 == 32 || $0 == 9 }
    let kept = start.reversed().drop { $0 == 32 || $0 == 9 }.reversed()
    return String(decoding: Array(kept), as: UTF8.self)
  }
}
