internal import Broker
internal import Core

/// What a venue offers, read once through the plugin, so that cases share its public call budget.
struct Survey: Sendable {
  let instruments: [Instrument]
  /// The market that cases trade in.
  let reference: Instrument
  /// Its best bid and ask.
  let quote: Quote

  /// Reads it with a plugin without credentials.
  static func take(
    _ subject: PluginKind, _ venue: any ConformanceVenue, _ transport: any Transport
  ) async -> Result<Survey, Mismatch> {
    do throws(BrokerError) {
      let plugin = try subject.make(
        PluginContext(
          endpoint: venue.endpoint, credentials: [:], options: venue.options, transport: transport, nonces: nil,
          clock: venue.clock))
      let instruments = try await plugin.fetchInstruments()
      plugin.learn(instruments)
      guard let reference = choose(instruments) else {
        return .failure(Mismatch(expected: "a market that takes orders", seen: "\(instruments.count) that take none"))
      }
      return .success(
        Survey(instruments: instruments, reference: reference, quote: try await plugin.fetchQuote(reference.symbol)))
    } catch {
      return .failure(Mismatch(expected: "instruments and a quote", seen: error.description))
    }
  }

  private static func choose(_ instruments: [Instrument]) -> Instrument? {
    let online = instruments.filter { $0.status == .online }.sorted { $0.symbol < $1.symbol }
    return online.first { $0.symbol == Symbol(base: "BTC", quote: "USD") } ?? online.first
  }
}
