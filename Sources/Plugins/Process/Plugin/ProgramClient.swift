internal import Broker
internal import Core

/// Makes calls to one program and gives it what it needs for them: numbers in order, and requests to the venue.
final class ProgramClient: Sendable {
  let session: ProgramSession
  let part: ProgramPart
  let context: PluginContext
  let line: SendingLine
  private let bounds: ProgramBounds
  /// What it shares with the plugin whose operations it carries out.
  let traffic: CarrierContext?
  private let ready: Task<Result<CallGate, BrokerError>, Never>

  /// Greets the program; calls wait for the end of that.
  init(
    _ part: ProgramPart, _ context: PluginContext, _ ends: ProgramEnds, bounds: ProgramBounds,
    events: ProgramEvents, traffic: CarrierContext? = nil
  ) throws(ProgramFault) {
    let session = try ProgramSession(ends, bounds: bounds, events: events)
    session.hide(context.credentials)
    self.session = session
    self.bounds = bounds
    self.part = part
    self.context = context
    self.traffic = traffic
    line = traffic?.line ?? SendingLine()
    let shared = traffic?.gate
    ready = Task {
      await Greeting(session: session, limit: bounds.start).greet(part, context).map { counters in
        shared
          ?? CallGate(CallBudget("program", counters, kept: context.limits.kept, at: .now), store: context.limits)
      }
    }
  }

  deinit { session.close() }

  /// Makes a call and reads its result.
  func call<Result>(
    _ call: ProgramCall, _ read: (JSON) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    let errors = ProgramErrors(call: call, session: session)
    guard !call.isPrivate || !context.credentials.isEmpty else {
      throw errors.refused(.misconfigured, .account, "no credentials")
    }
    let gate = try await gate(for: call)
    let (mailbox, errand) = (Mailbox(), Errand())
    let id: Int
    var refused: BrokerError?
    do throws(ProgramFault) {
      let now = context.clock.now
      id = try session.begin(
        call.operation, call.arguments, now: call.made.map { min($0, now) } ?? now,
        limit: call.effect == .none ? bounds.call : bounds.change, mailbox)
    } catch { throw errors.error(error, wasCalled: false) }
    do throws(ProgramFault) {
      let service = ProgramService(
        client: self, gate: gate, call: call, id: id, mailbox: mailbox, errand: errand)
      switch try await service.answer() {
      case .answers(let json):
        for charge in errand.charges { gate.noteTaken(charge.counter) }
        return try result(json, call, read)
      case .refuses(let json):
        let error = try refusal(json, errors, errand)
        Self.obey(error, gate, errand)
        refused = error
      case .asks, .fails, nil: session.giveUp(id)
      }
    } catch { throw errors.error(error, wasCalled: true) }
    throw refused ?? errors.cancelled
  }

  private func gate(for call: ProgramCall) async throws(BrokerError) -> CallGate {
    do throws(BrokerError) {
      return try await ready.value.get()
    } catch {
      var named = error
      named.operation = call.operation
      throw named
    }
  }

  private func result<Result>(
    _ json: JSON, _ call: ProgramCall, _ read: (JSON) throws(JSONError) -> Result
  ) throws(ProgramFault) -> Result {
    do throws(JSONError) {
      guard json.kind == .object else { throw .wrongType("result", expected: "an object") }
      return try read(json)
    } catch { throw judge(.wrongType(operation: call.operation, error.description)) }
  }

  private func refusal(
    _ json: JSON, _ errors: ProgramErrors, _ errand: Errand
  ) throws(ProgramFault) -> BrokerError {
    do throws(JSONError) {
      return try errors.error(json, errand)
    } catch { throw judge(.wrongType(operation: errors.call.operation, error.description)) }
  }

  /// Ends the program for it.
  func judge(_ fault: ProgramFault) -> ProgramFault {
    session.abort(fault)
    return fault
  }

