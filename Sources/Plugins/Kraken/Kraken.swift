public import Broker
public import Core
internal import Synchronization

/// Kraken Spot over REST. https://docs.kraken.com/api/docs/guides/spot-rest-intro
public final class Kraken: BuiltInPlugin {
  /// What Kraken declares about itself.
  public static var spec: PluginSpec { KrakenSpec.value }

  let client: KrakenClient
  let clock: any ProtocolClock
  private let learnt = Mutex(KrakenNames())

  /// Takes credentials and transport; reaches nothing yet.
  public convenience init(_ context: PluginContext) throws(BrokerError) { try self.init(context, time: .continuous) }

  /// With another time for the call budgets than the machine's.
  package init(_ context: PluginContext, time: GateTime) throws(BrokerError) {
    self.client = try KrakenClient(context, time: time)
    self.clock = context.clock
  }

  /// Takes the names of these instruments in, in place of those before.
  public func learn(_ instruments: [Instrument]) {
    let names = KrakenNames(instruments)
    learnt.withLock { $0 = names }
  }

  /// The names learnt last.
  var names: KrakenNames { learnt.withLock { $0 } }
}
