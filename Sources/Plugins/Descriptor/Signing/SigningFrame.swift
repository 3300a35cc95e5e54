internal import Core

/// What the variables of one request's signing are: text and bytes as bytes, integers apart.
struct SigningFrame: Sendable {
  /// The variables that every request has.
  enum Text: Int, CaseIterable {
    case method, scheme, host, path, query, pathQuery, body, contentType, payload, uuid, randomHex, nowISO
    static let byName: [String: Text] = [
      "method": .method, "scheme": .scheme, "host": .host, "path": .path, "query": .query, "path_query": .pathQuery,
      "body": .body, "content_type": .contentType, "payload": .payload, "uuid": .uuid, "random_hex": .randomHex,
      "now_iso": .nowISO,
    ]
  }

  /// The integers that every request has.
  enum Integer: Int, CaseIterable {
    case seconds, milliseconds, microseconds, nanoseconds, nonce
    static let byName: [String: Integer] = [
      "now_s": .seconds, "now_ms": .milliseconds, "now_us": .microseconds, "now_ns": .nanoseconds, "nonce": .nonce,
    ]
  }

  private(set) var texts: [[UInt8]]
  private(set) var integers: [Int]

  /// A frame with room for so many values of a descriptor's own.
  init(texts: Int, integers: Int) {
    self.texts = Array(repeating: [], count: Text.allCases.count + texts)
    self.integers = Array(repeating: 0, count: Integer.allCases.count + integers)
  }

  mutating func set(_ text: Text, _ value: [UInt8]) { texts[text.rawValue] = value }
  mutating func set(_ integer: Integer, _ value: Int) { integers[integer.rawValue] = value }
  mutating func set(text place: Int, _ value: [UInt8]) { texts[place] = value }
  mutating func set(integer place: Int, _ value: Int) { integers[place] = value }
}
