internal import Broker
internal import Core

/// Waits for the answer to one call and gives the program what it asks for meanwhile: a number in its turn, a request
/// to the venue. Served by the caller's own task, so that a call that is given up sends nothing more.
struct ProgramService {
  let client: ProgramClient
  let gate: CallGate
  let call: ProgramCall
  let id: Int
  let mailbox: Mailbox
  let errand: Errand

  /// The longest that a request waits for room in the venue's counters.
  private static let patience = Duration.seconds(60)
  private static let timeouts = 1...60_000
  private static let usualTimeout = 10_000
  private static let userAgent = "nija-host/0.1"

  /// The last word of the call; `nil` when the caller's task is cancelled.
  func answer() async throws(ProgramFault) -> ProgramWord? {
    var word = await mailbox.next()
    while case .asks(let ask, let json) = word {
      do throws(JSONError) {
        word = json.has("nonce") ? try await number(ask, json) : try await plain(ask, json)
      } catch { throw client.judge(.wrongType(operation: call.operation, error.description)) }
    }
    if case .fails(let fault) = word { throw fault }
    return word
  }

  // MARK: Turns

  private enum Turn {
    /// The request went, or not, and the program was told.
    case served
    /// The program said something else instead.
    case said(ProgramWord?)
    /// What it asked for makes no sense.
    case wrong(JSONError)
  }

  /// The next number, and the key's turn with it until the request that bears it is over: numbers arrive in their order.
  private func number(_ ask: Int, _ json: JSON) async throws(JSONError) -> ProgramWord? {
    let pass = try pass(try json.object("nonce"))
    return try await following(ask) { () async throws(BrokerError) in
      try await gate.run(pass) { () async throws(BrokerError) in
        try await client.line.run(call.priority) { () async throws(BrokerError) in
          guard let nonces = client.context.nonces else {
            throw BrokerError(.notSent, scope: .account, recovery: .never, message: "no credentials, so no nonce")
          }
          try gate.checkOpen()
          let number = try nonces.next()
          client.session.reply(
            ask, to: id, "nonce",
            ["value": .string(String(number)), "now": .string(client.context.clock.now.description)])
          let word = await mailbox.next()
          guard case .asks(let next, let request) = word, request.has("http") else { return .said(word) }
          return try await sent(next, request)
        }
      }
    }
  }

  /// A request without a number.
  private func plain(_ ask: Int, _ json: JSON) async throws(JSONError) -> ProgramWord? {
    let pass = try pass(try json.object("http"))
    return try await following(ask) { () async throws(BrokerError) in
      try await gate.run(pass) { () async throws(BrokerError) in
        try gate.checkOpen()
        return try await sent(ask, json)
      }
    }
  }

  private func following(
    _ ask: Int, _ turn: () async throws(BrokerError) -> Turn
  ) async throws(JSONError) -> ProgramWord? {
    var done = Turn.served
    do throws(BrokerError) {
      done = try await turn()
    } catch {
      // What was told already is told no second time.
      if error.code != Self.lateAnswer { client.session.reply(ask, to: id, "failure", ProgramFailure(error).json) }
    }
    switch done {
    case .served: break
    case .said(let word): return word
    case .wrong(let error): throw error
    }
    return await mailbox.next()
  }

  /// Tells the gate that an answer may still be on its way; never seen by anybody else.
  private static let lateAnswer = BrokerError.Code(rawValue: "program_late_answer")

  private func pass(_ json: JSON) throws(JSONError) -> CallPass {
    // Of a descriptor's operation it says itself what a request costs.
    var charges = client.traffic?.charges(call.operation, call.market) ?? []
    let costs = json.has("cost") ? try json.object("cost") : nil
    for (counter, _) in costs?.members ?? [] {
      guard client.part.counters.contains(where: { $0.name == counter }) else {
        throw .wrongType("cost", expected: "of counters that were declared")
      }
      charges.append(CallCharge(counter, cost: .units(try costs?.bounded(counter, 0...1_000_000) ?? 0)))
    }
    errand.charges.formUnion(charges)
    var patience = Self.patience
    if let deadline = call.deadline { patience = max(.zero, min(patience, deadline - client.context.clock.now)) }
    return CallPass(charges, priority: call.priority, isUrgent: call.isUrgent, patience: patience)
  }

