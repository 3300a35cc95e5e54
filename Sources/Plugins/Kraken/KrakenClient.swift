internal import Broker
internal import Core

/// Sends calls to Kraken, within its limits and in the order of their nonces, and opens what comes back.
final class KrakenClient: Sendable {
  private let endpoint: Broker.Endpoint
  private let transport: any Transport
  private let clock: any ProtocolClock
  private let signer: KrakenSigner?
  private let nonces: (any NonceSource)?
  private let line = SendingLine()
  private let limits: KrakenLimits

  static let userAgent = "nija-host/0.1"

  init(_ context: PluginContext, time: GateTime) throws(BrokerError) {
    endpoint = context.endpoint
    transport = context.transport
    clock = context.clock
    nonces = context.nonces
    signer = try Self.signer(context.credentials)
    limits = KrakenLimits(context, time: time)
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
  func remember(_ orders: [Order]) { limits.remember(orders) }

  /// Kraken took the order that was sent as `name` and calls it `id`: for every answer that acknowledges one.
  func remember(_ id: VenueOrderID, of name: String) { limits.remember(id, of: name) }

  // MARK: Calls

  /// A public call.
  func get<Result>(
    _ call: KrakenCall, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    try await named(call.operation) { () async throws(BrokerError) in
      let query = call.form.isEmpty ? "" : "?" + String(decoding: call.form.encoded, as: UTF8.self)
      let request = HTTPRequest(
        method: "GET", url: "\(endpoint)/0/public/\(call.method)\(query)",
        headers: [("User-Agent", Self.userAgent)], timeout: call.timeout, isQuestion: true)
      return try await limits.run(call, .publicCalls) { () async throws(BrokerError) in
        try await exchange(request, call, .publicCalls, read)
      }
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
    return try await limits.run(call, .privateCalls) { () async throws(BrokerError) in
      try await line.run(call.priority) { () async throws(BrokerError) in
        try call.check?(clock.now)
        // While it waited, Kraken may have asked for silence.
        try limits.checkOpen(.privateCalls)
        let request = try signed(call, signer, nonce: String(try nonces.next()))
        return try await exchange(request, call, .privateCalls, read)
      }
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
    _ request: HTTPRequest, _ call: KrakenCall, _ lane: KrakenLimits.Lane, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    let answer: HTTPAnswer
    do throws(TransportError) {
      answer = try await transport.send(request)
    } catch {
      throw KrakenAnswer.error(error, call)
    }
    guard answer.status == 200 else { throw blocked(answer, call) }
    let (errors, result) = try reading(call) { () throws(JSONError) in try KrakenAnswer.open(answer.body) }
    guard errors.isEmpty else { throw refused(errors, call, lane) }
    limits.noteTaken(call, lane)
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
    if error.code == .rateLimited { limits.block(for: KrakenAnswer.silence(answer)) }
    return error
  }

  /// Does what the errors ask for, and turns them into ours.
  private func refused(_ texts: [String], _ call: KrakenCall, _ lane: KrakenLimits.Lane) -> BrokerError {
    var error = KrakenErrors.error(texts, call.effect, operation: call.operation)
    for text in texts {
      guard let silence = limits.obey(text, call, lane) else { continue }
      if error.mayHaveExecuted { continue }
      error.recovery = .retry(after: silence)
    }
    return error
  }
}
