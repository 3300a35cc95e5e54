public import Core

/// What a plugin hands to something else that carries out single operations of it. Limits, the order of numbers and the
/// words for orders stay the plugin's, so that nothing of them is there twice.
public struct CarrierContext: Sendable {
  /// What the plugin declares.
  public var spec: PluginSpec
  /// What the plugin was given.
  public var plugin: PluginContext
  /// The operations to be carried out, in the words of docs/process-plugins.md.
  public var operations: Set<String>
  /// The venue's counters, in front of every request of the key.
  public var gate: CallGate
  /// The line in which requests with a number leave.
  public var line: SendingLine
  /// What one request of an operation adds to which counters.
  public var charges: @Sendable (_ operation: String, _ market: Symbol?) -> [CallCharge]
  /// Our id for one that the venue names.
  public var clientOrderID: @Sendable (String) -> ClientOrderID?
  /// The usual name of one of the venue's currencies that no market has.
  public var currency: @Sendable (String) -> String

  /// Everything that is shared.
  public init(
    spec: PluginSpec, plugin: PluginContext, operations: Set<String>, gate: CallGate, line: SendingLine,
    charges: @escaping @Sendable (_ operation: String, _ market: Symbol?) -> [CallCharge],
    clientOrderID: @escaping @Sendable (String) -> ClientOrderID?, currency: @escaping @Sendable (String) -> String
  ) {
    self.spec = spec
    self.plugin = plugin
    self.operations = operations
    self.gate = gate
    self.line = line
    self.charges = charges
    self.clientOrderID = clientOrderID
    self.currency = currency
  }
}

/// Makes what carries out the operations that were given to one program, by the program's name.
public typealias CarrierMaker =
  @Sendable (_ program: String, _ context: CarrierContext) throws(BrokerError) -> any BrokerPlugin
