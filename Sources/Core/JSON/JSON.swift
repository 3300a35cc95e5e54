import CJSON
import Glibc

/// A value inside a parsed JSON document.
///
/// simdjson finds the structure; numbers keep their literal text, so that a decimal goes from the wire to
/// ``ExactDecimal`` without passing through binary. A duplicate key is refused on look-up, not resolved by luck.
public struct JSON: Sendable {
  /// What a value is.
  public enum Kind: Hashable, Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case boolean
    /// A number; see ``JSON/text`` for its literal text.
    case number
    /// A string
    case string
    /// `[…]`
    case array
    /// `{…}`
    case object
  }

  private let document: Document
  private let index: Int

  /// Parses one document, an object or array with nothing behind it.
  /// - Parameters:
  ///   - bytes: UTF-8 without byte order mark.
  ///   - maximumDepth: how deep containers may nest.
  /// - Throws: ``JSONError/malformed(_:)``.
  public init(parsing bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) {
    self.document = try Document(parsing: bytes, maximumDepth: maximumDepth)
    self.index = 0
  }

  /// Parses one document from text.
  public init(parsing text: String, maximumDepth: Int = 64) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
  }

  private init(_ document: Document, at index: Int) {
    self.document = document
    self.index = index
  }

  private var token: nija_json_token { document.token(index) }

  /// What this value is.
  public var kind: Kind {
    switch token.kind {
    case NIJA_JSON_FALSE, NIJA_JSON_TRUE: .boolean
    case NIJA_JSON_NUMBER: .number
    case NIJA_JSON_STRING, NIJA_JSON_KEY: .string
    case NIJA_JSON_ARRAY: .array
    case NIJA_JSON_OBJECT: .object
    default: .null
    }
  }

  /// Whether this is `null`.
  public var isNull: Bool { kind == .null }
  /// The string, or the literal text of the number; `nil` for anything else.
  public var text: String? {
    switch kind {
    case .string, .number: document.text(token)
    default: nil
    }
  }
  /// The number, or the number that a string is; `nil` for anything else and for what cannot be held exactly.
  public var decimal: ExactDecimal? {
    switch token.kind {
    case NIJA_JSON_NUMBER, NIJA_JSON_STRING: document.decimal(token)
    default: nil
    }
  }
  /// The truth value; `nil` for anything else.
  public var boolean: Bool? { kind == .boolean ? token.kind == NIJA_JSON_TRUE : nil }
  /// How many children an array or object has; 0 for anything else.
  public var count: Int {
    switch kind {
    case .array, .object: Int(token.length)
    default: 0
    }
  }

  /// The array's elements in order; `nil` when this is no array.
  public var elements: [JSON]? {
    guard kind == .array else { return nil }
    var children: [JSON] = []
    children.reserveCapacity(Int(token.length))
    var next = index + 1
    while next < Int(token.next) {
      children.append(JSON(document, at: next))
      next = Int(document.token(next).next)
    }
    return children
  }

  /// The object's members in the order written; `nil` when this is no object.
  public var members: [(key: String, value: JSON)]? {
    guard kind == .object else { return nil }
    var children: [(key: String, value: JSON)] = []
    children.reserveCapacity(Int(token.length))
    var next = index + 1
    while next < Int(token.next) {
      let key = document.text(document.token(next))
      children.append((key, JSON(document, at: next + 1)))
      next = Int(document.token(next + 1).next)
    }
    return children
  }

  /// The member named `key`; `nil` when this is no object, has no such member or has it twice.
  public subscript(key: String) -> JSON? {
    guard kind == .object else { return nil }
    var name = key
    let found = name.withUTF8 { document.value(of: $0, inObjectAt: index) }
    return found.map { JSON(document, at: $0) }
  }
}

/// The parser's tokens and text, freed with the last value that points into them.
private final class Document: @unchecked Sendable {
  // Unchecked, since it points to memory: written once in `init`, only read afterwards.
  private let raw: nija_json_document

  init(parsing bytes: [UInt8], maximumDepth: Int) throws(JSONError) {
    guard bytes.count < Int(Int32.max) else { throw .malformed("too large") }
    var padded: [UInt8] = []
    padded.reserveCapacity(bytes.count + nija_json_padding)
    padded.append(contentsOf: bytes)
    padded.append(contentsOf: repeatElement(0, count: nija_json_padding))
    var parsed = nija_json_document()
    let code = padded.withUnsafeBufferPointer {
      nija_json_parse($0.baseAddress, bytes.count, $0.count, UInt32(maximumDepth), &parsed)
    }
    raw = parsed
    guard code == 0 else { throw .malformed(String(cString: nija_json_error_text(code))) }
  }

  deinit {
    var parsed = raw
    nija_json_free(&parsed)
  }

  func token(_ index: Int) -> nija_json_token {
    precondition(index >= 0 && index < raw.token_count, "a token outside its document")
    return raw.tokens[index]
  }

  private func bytes(_ token: nija_json_token) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: raw.text + Int(token.offset), count: Int(token.length))
  }

  func text(_ token: nija_json_token) -> String { String(decoding: bytes(token), as: UTF8.self) }

  func decimal(_ token: nija_json_token) -> ExactDecimal? { try? ExactDecimal(utf8: bytes(token)) }

  /// Where the value of the one member with this key is; `nil` when there is none or more than one.
  func value(of key: UnsafeBufferPointer<UInt8>, inObjectAt index: Int) -> Int? {
    let end = Int(token(index).next)
    var found: Int?
    var next = index + 1
    while next < end {
      if bytes(token(next)).holdsSame(key) {
        guard found == nil else { return nil }
        found = next + 1
      }
      next = Int(token(next + 1).next)
    }
    return found
  }
}

extension UnsafeRawBufferPointer {
  /// Whether both hold the same bytes; the generic comparison goes one byte at a time through two iterators.
  fileprivate func holdsSame(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard count == other.count else { return false }
    guard count > 0, let here = baseAddress, let there = other.baseAddress else { return true }
    return memcmp(here, there, count) == 0
  }
}