  /// When the venue wants silence, whatever this program sends next waits here.
  private static func obey(_ error: BrokerError, _ gate: CallGate, _ errand: Errand) {
    var wait: Duration?
    if case .retry(let after) = error.recovery { wait = after }
    switch (error.code, error.scope) {
    case (.lockedOut, _), (.rateLimited, .broker): gate.ban(for: wait ?? silence)
    case (.rateLimited, _): for charge in errand.charges { gate.noteFull(charge.counter, charge.member, pause: wait) }
    default: break
    }
  }

  private static let silence = Duration.seconds(60)
}

/// The first two calls of a program's life.
struct Greeting {
  let session: ProgramSession
  let limit: Duration

  /// What `hello` says.
  static let versions: JSONValue = ["protocols": [.integer(ProgramDeclaration.protocolVersion)], "host": "nija-host"]

  /// The same for a program that carries out single operations: which.
  static func versions(asking operations: Set<String>) -> JSONValue {
    [
      "protocols": [.integer(ProgramDeclaration.protocolVersion)], "host": "nija-host",
      "operations": .array(operations.sorted().map(JSONValue.string)),
    ]
  }

  /// What the program declares.
  func declaration() async throws(ProgramFault) -> ProgramDeclaration {
    try await hello(Self.versions) { (json) throws(ProgramFault) in try ProgramDeclaration(hello: json) }
  }

  /// Which operations the program carries out.
  func offer(_ wanted: Set<String>) async throws(ProgramFault) -> ProgramOffer {
    try await hello(Self.versions(asking: wanted)) { (json) throws(ProgramFault) in
      try ProgramOffer(hello: json, wanted: wanted)
    }
  }

  private func hello<Result>(
    _ greeting: JSONValue, _ read: (JSON) throws(ProgramFault) -> Result
  ) async throws(ProgramFault) -> Result {
    switch try await ask("hello", greeting) {
    case .answers(let json): do throws(ProgramFault) { return try read(json) } catch { throw judge(error) }
    case .fails(let fault): throw fault
    case .refuses, .asks, nil: throw judge(.badHandshake("hello was not answered with a declaration"))
    }
  }

  /// Hears its declaration, hands over endpoint, options and credentials.
  /// - Returns: the venue's counters, or why it cannot be used.
  func greet(
    _ part: ProgramPart, _ context: PluginContext
  ) async -> Result<[CounterKind], BrokerError> {
    let errors = ProgramErrors(call: ProgramCall("start"), session: session)
    do throws(ProgramFault) {
      let isSame = try await hello(part.greeting) { (json) throws(ProgramFault) in try part.isDeclared(by: json) }
      guard isSame else { throw judge(.otherDeclaration) }
      switch try await ask("start", Self.arguments(context)) {
      case .answers(let json):
        do throws(JSONError) { return .success(try part.counters(startedWith: json)) } catch {
          throw judge(.wrongType(operation: "start", error.description))
        }
      case .fails(let fault): throw fault
      case .refuses(let json):
        do throws(JSONError) { return .failure(try errors.error(json, Errand())) } catch {
          throw judge(.wrongType(operation: "start", error.description))
        }
      case .asks, nil: throw judge(.badHandshake("start was not answered"))
      }
    } catch { return .failure(errors.error(error, wasCalled: false)) }
  }

  private func ask(_ operation: String, _ arguments: JSONValue) async throws(ProgramFault) -> ProgramWord? {
    let mailbox = Mailbox()
    _ = try session.begin(operation, arguments, now: WallClock().now, patience: limit, mailbox)
    return await mailbox.next()
  }

  private func judge(_ fault: ProgramFault) -> ProgramFault {
    session.abort(fault)
    return fault
  }

  /// Values as text, in the order of their names.
  private static func arguments(_ context: PluginContext) -> JSONValue {
    let credentials = context.credentials.sorted { $0.key < $1.key }.map { slot, secret in
      (key: slot, value: JSONValue.string(secret.withExposedBytes { String(decoding: $0, as: UTF8.self) }))
    }
    let options = context.options.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value)) }
    return [
      "endpoint": .string(context.endpoint.description), "credentials": .object(credentials),
      "options": .object(options),
    ]
  }
}
