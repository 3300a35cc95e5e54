import Core
import Descriptor

/// Who asks, as a derived venue finds out: by the descriptor's own `signing`, turned round.
struct DerivedGate: Sendable {
  private let signing: Signing?
  private let slots: [CredentialSlot]
  private let lifetime: Duration
  private let keys = DerivedKeys()
  private let name: KeyName?
  private let nameExpression: Expression?
  private let privateSlots: Set<String>

  /// How far a client's clock may be ahead.
  static let leeway = Duration.seconds(5)

  init(_ descriptor: Descriptor) {
    signing = descriptor.signing
    slots = descriptor.credentials
    lifetime = descriptor.orderLifetime
    let found = descriptor.signing.flatMap { KeyNames.find($0, slots: Set(descriptor.credentials.map(\.name))) }
    name = found?.name
    nameExpression = found?.expression
    privateSlots = descriptor.signing.map(KeyNames.privateSlots) ?? []
  }

  // MARK: Keys

  /// A fresh key, by slot.
  func issue(account: String, rights: Set<String>) -> [(slot: String, value: String)] {
    guard let key = DerivedKey(slots, privateSlots: privateSlots, account: account, rights: rights) else { return [] }
    keys.add(key, named: text(of: key) ?? account)
    return slots.compactMap { slot in key.credentials[slot.name].map { (slot.name, $0) } }
  }

  func revoke(account: String) -> Int { keys.removeAll(of: account) }

  /// What requests of a key say of it.
  private func text(of key: DerivedKey) -> String? {
    guard let signing, let nameExpression else { return nil }
    let check = SigningCheck(signing, credentials: key.credentials, publicKeys: [:], facts: [:])
    return check.value(nameExpression)?.written
  }

  /// The name of a key that a request claims to be of, unchecked.
  private func claimed(_ request: VenueRequest, _ parts: RequestParts?) -> String? {
    switch name {
    case .header(let header): request.header(header)
    case .parameter(let parameter): (parts ?? RequestParts(request, payload: nil)).parameter(parameter)
    case .token(let header, let member):
      request.header(header).flatMap { $0.split(separator: " ").last }.flatMap { JSONToken(String($0)) }
        .flatMap { $0.header[member]?.text ?? $0.claims[member]?.text }
    case nil: nil
    }
  }

  /// Whose key a request names, if the venue issued it.
  func account(_ request: VenueRequest) -> String? { claimed(request, nil).flatMap { keys[$0]?.account } }

  /// What signing placed in a request besides its parameters; `nil` where it places nothing.
  func payload(_ request: VenueRequest) -> String? {
    guard let signing else { return nil }
    var check = SigningCheck(signing, credentials: [:], publicKeys: [:], facts: [:])
    for entry in signing.headers {
      if let text = request.header(entry.name) { check.learn(entry.expression, from: text) }
    }
    guard case .text(let payload) = check.known["payload"] else { return nil }
    return payload
  }

  // MARK: Checking

  /// The key that signed a request.
  func key(_ request: VenueRequest, _ parts: RequestParts, _ call: Call) throws(DerivedRefusal) -> SignedKey {
    guard let signing else { throw DerivedRefusal(.invalidKey, "nothing is signed here") }
    guard let name = claimed(request, parts), let key = keys[name], !request.conditions.isRevoked else {
      throw DerivedRefusal(.invalidKey, "no such key")
    }
    var check = SigningCheck(
      signing, credentials: key.credentials, publicKeys: key.publicKeys, facts: facts(request, call, signing))
    let entries = received(signing, request, parts)
    for _ in 0..<2 {
      for entry in entries { if let text = entry.text { check.learn(entry.expression, from: text) } }
    }
    check.completeClocks()
    for entry in entries {
      guard let text = entry.text else { throw DerivedRefusal(.invalidSignature, "\(entry.name) is missing") }
      guard check.agrees(entry.expression, with: text) else {
        throw DerivedRefusal(.invalidSignature, "\(entry.name) is not what this key's would be")
      }
    }
    if let nonce = check.nonce, !keys.use(nonce, of: name) { throw DerivedRefusal(.invalidNonce, "the nonce is small") }
    if let made = check.instant {
      guard made + lifetime >= request.receivedAt else { throw DerivedRefusal(.stale, "the request is too old") }
      guard made <= request.receivedAt + Self.leeway else { throw DerivedRefusal(.stale, "the clock is ahead") }
    }
    return SignedKey(
      name: name, account: key.account, rights: key.rights.subtracting(request.conditions.removedPermissions))
  }

