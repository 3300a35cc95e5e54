import Core

/// Ways in which an answer is not what is documented.
enum Garbage: String, CaseIterable, Hashable, Sendable {
  case empty, html
  case noResult = "no_result"
  case notJSON = "not_json"
  case bom, huge
  case duplicateKeys = "duplicate_keys"
  case extraFields = "extra_fields"
  case wrongType = "wrong_type"
  case unknownStatus = "unknown_status"
  case nullFields = "null_fields"

  /// The venue's answer, spoilt. An answer that is no JSON stays as it is where JSON would be changed.
  /// - Parameter status: the members, or places in lists (`[13]`), that say where an order stands.
  func spoil(_ response: VenueResponse, status: Set<String> = ["status"]) -> VenueResponse {
    var spoilt = response
    switch self {
    case .empty: spoilt.body = []
    case .html: return EdgePage.response(title: "Welcome", status: response.status)
    case .notJSON: spoilt.body = Array("OK, done.".utf8)
    case .bom: spoilt.body = [0xEF, 0xBB, 0xBF] + response.body
    default:
      guard let json = try? JSON(parsing: response.body) else { return response }
      if self == .noResult { spoilt.headers.removeAll { $0.name.lowercased() != "content-type" } }
      // A list says nothing of errors: without its result there is nothing.
      if self == .noResult, json.kind == .array {
        spoilt.body = Array("{}".utf8)
        return spoilt
      }
      var values = GarbageValues(self, status)
      spoilt.body = Array(values.spoil(JSONValue(json), key: "", isTop: true).encoded.utf8)
    }
    return spoilt
  }
}

/// Changes a document's values.
private struct GarbageValues {
  private let kind: Garbage
  private let status: Set<String>
  private var texts = 0
  /// What `huge` adds.
  private static let padding = 5 << 20

  init(_ kind: Garbage, _ status: Set<String>) {
    self.kind = kind
    self.status = status
  }

  mutating func spoil(_ value: JSONValue, key: String, isTop: Bool) -> JSONValue {
    switch value {
    case .object(let members): return object(members, isTop: isTop)
    case .array(let elements):
      var spoilt: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        let place = "[\(index)]"
        spoilt.append(spoil(element, key: status.contains(place) ? place : key, isTop: false))
      }
      return .array(spoilt)
    default: return leaf(value, key: key)
    }
  }

  private mutating func object(_ members: [(key: String, value: JSONValue)], isTop: Bool) -> JSONValue {
    var spoilt: [(key: String, value: JSONValue)] = []
    for (key, value) in members {
      if isTop, kind == .noResult, key != "error" { continue }
      spoilt.append((key, spoil(value, key: key, isTop: false)))
      if kind == .duplicateKeys { spoilt.append((key, .null)) }
    }
    if isTop, kind == .huge {
      spoilt.append(("padding", .string(String(repeating: "x", count: Self.padding))))
    }
    if kind == .extraFields, Self.isRecord(members), !Self.isChoice(members) {
      spoilt.append(("new_field", ["added": .integer(2031), "list": [.null, "x"]]))
    }
    return .object(spoilt)
  }

  /// Whether its one key says what stands there, as in `order_configuration`: another one would not be more of it.
  private static func isChoice(_ members: [(key: String, value: JSONValue)]) -> Bool {
    guard members.count == 1, case .object = members.first?.value else { return false }
    return true
  }

  /// Whether the keys are names of fields. Where they are ids or symbols (`XXBT`, `OABCDE-…`), one more of them would be
  /// another asset or order, not a field that nobody knows.
  private static func isRecord(_ members: [(key: String, value: JSONValue)]) -> Bool {
    !members.isEmpty && members.allSatisfy { $0.key.utf8.first.map { (97...122).contains($0) } ?? false }
  }

  private mutating func leaf(_ value: JSONValue, key: String) -> JSONValue {
    switch (kind, value) {
    case (.nullFields, _): return .null
    case (.unknownStatus, .string(let text)) where status.contains(key):
      return .string(text == text.uppercased() ? "SOMETHING_NEW" : "something_new")
    case (.unknownStatus, .boolean) where status.contains(key): return .string("something_new")
    case (.wrongType, .string(let text)): return wrong(text)
    case (.wrongType, .integer(let number)): return .string(String(number))
    case (.wrongType, .number(let text)): return .string(text)
    case (.wrongType, .boolean(let truth)): return .string(truth ? "true" : "false")
    default: return value
    }
  }

  /// A number, a truth value and an object by turns; a number keeps its digits, so that whoever takes it reads no other.
  private mutating func wrong(_ text: String) -> JSONValue {
    texts += 1
    switch texts % 3 {
    case 1: return .number((try? ExactDecimal(parsing: text))?.description ?? "7")
    case 2: return .boolean(true)
    default: return .object([])
    }
  }
}

extension JSONValue {
  /// The same document, to be written.
  init(_ json: JSON) {
    switch json.kind {
    case .null: self = .null
    case .boolean: self = .boolean(json.boolean ?? false)
    case .number: self = .number(json.text ?? "0")
    case .string: self = .string(json.text ?? "")
    case .array: self = .array((json.elements ?? []).map(JSONValue.init))
    case .object: self = .object((json.members ?? []).map { ($0.key, JSONValue($0.value)) })
    }
  }
}

/// What stands before a venue says when the venue does not.
enum EdgePage {
  /// A page with a title.
  static func response(
    title: String, status: Int, headers: [(name: String, value: String)] = []
  ) -> VenueResponse {
    let page =
      "<html><head><title>\(title)</title></head><body><center><h1>\(title)</h1></center>"
      + "<hr><center>cloudflare</center></body></html>"
    return VenueResponse(status: status, headers: [("Content-Type", "text/html")] + headers, body: Array(page.utf8))
  }

  private static let titles = [
    403: "Forbidden", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Temporarily Unavailable", 504: "Gateway Time-out", 520: "Web server is returning an unknown error",
    522: "Connection timed out", 524: "A timeout occurred",
  ]

  /// The page of a status.
  static func response(_ status: Int, headers: [(name: String, value: String)] = []) -> VenueResponse {
    response(title: "\(status) \(titles[status] ?? "Error")", status: status, headers: headers)
  }

  /// The page of an address that asks too much.
  static let banned = response(title: "Error 1015: You are being rate limited", status: 403)
}