  // MARK: Requests

  private func sent(_ ask: Int, _ json: JSON) async throws(BrokerError) -> Turn {
    var request: HTTPRequest
    do throws(JSONError) {
      let http = try json.object("http")
      request = try self.request(http)
      request.isQuestion = try isQuestion(http, request)
    } catch { return .wrong(error) }
    if let refusal = refusal(of: request) {
      client.session.reply(ask, to: id, "failure", refusal.json)
      return .served
    }
    let mayChange = !request.isQuestion
    if mayChange { errand.hasSent = true }
    do throws(TransportError) {
      let answer = try await client.context.transport.send(request)
      client.session.reply(ask, to: id, "http", Self.json(answer))
      return .served
    } catch {
      if mayChange, error.mayHaveArrived { errand.isInDoubt = true }
      client.session.reply(ask, to: id, "failure", ProgramFailure(error).json)
      guard error.mayHaveArrived else { return .served }
    }
    throw BrokerError(Self.lateAnswer, scope: .order, recovery: .never, mayHaveExecuted: true, message: "")
  }

  /// Whether it only asks. What belongs to a call that changes something is taken to be the change, whatever its method,
  /// unless the program says that it is none.
  private func isQuestion(_ json: JSON, _ request: HTTPRequest) throws(JSONError) -> Bool {
    let effect = try json.optionalString("effect")
    guard effect == nil || effect == "safe" else { throw .wrongType("effect", expected: "safe, or nothing") }
    guard effect == "safe" else { return call.effect == .none }
    guard request.method == "GET" || call.effect == .none else {
      throw .wrongType("effect", expected: "safe of a GET alone, in a call that changes something")
    }
    return true
  }

  /// Why it does not leave. An order is sent once, whatever the program tries: a second one is never the answer to doubt.
  private func refusal(of request: HTTPRequest) -> ProgramFailure? {
    if case .places = call.effect, errand.hasSent, !request.isQuestion {
      return ProgramFailure(.notSent, .order, "an order is sent once")
    }
    if let deadline = call.deadline, client.context.clock.now >= deadline {
      return ProgramFailure(.deadlineElapsed, .order, "the order's deadline has passed")
    }
    return nil
  }

  private func request(_ json: JSON) throws(JSONError) -> HTTPRequest {
    let path = try json.string("path")
    guard path.hasPrefix("/") else { throw .wrongType("path", expected: "a path from / on") }
    var headers: [(name: String, value: String)] = []
    if json.has("headers") {
      let given = try json.object("headers")
      for (name, _) in given.members ?? [] { headers.append((name, try given.string(name))) }
    }
    if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
      headers.append(("User-Agent", Self.userAgent))
    }
    let timeout = json.has("timeout_ms") ? try json.bounded("timeout_ms", Self.timeouts) : Self.usualTimeout
    return HTTPRequest(
      method: try json.string("method"), url: "\(client.context.endpoint)\(path)", headers: headers,
      body: Array((try json.optionalString("body") ?? "").utf8), timeout: .milliseconds(timeout),
      priority: call.priority)
  }

  private static func json(_ answer: HTTPAnswer) -> JSONValue {
    let headers = answer.headers.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value)) }
    let body: (String, JSONValue) =
      if let text = String(validating: answer.body, as: UTF8.self) {
        ("body", .string(text))
      } else {
        ("body_base64", .string(Base64.encode(answer.body)))
      }
    return .object([("status", .integer(answer.status)), ("headers", .object(headers)), (body.0, body.1)])
  }
}
