public import Broker
public import Core
internal import Synchronization

/// A brokerage as a descriptor says. docs/descriptors.md
public final class DescriptorPlugin: BrokerPlugin {
  /// What the descriptor declares.
  public let spec: PluginSpec

  let client: DescriptorClient
  let ids: ClientIDs
  let markets = MarketMemory()
  let carriers: Carriers
  private let learnt: Mutex<DescriptorNames>

  /// Takes credentials and transport; reaches nothing yet.
  /// - Parameter makeCarrier: makes what carries out the operations that the descriptor gives to programs.
  /// - Throws: ``BrokerError/Code/misconfigured`` when a credential or option cannot be used (never naming its value), or
  ///   there is nobody to carry out what a program is to.
  public convenience init(
    _ descriptor: Descriptor, _ context: PluginContext, carriers makeCarrier: CarrierMaker? = nil
  ) throws(BrokerError) {
    try self.init(descriptor, context, time: .continuous, carriers: makeCarrier)
  }

  /// With another time for the call budgets than the machine's.
  package init(
    _ descriptor: Descriptor, _ context: PluginContext, time: GateTime, carriers makeCarrier: CarrierMaker? = nil
  ) throws(BrokerError) {
    try DescriptorSpec.check(descriptor, context.credentials)
    spec = DescriptorSpec.spec(descriptor)
    client = try DescriptorClient(descriptor, context, time: time)
    ids = ClientIDs(descriptor.clientIDs)
    carriers = try Carriers(client, ids, spec, context, makeCarrier)
    learnt = Mutex(DescriptorNames(descriptor.naming))
  }

  /// Takes the names of these instruments in, in place of those before.
  public func learn(_ instruments: [Instrument]) {
    let names = DescriptorNames(client.descriptor.naming, instruments)
    learnt.withLock { $0 = names }
    carriers.learn(instruments)
  }

  /// The markets in which the account has something: where the venue lists by market, these are asked about.
  public func follow(_ symbols: Set<Symbol>) { markets.follow(symbols) }

  /// The names learnt last.
  var names: DescriptorNames { learnt.withLock { $0 } }
  var descriptor: Descriptor { client.descriptor }
  var clock: any ProtocolClock { client.clock }
  /// Reads answers with the names of now.
  var reports: ReportReader {
    ReportReader(words: descriptor.words, names: names, ids: ids, now: clock.now)
  }

  // MARK: Operations

  /// - Throws: ``BrokerError/Code/unsupported`` where the descriptor has none.
  func operation(_ name: OperationName) throws(BrokerError) -> Operation {
    guard let operation = descriptor[name] else {
      throw BrokerError(
        .unsupported, scope: .account, recovery: .never, operation: name.rawValue,
        message: "the descriptor of \(descriptor.title) has no \(name.rawValue)")
    }
    return operation
  }

  func outgoing(_ operation: Operation, _ variables: CallVariables = CallVariables()) -> OutgoingCall {
    OutgoingCall(operation, operation.call, variables)
  }

  /// The markets that lists by market are asked for.
  func followed(_ operation: OperationName) throws(BrokerError) -> [Instrument] {
    guard let symbols = markets.followed else {
      throw BrokerError(
        .notSent, scope: .account, recovery: .retry(after: .seconds(5)), operation: operation.rawValue,
        message: "it is not known yet in which markets the account has something")
    }
    let names = names
    var instruments: [Instrument] = []
    for symbol in symbols.sorted() { instruments.append(try names.instrument(symbol, operation)) }
    return instruments
  }

  /// For a list that is made market by market, the markets; else none.
  func markets(of operation: Operation) throws(BrokerError) -> [Instrument] {
    if case .followed? = operation.each { return try followed(operation.name) }
    return []
  }
}

extension PluginKind {
  /// The brokerage that a descriptor describes.
  /// - Parameter makeCarrier: makes what carries out the operations that it gives to programs.
  public init(_ descriptor: Descriptor, carriers makeCarrier: CarrierMaker? = nil) {
    self.init(spec: DescriptorSpec.spec(descriptor)) { (context) throws(BrokerError) in
      try DescriptorPlugin(descriptor, context, carriers: makeCarrier)
    }
  }
}
