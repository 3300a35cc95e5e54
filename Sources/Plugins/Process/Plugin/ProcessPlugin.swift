public import Broker
public import Core
internal import Synchronization

/// A brokerage that another program implements, in whatever language: asked in JSON lines over its standard input and
/// output. docs/process-plugins.md is the contract.
///
/// The program signs and reads; what every brokerage needs alike stays here: credentials' form, capabilities, tick and
/// step, limits, numbers in their order, one request for one order, and doubt wherever doubt is due.
public final class ProcessPlugin: Sendable {
  /// What it declares.
  public let spec: PluginSpec
  let client: ProgramClient
  let clock: any ProtocolClock
  private let learnt: Mutex<Names>
  private let usualCurrency: @Sendable (String) -> String
  private let clientOrderID: @Sendable (String) -> ClientOrderID?
  private let followed = Mutex<Set<Symbol>>([])

  /// Greets a program.
  /// - Throws: ``BrokerError/Code/misconfigured`` when a credential is not of its form; an error of a ``ProgramFault``
  ///   when there is no program.
  convenience init(
    _ declaration: ProgramDeclaration, named name: String, _ context: PluginContext, source: any ProgramSource,
    bounds: ProgramBounds, events: ProgramEvents
  ) throws(BrokerError) {
    let spec = declaration.spec(named: name)
    try Self.check(context.credentials, spec.declaration.credentials)
    let client = try Self.client { () throws(ProgramFault) in
      try ProgramClient(.brokerage(declaration), context, try source.next(), bounds: bounds, events: events)
    }
    self.init(client, spec, usualCurrency: { $0 }, clientOrderID: spec.clientOrderIDs.parse)
  }

  /// Greets a program that carries out single operations of another plugin, with that one's declaration, limits and
  /// order of numbers.
  convenience init(
    _ offer: ProgramOffer, _ context: CarrierContext, source: any ProgramSource, bounds: ProgramBounds,
    events: ProgramEvents
  ) throws(BrokerError) {
    try Self.check(context.plugin.credentials, context.spec.declaration.credentials)
    let client = try Self.client { () throws(ProgramFault) in
      try ProgramClient(
        .operations(offer, wanted: context.operations), context.plugin, try source.next(), bounds: bounds,
        events: events, traffic: context)
    }
    self.init(client, context.spec, usualCurrency: context.currency, clientOrderID: context.clientOrderID)
  }

  private init(
    _ client: ProgramClient, _ spec: PluginSpec, usualCurrency: @escaping @Sendable (String) -> String,
    clientOrderID: @escaping @Sendable (String) -> ClientOrderID?
  ) {
    self.client = client
    self.spec = spec
    self.usualCurrency = usualCurrency
    self.clientOrderID = clientOrderID
    clock = client.context.clock
    learnt = Mutex(Names(usual: usualCurrency))
  }

  private static func client(
    _ make: () throws(ProgramFault) -> ProgramClient
  ) throws(BrokerError) -> ProgramClient {
    do throws(ProgramFault) { return try make() } catch {
      throw BrokerError(
        error.code, scope: .account, recovery: .retry(after: .seconds(2)), message: error.description,
        nextStep: error.nextStep)
    }
  }

  private static func check(_ credentials: [String: Secret], _ slots: [CredentialSlot]) throws(BrokerError) {
    guard !credentials.isEmpty else { return }
    for slot in slots {
      let problem = credentials[slot.name].map { secret in
        secret.withExposedBytes { slot.problem(with: String(decoding: $0, as: UTF8.self)) }
      }
      switch problem {
      case .none: throw misconfigured("\(slot.name) is not set")
      case .some(let problem?): throw misconfigured("\(slot.name) is \(problem.message)")
      case .some(nil): break
      }
    }
  }

  private static func misconfigured(_ message: String) -> BrokerError {
    BrokerError(.misconfigured, scope: .account, recovery: .never, message: message)
  }

  /// What answers call markets and currencies.
  var names: Names { learnt.withLock { $0 } }

  /// What a list of orders or fills is asked with: for venues that list by market, those that the account has to do with.
  func listing(_ members: [(key: String, value: JSONValue)] = []) -> JSONValue {
    let names = names
    let markets = followed.withLock { $0 }.sorted().compactMap { names.venueID(of: $0) }
    return .object(members + [("markets", .array(markets.map(JSONValue.string)))])
  }

  var reading: OrderReading { OrderReading(names: names, clientOrderID: clientOrderID) }

  /// Ends a use of what the program does not declare.
  func require(_ capability: Capability, _ operation: String) throws(BrokerError) {
    guard spec.capabilities.contains(capability) else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: operation,
        message: "the plugin does not declare \(capability.rawValue)")
    }
  }
}

extension ProcessPlugin: BrokerPlugin {
  /// Kept here: the program need not remember any.
  public func learn(_ instruments: [Instrument]) {
    let names = Names(instruments, usual: usualCurrency)
    learnt.withLock { $0 = names }
  }

  /// Told with every list that is asked for.
  public func follow(_ symbols: Set<Symbol>) { followed.withLock { $0 = symbols } }
}

extension PluginKind {
  /// A brokerage that a program implements.
  /// - Parameters:
  ///   - name: what the manifest calls it.
  ///   - source: where its programs come from, one for each plugin that is made.
  public init(
    process declaration: ProgramDeclaration, named name: String, source: any ProgramSource,
    bounds: ProgramBounds = ProgramBounds(), events: ProgramEvents = ProgramEvents()
  ) {
    self.init(spec: declaration.spec(named: name)) { (context) throws(BrokerError) in
      try ProcessPlugin(declaration, named: name, context, source: source, bounds: bounds, events: events)
    }
  }
}

extension ProgramDeclaration {
  /// Asks a program what it is, without any secret, and lets it go.
  public init(
    asking ends: ProgramEnds, bounds: ProgramBounds = ProgramBounds(), events: ProgramEvents = ProgramEvents()
  ) async throws(ProgramFault) {
    let session = try ProgramSession(ends, bounds: bounds, events: events)
    defer { session.close() }
    self = try await Greeting(session: session, limit: bounds.start).declaration()
  }
}

extension ProgramOffer {
  /// Asks a program which operations it carries out, without any secret, and lets it go.
  /// - Parameter wanted: those that it must carry out.
  public init(
    asking ends: ProgramEnds, wanted: Set<String>, bounds: ProgramBounds = ProgramBounds(),
    events: ProgramEvents = ProgramEvents()
  ) async throws(ProgramFault) {
    let session = try ProgramSession(ends, bounds: bounds, events: events)
    defer { session.close() }
    self = try await Greeting(session: session, limit: bounds.start).offer(wanted)
  }
}
