internal import Broker
internal import Core
internal import Synchronization

/// Sends calls to Kraken, within its limits and in the order of their nonces, and opens what comes back.
final class KrakenClient: Sendable {
  private let endpoint: Broker.Endpoint
  private let transport: any Transport
  private let clock: any ProtocolClock
  private let signer: KrakenSigner?
  private let nonces: (any NonceSource)?
  private let line = SendingLine()
  private let publicGate: CallGate
  private let privateGate: CallGate
  private let ages: Mutex<KrakenOrderAges>
  private let time: GateTime

  static let userAgent = "nija-host/0.1"
  /// Measured bursts of 16 pass; what Kraken allows in the long run is about one a second and address.
  private static let publicBurst = 15
  /// Of the private counter, for looking after orders while other queries wait.
  private static let reserve = 4
  /// The longest silence that an error may order.
  private static let lockout = KrakenErrors.lockout

  init(_ context: PluginContext, time: GateTime) throws(BrokerError) {
    self.time = time
    self.ages = Mutex(KrakenOrderAges(birth: time.now()))
    endpoint = context.endpoint
    transport = context.transport
    clock = context.clock
    nonces = context.nonces
    signer = try Self.signer(context.credentials)
    let tier = context.options[KrakenSpec.tierOption].flatMap(KrakenTier.init(rawValue:)) ?? .starter
    let counter = DecayingCounter(
      maximum: tier.counter.maximum, decayPerSecond: tier.counter.decayPerSecond, start: time.now())
    privateGate = CallGate(CallBudget(counter, reserve: Self.reserve), time: time)
    let publicCounter = DecayingCounter(maximum: Self.publicBurst, decayPerSecond: 1_000_000, start: time.now())
    publicGate = CallGate(CallBudget(publicCounter, reserve: 0), time: time)
  }

  private static func signer(_ credentials: [String: Secret]) throws(BrokerError) -> KrakenSigner? {
    switch (credentials["api_key"], credentials["api_secret"]) {
    case (nil, nil): return nil
    case (let key?, let secret?): return try KrakenSigner(key: key, secret: secret)
    default:
      throw BrokerError(
        .misconfigured, scope: .account, recovery: .never, message: "api_key and api_secret are needed together")
    }
  }

  // MARK: Orders

  /// Learns the market and age of orders from a report: for every answer that tells of orders.
  func remember(_ orders: [Order]) {
    let (now, wall) = (time.now(), clock.now)
    ages.withLock { ages in for order in orders { ages.learn(order, now: now, wall: wall) } }
  }

  /// Kraken took the order that was sent as `name` and calls it `id`: for every answer that acknowledges one.
  func remember(_ id: VenueOrderID, of name: String) { ages.withLock { $0.alias(id.rawValue, of: name) } }

  // MARK: Calls

  /// A public call.
  func get<Result>(
    _ call: KrakenCall, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    try await named(call.operation) { () async throws(BrokerError) in
      try await publicGate.pass(cost: 1, isUrgent: false, within: call.patience)
      let query = call.form.isEmpty ? "" : "?" + String(decoding: call.form.encoded, as: UTF8.self)
      let request = HTTPRequest(
        method: "GET", url: "\(endpoint)/0/public/\(call.method)\(query)",
        headers: [("User-Agent", Self.userAgent)], timeout: call.timeout)
      return try await exchange(request, call, publicGate, read)
    }
  }

  /// A private call; a refused nonce is tried once more for calls that only ask.
  func post<Result>(
    _ call: KrakenCall, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    try await named(call.operation) { () async throws(BrokerError) in
      do throws(BrokerError) {
        return try await attempt(call, read)
      } catch {
        guard error.code == .invalidNonce, call.effect == .none else { throw error }
        return try await attempt(call, read)
      }
    }
  }

  /// Names the operation in errors of what it is made of.
  private func named<Result>(
    _ operation: String, _ body: () async throws(BrokerError) -> Result
  ) async throws(BrokerError) -> Result {
    do throws(BrokerError) {
      return try await body()
    } catch {
      var named = error
      named.operation = operation
      throw named
    }
  }

  private func attempt<Result>(
    _ call: KrakenCall, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    guard let signer, let nonces else {
      throw BrokerError(.notSent, scope: .account, recovery: .never, message: "no credentials")
    }
    try await privateGate.pass(cost: call.cost, isUrgent: call.isUrgent, within: call.patience)
    return try await line.run(call.priority) { () async throws(BrokerError) in
      try call.check?(clock.now)
      let request = try signed(call, signer, nonce: String(try nonces.next()))
      return try await exchange(request, call, privateGate, read)
    }
  }

  private func signed(_ call: KrakenCall, _ signer: KrakenSigner, nonce: String) throws(BrokerError) -> HTTPRequest {
    let path = "/0/private/\(call.method)"
    let (body, type) = call.body(nonce: nonce)
    let sign = try signer.signature(path: path, nonce: nonce, body: body)
    return HTTPRequest(
      method: "POST", url: "\(endpoint)\(path)",
      headers: [
        ("API-Key", signer.key), ("API-Sign", sign), ("User-Agent", Self.userAgent),
        ("Content-Type", type),
      ], body: body, timeout: call.timeout, priority: call.priority)
  }

  // MARK: Answers

  private func exchange<Result>(
    _ request: HTTPRequest, _ call: KrakenCall, _ gate: CallGate, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    let answer: HTTPAnswer
    do throws(TransportError) {
      answer = try await transport.send(request)
    } catch {
      throw KrakenAnswer.error(error, call)
    }
    guard answer.status == 200 else { throw blocked(answer, call) }
    let (errors, result) = try reading(call) { () throws(JSONError) in try KrakenAnswer.open(answer.body) }
    guard errors.isEmpty else { throw refused(errors, call, gate) }
    return try reading(call) { () throws(JSONError) in
      guard let result else { throw .missing("result") }
      return try read(result)
    }
  }

  /// An answer that is not what Kraken documents leaves open what was done.
  private func reading<Result>(
    _ call: KrakenCall, _ body: () throws(JSONError) -> Result
  ) throws(BrokerError) -> Result {
    do throws(JSONError) {
      return try body()
    } catch {
      throw call.doubtful(.malformedAnswer, .broker, retry: .seconds(10), message: error.description)
    }
  }

  private func blocked(_ answer: HTTPAnswer, _ call: KrakenCall) -> BrokerError {
    let error = KrakenAnswer.error(status: answer.status, answer, call)
    if error.code == .rateLimited {
      // The block is for this address, whatever the call.
      publicGate.ban(for: KrakenAnswer.silence(answer))
      privateGate.ban(for: KrakenAnswer.silence(answer))
    }
    return error
  }

  /// Does what the errors ask for, and turns them into ours.
  private func refused(_ texts: [String], _ call: KrakenCall, _ gate: CallGate) -> BrokerError {
    var error = KrakenErrors.error(texts, call.effect, operation: call.operation)
    for text in texts {
      switch KrakenErrors.hint(text) {
      case .full: gate.noteFull()
      case .silence(let duration): gate.ban(for: duration)
      case .silenceUntil(let instant):
        let rest = min(max(instant - clock.now, .seconds(1)), Self.lockout)
        gate.ban(for: rest)
        error.recovery = .retry(after: rest)
      case nil: break
      }
    }
    return error
  }
}
