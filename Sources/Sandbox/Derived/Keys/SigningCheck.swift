import Core
import Descriptor

/// Finds out what was drawn for a request (clock, nonce, random text) from where it stands in it, and checks that
/// everything that signing adds is what this key would have added.
struct SigningCheck {
  /// The key's credentials by slot, as handed out.
  let credentials: [String: String]
  /// The public halves of private keys, by slot.
  let publicKeys: [String: CoinbasePublicKey]
  /// The named values of signing.
  private let values: [String: Expression]
  /// What is known by name.
  private(set) var known: [String: SigningValue] = [:]

  /// - Parameter facts: what the request itself says: method, path, body and the like.
  init(
    _ signing: Signing, credentials: [String: String], publicKeys: [String: CoinbasePublicKey],
    facts: [String: SigningValue]
  ) {
    self.credentials = credentials
    self.publicKeys = publicKeys
    values = Dictionary(signing.values.map { ($0.name, $0.expression) }) { $1 }
    known = facts
  }

  /// What is drawn once a request.
  static let draws: Set<String> = [
    "nonce", "now_s", "now_ms", "now_us", "now_ns", "now_iso", "uuid", "random_hex", "payload",
  ]

  // MARK: Computing

  /// What an expression is; `nil` where something that it needs is not known.
  func value(_ expression: Expression, depth: Int = 0) -> SigningValue? {
    guard depth < 64 else { return nil }
    switch expression {
    case .text(let text): return .text(text)
    case .integer(let number): return .integer(number)
    case .variable(let name, _):
      if let value = known[name] { return value }
      if let named = values[name] { return value(named, depth: depth + 1) }
      return credentials[name].map(SigningValue.text)
    case .join(let first, let second, _):
      switch (value(first, depth: depth + 1), value(second, depth: depth + 1)) {
      case (.text(let a), .text(let b)): return .text(a + b)
      case (.bytes(let a), .bytes(let b)): return .bytes(a + b)
      case (.integer(let a), .integer(let b)):
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : .integer(sum)
      default: return nil
      }
    case .call(let function, let arguments):
      let known = arguments.compactMap { value($0, depth: depth + 1) }
      return known.count == arguments.count ? SigningFunctions.apply(function, known) : nil
    case .jwt: return nil
    }
  }

  // MARK: Finding what was drawn

  /// Takes out of a received text what was drawn for it.
  mutating func learn(_ expression: Expression, from text: String, depth: Int = 0) {
    guard depth < 64 else { return }
    switch expression {
    case .variable(let name, let kind): learn(name, kind, from: text, depth)
    case .call(.text, let arguments): if let first = arguments.first { learn(first, from: text, depth: depth + 1) }
    case .call(.base64, let arguments): learn(arguments, Base64.decoded(text), depth)
    case .call(.base64url, let arguments): learn(arguments, Base64URL.decode(text), depth)
    case .call(.hex, let arguments): learn(arguments, Hex.decode(text), depth)
    case .join(let first, let second, let kind): learn(first, second, kind, from: text, depth)
    case .jwt(_, let header, let claims):
      guard let token = JSONToken(text) else { return }
      for (members, json) in [(header, token.header), (claims, token.claims)] {
        for member in members {
          if let text = json[member.name]?.text { learn(member.value, from: text, depth: depth + 1) }
        }
      }
    default: break
    }
  }

  private mutating func learn(_ name: String, _ kind: Expression.Kind, from text: String, _ depth: Int) {
    if let named = values[name] { return learn(named, from: text, depth: depth + 1) }
    guard Self.draws.contains(name), known[name] == nil else { return }
    switch kind {
    case .integer: if let number = Int(text) { known[name] = .integer(number) }
    case .text: known[name] = .text(text)
    case .bytes: break
    }
  }

  /// Bytes that stand encoded in a text.
  private mutating func learn(_ arguments: [Expression], _ bytes: [UInt8]?, _ depth: Int) {
    guard let bytes, case .call(.utf8, let inner) = resolved(arguments.first), let first = inner.first else { return }
    learn(first, from: String(decoding: bytes, as: UTF8.self), depth: depth + 1)
  }

  private func resolved(_ expression: Expression?) -> Expression? {
    guard case .variable(let name, _) = expression, let named = values[name] else { return expression }
    return named
  }