  private struct Received {
    let name: String
    let expression: Expression
    let text: String?
  }

  private func received(_ signing: Signing, _ request: VenueRequest, _ parts: RequestParts) -> [Received] {
    (signing.first + signing.last + signing.append).map {
      Received(name: $0.name, expression: $0.expression, text: parts.parameter($0.name))
    } + signing.headers.map { Received(name: $0.name, expression: $0.expression, text: request.header($0.name)) }
  }

  /// What the request itself says; what was appended after signing was not there when it was signed.
  private func facts(_ request: VenueRequest, _ call: Call, _ signing: Signing) -> [String: SigningValue] {
    let isForm = if case .form = call.carrier { true } else { false }
    var query = request.query
    var body = String(decoding: request.body, as: UTF8.self)
    for entry in signing.append.reversed() {
      if isForm { Self.cut(entry.name, from: &body) } else { Self.cut(entry.name, from: &query) }
    }
    return [
      "method": .text(request.method), "scheme": .text("http"), "host": .text(request.header("Host") ?? ""),
      "path": .text(request.path), "query": .text(query),
      "path_query": .text(query.isEmpty ? request.path : "\(request.path)?\(query)"), "body": .text(body),
      "content_type": .text(request.header("Content-Type") ?? ""),
    ]
  }

  /// Cuts the last parameter off, when it has this name.
  private static func cut(_ name: String, from text: inout String) {
    let start = "\(name)="
    if let range = text.ranges(of: "&" + start).last {
      text = String(text[..<range.lowerBound])
    } else if text.hasPrefix(start) {
      text = ""
    }
  }
}

/// Whose a request is.
struct SignedKey: Sendable {
  let name: String
  let account: String
  let rights: Set<String>
}

/// What a descriptor's signing says of keys.
enum KeyNames {
  /// The first place that holds nothing but a credential and fixed text: what a venue finds the key by.
  static func find(_ signing: Signing, slots: Set<String>) -> (name: KeyName, expression: Expression)? {
    for entry in signing.headers where isPlain(entry.expression, slots) {
      return (.header(entry.name), entry.expression)
    }
    for entry in signing.first + signing.last where isPlain(entry.expression, slots) {
      return (.parameter(entry.name), entry.expression)
    }
    for entry in signing.headers {
      guard let token = token(in: entry.expression, signing) else { continue }
      for member in token.header + token.claims where isPlain(member.value, slots) {
        return (.token(header: entry.name, member: member.name), member.value)
      }
    }
    return nil
  }

  /// Whether it is a credential's own text, perhaps with fixed text around it.
  private static func isPlain(_ expression: Expression, _ slots: Set<String>) -> Bool {
    switch expression {
    case .variable(let name, _): slots.contains(name)
    case .join(let first, .text, .text): isPlain(first, slots)
    case .join(.text, let second, .text): isPlain(second, slots)
    default: false
    }
  }

  private static func token(
    in expression: Expression, _ signing: Signing
  ) -> (header: [Expression.Member], claims: [Expression.Member])? {
    switch expression {
    case .jwt(_, let header, let claims): (header, claims)
    case .join(let first, let second, _): token(in: first, signing) ?? token(in: second, signing)
    case .variable(let name, _):
      signing.values.first { $0.name == name }.flatMap { token(in: $0.expression, signing) }
    default: nil
    }
  }

  /// The slots whose values are private keys.
  static func privateSlots(_ signing: Signing) -> Set<String> {
    let all = signing.first + signing.last + signing.values + signing.append + signing.headers
    return all.reduce(into: []) { collect($1.expression, &$0) }
  }

  private static func collect(_ expression: Expression, _ slots: inout Set<String>) {
    switch expression {
    case .jwt(let slot, _, _): slots.insert(slot)
    case .call(let function, let arguments):
      if function == .es256 || function == .ed25519, let first = arguments.first {
        slots.insert(SigningCheck.slot(first))
      }
      for argument in arguments { collect(argument, &slots) }
    case .join(let first, let second, _):
      collect(first, &slots)
      collect(second, &slots)
    case .text, .integer, .variable: break
    }
  }
}
