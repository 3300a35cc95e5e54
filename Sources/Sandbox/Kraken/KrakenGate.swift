import Core

/// A private call that passed every check before its arguments.
struct KrakenCall: Sendable {
  let key: KrakenKey
  let parameters: KrakenParameters
  let conditions: VenueConditions
  let tier: KrakenTier
}

/// The checks that every private call passes, in Kraken's order. Nothing here knows what the call does.
struct KrakenGate: Sendable {
  private let settings: KrakenSettings
  private var keys: [String: KrakenKey] = [:]
  private var failures: [String: [Timestamp]] = [:]
  private var lockedUntil: [String: Timestamp] = [:]
  /// By account; the settings' own where an account has none.
  private var tiers: [String: KrakenTier] = [:]
  private var publicCalls: [String: DecayingCounter] = [:]
  /// More strangers than this are forgotten together.
  private static let strangers = 10_000

  init(settings: KrakenSettings) { self.settings = settings }

  // MARK: Keys

  /// Takes a key into use.
  mutating func add(_ key: KrakenKey) { keys[key.text] = key }

  /// A key by its text.
  func key(_ text: String) -> KrakenKey? { keys[text] }

  /// Forgets the keys of an account; how many there were.
  mutating func revoke(account: String) -> Int {
    let revoked = keys.values.filter { $0.account == account }
    for key in revoked { keys[key.text] = nil }
    return revoked.count
  }

  /// What an account's counters are like.
  func tier(of account: String) -> KrakenTier { tiers[account] ?? settings.tier }

  /// Sets what an account's counters are like.
  mutating func setTier(_ tier: KrakenTier, of account: String) { tiers[account] = tier }

  // MARK: Calls

  /// Lets a private call through or says what stops it.
  mutating func admit(_ request: VenueRequest, _ endpoint: KrakenEndpoint) throws(KrakenError) -> KrakenCall {
    let now = request.receivedAt
    let text = request.header("API-Key") ?? ""
    guard !request.conditions.isLockedOut else { throw KrakenError("EGeneral:Temporary lockout") }
    guard !request.conditions.isRevoked else { throw KrakenError("EAPI:Invalid key") }
    if let until = lockedUntil[text], now < until {
      lockedUntil[text] = now + settings.lockout
      throw KrakenError("EGeneral:Temporary lockout")
    }
    let parameters: KrakenParameters
    do throws(KrakenError) {
      parameters = try authenticate(request, text)
    } catch {
      fail(text, now)
      throw error
    }
    let key = try charge(text, endpoint, now, without: request.conditions.removedPermissions)
    return KrakenCall(
      key: key, parameters: parameters, conditions: request.conditions, tier: tier(of: key.account))
  }

  private mutating func authenticate(
    _ request: VenueRequest, _ text: String
  ) throws(KrakenError) -> KrakenParameters {
    guard let key = keys[text] else { throw KrakenError("EAPI:Invalid key") }
    let parameters = try Self.parameters(request)
    guard let nonce = parameters["nonce"] else { throw KrakenError("EAPI:Invalid nonce") }
    let sign = request.header("API-Sign") ?? ""
    guard KrakenSignature.isRight(sign, secret: key.secret, path: request.path, nonce: nonce, body: request.body) else {
      throw KrakenError("EAPI:Invalid signature")
    }
    guard nonce.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt64(nonce),
      lastNonce(text, number, request.conditions).map({ number > $0 }) ?? true
    else { throw KrakenError("EAPI:Invalid nonce") }
    keys[text]?.nonce = number
    return parameters
  }

  /// The last nonce of a key; a fault may have moved it an hour ahead, in the unit that the client counts in.
  private mutating func lastNonce(_ text: String, _ number: UInt64, _ conditions: VenueConditions) -> UInt64? {
    if let jump = conditions.nonceJump, keys[text]?.nonceJump != jump {
      let last = max(keys[text]?.nonce ?? 0, number)
      let second: UInt64 =
        last > 1 << 60 ? 1_000_000_000 : last > 1 << 50 ? 1_000_000 : last > 1 << 40 ? 1_000 : 1
      let (ahead, overflow) = last.addingReportingOverflow(second * 3_600)
      keys[text]?.nonce = overflow ? last : ahead
      keys[text]?.nonceJump = jump
    }
    return keys[text]?.nonce
  }

  private static func parameters(_ request: VenueRequest) throws(KrakenError) -> KrakenParameters {
    guard request.header("Content-Type")?.lowercased().contains("json") == true else {
      return KrakenParameters(form: String(decoding: request.body, as: UTF8.self))
    }
    do throws(JSONError) {
      return try KrakenParameters(json: request.body)
    } catch {
      throw KrakenError("EAPI:Invalid nonce")
    }
  }

  private mutating func fail(_ text: String, _ now: Timestamp) {
    if failures.count > Self.strangers { failures = [:] }
    if lockedUntil.count > Self.strangers { lockedUntil = [:] }
    let recent = (failures[text] ?? []).filter { $0 > now - .seconds(60) } + [now]
    failures[text] = recent
    guard recent.count >= settings.lockoutFailures else { return }
    failures[text] = nil
    lockedUntil[text] = now + settings.lockout
  }

  private mutating func charge(
    _ text: String, _ endpoint: KrakenEndpoint, _ now: Timestamp, without removed: Set<String>
  ) throws(KrakenError) -> KrakenKey {
    guard var key = keys[text] else { throw KrakenError("EAPI:Invalid key") }
    defer { keys[text] = key }
    key.lastUsed = now
    let tier = tier(of: key.account)
    guard key.counter.add(endpoint.cost, limit: tier.restLimit, decay: tier.restDecay, at: now)
    else { throw KrakenError("EAPI:Rate limit exceeded") }
    var shown = key
    shown.permissions = key.permissions.filter { !removed.contains($0.rawValue) }
    guard endpoint.permissions.allSatisfy({ !$0.isDisjoint(with: shown.permissions) }) else {
      throw KrakenError("EGeneral:Permission denied")
    }
    return shown
  }

  /// Counts a public call of an address.
  mutating func admitPublic(_ remote: String, _ now: Timestamp) throws(KrakenError) {
    if publicCalls.count > Self.strangers { publicCalls = [:] }
    let isAdmitted = publicCalls[remote, default: DecayingCounter()]
      .add(1, limit: settings.publicBurst, decay: settings.publicRate, at: now)
    guard isAdmitted else { throw KrakenError("EGeneral:Too many requests") }
  }
}
