internal import Broker
internal import Core

/// What a venue offers, read once through the plugin, so that cases share its public call budget.
struct Survey: Sendable {
  let instruments: [Instrument]
  /// The market that cases trade in.
  let reference: Instrument
  /// Its best bid and ask.
  let quote: Quote
  /// What public calls need: nothing, but at a venue that answers none without a key.
  let credentials: [String: Secret]

  /// Reads it with a plugin without credentials.
  static func take(
    _ subject: PluginKind, _ venue: any ConformanceVenue, _ transport: any Transport
  ) async -> Result<Survey, Mismatch> {
    let open = await take(subject, venue, transport, [:])
    guard case .failure(let error) = open, error.code == .notSent || error.code == .misconfigured else {
      return open.mapError { Mismatch(expected: "instruments and a quote", seen: $0.description) }
    }
    do throws(VenueTrouble) {
      let key = try await venue.open(AccountWish(name: "conformance/\(Trial.digits(12))", funds: [:]))
      return await take(subject, venue, transport, key.credentials).mapError {
        Mismatch(expected: "instruments and a quote", seen: $0.description)
      }
    } catch {
      return .failure(Mismatch(expected: "a venue that can be asked", seen: error.description))
    }
  }

  private static func take(
    _ subject: PluginKind, _ venue: any ConformanceVenue, _ transport: any Transport, _ credentials: [String: Secret]
  ) async -> Result<Survey, BrokerError> {
    do throws(BrokerError) {
      let plugin = try subject.make(
        PluginContext(
          endpoint: venue.endpoint, credentials: credentials, options: venue.options, transport: transport,
          nonces: RisingNonces(venue.clock), clock: venue.clock))
      let instruments = try await plugin.fetchInstruments()
      plugin.learn(instruments)
      guard let reference = choose(instruments) else {
        throw BrokerError(
          .instrumentUnavailable, scope: .broker, recovery: .never,
          message: "a market that takes orders is needed; there are \(instruments.count) that take none")
      }
      return .success(
        Survey(
          instruments: instruments, reference: reference, quote: try await plugin.fetchQuote(reference.symbol),
          credentials: credentials))
    } catch {
      return .failure(error)
    }
  }

  private static func choose(_ instruments: [Instrument]) -> Instrument? {
    let online = instruments.filter { $0.status == .online }.sorted { $0.symbol < $1.symbol }
    return online.first { $0.symbol == Symbol(base: "BTC", quote: "USD") } ?? online.first
  }
}