  private mutating func learn(
    _ first: Expression, _ second: Expression, _ kind: Expression.Kind, from text: String, _ depth: Int
  ) {
    switch kind {
    case .text:
      if case .text(let start) = value(first), text.hasPrefix(start) {
        learn(second, from: String(text.dropFirst(start.count)), depth: depth + 1)
      } else if case .text(let end) = value(second), text.hasSuffix(end) {
        learn(first, from: String(text.dropLast(end.count)), depth: depth + 1)
      }
    case .integer:
      guard let sum = Int(text) else { return }
      if case .integer(let part) = value(second), case (let rest, false) = sum.subtractingReportingOverflow(part) {
        learn(first, from: String(rest), depth: depth + 1)
      } else if case .integer(let part) = value(first), case (let rest, false) = sum.subtractingReportingOverflow(part)
      {
        learn(second, from: String(rest), depth: depth + 1)
      }
    case .bytes: break
    }
  }

  /// Coarser clocks out of the finest that was told: all of a request are of one instant.
  mutating func completeClocks() {
    guard let now = instant else { return }
    for (name, value) in [("now_s", now.seconds), ("now_ms", now.milliseconds)] where known[name] == nil {
      known[name] = .integer(value)
    }
  }

  /// When the request says it was made.
  var instant: Timestamp? {
    let units = [("now_ns", 1), ("now_us", 1_000), ("now_ms", 1_000_000), ("now_s", 1_000_000_000)]
    for (name, unit) in units {
      guard case .integer(let count) = known[name],
        case (let nanoseconds, false) = count.multipliedReportingOverflow(by: unit)
      else { continue }
      return Timestamp(nanoseconds: Int64(nanoseconds))
    }
    guard case .text(let text) = known["now_iso"] else { return nil }
    return Timestamp(rfc3339: text)
  }

  /// The nonce that it says.
  var nonce: UInt64? {
    switch known["nonce"] {
    case .integer(let number): UInt64(exactly: number)
    default: nil
    }
  }

  // MARK: Checking

  /// Whether a received text is what this key's signing gives.
  func agrees(_ expression: Expression, with text: String, depth: Int = 0) -> Bool {
    guard depth < 64 else { return false }
    if let value = value(expression) {
      guard let written = value.written else { return false }
      return Digest.isEqual(Array(written.utf8), Array(text.utf8))
    }
    switch expression {
    case .variable(let name, _):
      return values[name].map { agrees($0, with: text, depth: depth + 1) } ?? false
    case .join(let first, let second, .text):
      if case .text(let start) = value(first), text.hasPrefix(start) {
        return agrees(second, with: String(text.dropFirst(start.count)), depth: depth + 1)
      }
      guard case .text(let end) = value(second), text.hasSuffix(end) else { return false }
      return agrees(first, with: String(text.dropLast(end.count)), depth: depth + 1)
    case .call(.base64, let arguments): return verifies(arguments, Base64.decoded(text))
    case .call(.base64url, let arguments): return verifies(arguments, Base64URL.decode(text))
    case .call(.hex, let arguments): return verifies(arguments, Hex.decode(text))
    case .jwt(let slot, let header, let claims): return agrees(JSONToken(text), slot, header, claims)
    default: return false
    }
  }

  /// Whether bytes are a signature by a private key that only its owner has.
  private func verifies(_ arguments: [Expression], _ signature: [UInt8]?) -> Bool {
    guard let signature, case .call(let function, let inner) = resolved(arguments.first), inner.count == 2,
      function == .es256 || function == .ed25519, let key = publicKeys[Self.slot(inner[0])],
      case .bytes(let message) = value(inner[1])
    else { return false }
    return key.type == (function == .es256 ? .es256 : .edDSA) && key.verifies(signature: signature, of: message)
  }

  /// The slot's name, however it is written.
  static func slot(_ expression: Expression) -> String {
    switch expression {
    case .variable(let name, _), .text(let name): name
    default: ""
    }
  }

  private func agrees(
    _ token: JSONToken?, _ slot: String, _ header: [Expression.Member], _ claims: [Expression.Member]
  ) -> Bool {
    guard let token, let key = publicKeys[slot], token.header["alg"]?.text == key.type.rawValue,
      key.verifies(signature: token.signature, of: token.signed)
    else { return false }
    for (members, json) in [(header, token.header), (claims, token.claims)] {
      for member in members {
        guard let value = value(member.value), let there = json[member.name] else { return false }
        let isText = if case .text = value { true } else { false }
        guard there.text == value.written, there.kind == (isText ? .string : .number) else { return false }
      }
    }
    return true
  }
}

/// A token taken apart.
struct JSONToken {
  let header: JSON
  let claims: JSON
  let signature: [UInt8]
  let signed: [UInt8]

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count <= 8_192, parts.count == 3, let head = Base64URL.decode(parts[0]),
      let body = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
      let header = try? JSON(parsing: head, maximumDepth: 4), let claims = try? JSON(parsing: body, maximumDepth: 4)
    else { return nil }
    self.header = header
    self.claims = claims
    self.signature = signature
    self.signed = Array("\(parts[0]).\(parts[1])".utf8)
  }
}
