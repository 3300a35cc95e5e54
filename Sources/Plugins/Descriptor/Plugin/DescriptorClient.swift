internal import Broker
internal import Core

/// Sends a descriptor's calls, within the venue's limits and in the order of their nonces, and opens what comes back.
final class DescriptorClient: Sendable {
  let descriptor: Descriptor
  let clock: any ProtocolClock
  private let builder: RequestBuilder
  private let transport: any Transport
  private let nonces: (any NonceSource)?
  let line = SendingLine()
  let limits: DescriptorLimits
  private let redactor: Redactor

  /// The longest wait for the call budget.
  private static let patience = Duration.seconds(60)

  init(_ descriptor: Descriptor, _ context: PluginContext, time: GateTime) throws(BrokerError) {
    self.descriptor = descriptor
    clock = context.clock
    transport = context.transport
    nonces = context.nonces
    redactor = Redactor(context.credentials)
    builder = try RequestBuilder(
      descriptor, endpoints: try DescriptorSpec.endpoints(descriptor, context), credentials: context.credentials)
    limits = DescriptorLimits(descriptor.limits, store: context.limits, time: time)
  }

  /// Sends one call, once; a refused nonce is tried once more for calls that only ask.
  func send<Result>(
    _ outgoing: OutgoingCall, _ read: (AnswerView) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    do throws(BrokerError) {
      do throws(BrokerError) {
        return try await attempt(outgoing, read)
      } catch {
        guard error.code == .invalidNonce, outgoing.nature.effect == .safe else { throw error }
        return try await attempt(outgoing, read)
      }
    } catch {
      var named = error
      named.operation = outgoing.nature.operation.rawValue
      named.message = redactor.clean(named.message)
      throw named
    }
  }

  private func attempt<Result>(
    _ outgoing: OutgoingCall, _ read: (AnswerView) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    let isSigned = outgoing.call.isSigned && descriptor.signing != nil
    guard !isSigned || builder.canSign else {
      throw outgoing.nature.error(.notSent, .account, "no credentials")
    }
    try check(outgoing)
    let patience = outgoing.deadline.map { min(Self.patience, $0 - clock.now) } ?? Self.patience
    return try await limits.run(outgoing, patience: patience) { () async throws(BrokerError) in
      guard isSigned, builder.usesNonce else { return try await exchange(outgoing, nonce: 0, read) }
      return try await line.run(outgoing.priority) { () async throws(BrokerError) in
        guard let nonces else { throw outgoing.nature.error(.notSent, .account, "no nonces") }
        try check(outgoing)
        return try await exchange(outgoing, nonce: try nonces.next(), read)
      }
    }
  }

  /// Looked at when the call is about to leave: what is late by then is not sent, nor what the venue has asked silence of
  /// while it waited.
  private func check(_ outgoing: OutgoingCall) throws(BrokerError) {
    if let deadline = outgoing.deadline, clock.now >= deadline {
      throw outgoing.nature.error(.notSent, .order, "the order's deadline passed before it was sent")
    }
  }

  private func exchange<Result>(
    _ outgoing: OutgoingCall, nonce: UInt64, _ read: (AnswerView) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    try check(outgoing)
    try limits.checkOpen()
    let (request, built) = try request(outgoing, nonce: nonce)
    let answer: HTTPAnswer
    do throws(TransportError) {
      answer = try await transport.send(request)
    } catch {
      throw outgoing.nature.error(error)
    }
    let view = AnswerView(
      answer, market: outgoing.market.map(DescriptorNames.variables) ?? CallVariables())
    let words = VenueWords(redactor: redactor, asked: built)
    if var verdict = descriptor.failures.verdict(view) {
      verdict.words = verdict.words.map(words.clean)
      let error = outgoing.nature.error(verdict, view, words: words.body(answer))
      limits.obey(error, asked: Self.asked(verdict, view), outgoing)
      throw error
    }
    do throws(JSONError) {
      if let problem = view.problem { throw problem }
      let result = try read(view)
      limits.noteTaken(outgoing.call)
      return result
    } catch {
      throw outgoing.nature.malformed(error, words: words.body(answer))
    }
  }

  private static func asked(_ verdict: FailureTable.Verdict, _ answer: AnswerView) -> Duration? {
    let header = verdict.meaning.retryHeader ?? "retry-after"
    return answer.wait(header)
  }

  /// - Returns: the request as it is sent, and as signing made it.
  private func request(
    _ outgoing: OutgoingCall, nonce: UInt64
  ) throws(BrokerError) -> (request: HTTPRequest, built: BuiltRequest) {
    // What the venue allows counts from the time that is signed: never later than when the order was made.
    let made = outgoing.deadline.map { min(clock.now, $0 - descriptor.orderLifetime) } ?? clock.now
    do throws(RequestError) {
      let built = try builder.request(
        outgoing.call, outgoing.variables, page: outgoing.page, SigningDraw(now: made, nonce: nonce))
      var request = built.request
      request.timeout = outgoing.timeout
      request.priority = outgoing.priority
      request.isQuestion = outgoing.nature.effect == .safe
      return (request, built)
    } catch {
      throw outgoing.nature.error(.notSent, .order, error.description)
    }
  }
}
