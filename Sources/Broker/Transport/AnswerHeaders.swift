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
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
      if let colon = bytes[start..<end].firstIndex(of: UInt8(ascii: ":")), colon > start {
        let name = String(decoding: bytes[start..<colon].map(Self.lowered), as: UTF8.self)
        let value = String(decoding: trimmed(colon + 1, end), as: UTF8.self)
        fields[name] = fields[name].map { "\($0), \(value)" } ?? value
      }
      start = end + 1
    }
    return fields
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

  private func trimmed(_ start: Int, _ end: Int) -> ArraySlice<UInt8> {
    var start = start
    var end = end
    while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
    while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 || bytes[end - 1] == 13 { end -= 1 }
    return bytes[start..<end]
  }
}
