internal import Core

/// What an expression may name at one place of `signing`.
struct SigningScope {
  /// Every variable by name, with its type.
  var variables: [String: Expression.Kind]
  /// The credentials; they are variables, too.
  var slots: [String: CredentialSlot]

  /// What is known before the request has its text: of parameters that are a part of it.
  static let early: [String: Expression.Kind] = [
    "method": .text, "scheme": .text, "host": .text, "path": .text, "uuid": .text, "random_hex": .text,
    "now_iso": .text,
    "now_s": .integer, "now_ms": .integer, "now_us": .integer, "now_ns": .integer, "nonce": .integer,
  ]
  /// What is known of a request that stands.
  static let late: [String: Expression.Kind] = [
    "query": .text, "path_query": .text, "body": .text, "content_type": .text, "payload": .text,
  ]
  /// Every name that the language has itself: no credential and no value may be called so.
  static var reserved: Set<String> {
    Set(early.keys).union(late.keys).union(Expression.Function.allCases.map(\.rawValue)).union(["jwt"])
  }

  /// Before the request has its text.
  init(slots: [CredentialSlot], isRequestKnown: Bool) {
    self.slots = Dictionary(slots.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    variables = isRequestKnown ? Self.early.merging(Self.late) { first, _ in first } : Self.early
    for slot in slots { variables[slot.name] = .text }
  }
}

extension Expression.Function {
  /// The types of its arguments.
  var parameters: [Expression.Kind] {
    switch self {
    case .utf8, .unbase64, .unhex, .upper, .lower, .percent: [.text]
    case .hex, .base64, .base64url, .sha256, .sha384, .sha512: [.bytes]
    case .hmacSHA256, .hmacSHA384, .hmacSHA512: [.bytes, .bytes]
    case .text: [.integer]
    case .es256, .ed25519: [.text, .bytes]
    }
  }

  /// Whether the first argument is a credential by its slot's name.
  var takesSlot: Bool { self == .es256 || self == .ed25519 }
}

extension Expression.Kind {
  /// As a message says it.
  var phrase: String {
    switch self {
    case .text: "text"
    case .bytes: "bytes"
    case .integer: "a whole number"
    }
  }

  /// What turns another type into this one.
  func hint(from other: Expression.Kind) -> String {
    switch (other, self) {
    case (.text, .bytes): "; utf8(…), unbase64(…) or unhex(…) make bytes of text"
    case (.bytes, .text): "; hex(…), base64(…) or base64url(…) make text of bytes"
    case (.integer, .text): "; text(…) makes text of a number"
    case (.integer, .bytes): "; utf8(text(…)) makes bytes of a number"
    default: ""
    }
  }
}
