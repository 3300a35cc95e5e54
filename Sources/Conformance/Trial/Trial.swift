internal import Broker
internal import Core
internal import Synchronization

/// What a case works with: a venue, what it offers, and accounts to open there.
final class Trial: Sendable {
  let subject: PluginKind
  let venue: any ConformanceVenue
  let survey: Survey
  private let transport: any Transport

  init(
    _ subject: PluginKind, _ venue: any ConformanceVenue, _ survey: Survey, _ transport: any Transport
  ) {
    self.subject = subject
    self.venue = venue
    self.survey = survey
    self.transport = transport
  }

  var spec: PluginSpec { subject.spec }
  var market: Instrument { survey.reference }
  var now: Timestamp { venue.clock.now }

  /// A plugin for public calls that knows the instruments: without credentials where the venue answers without.
  func feed(withKey: Bool = true) throws -> (plugin: any BrokerPlugin, wire: ObservedTransport) {
    let wire = ObservedTransport(transport)
    let credentials = withKey ? survey.credentials : [:]
    let plugin = try subject.make(
      context(credentials, wire, nonces: credentials.isEmpty ? nil : RisingNonces(venue.clock)))
    plugin.learn(survey.instruments)
    return (plugin, wire)
  }

  /// A fresh account with money and coins of the reference market, and a plugin for a key of it.
  func account(
    money: String = "10000", coins: String = "10", rights: Set<AccountWish.Right> = [.query, .trade]
  ) async throws -> TrialAccount {
    let symbol = market.symbol
    return try await account(
      funds: [symbol.quote: ExactDecimal(parsing: money), symbol.base: ExactDecimal(parsing: coins)], rights: rights)
  }

  /// A fresh account with these funds.
  func account(
    funds: [String: ExactDecimal], rights: Set<AccountWish.Right> = [.query, .trade]
  ) async throws -> TrialAccount {
    try await key(
      of: AccountWish(name: "conformance/\(Self.digits(12))", funds: funds, rights: rights))
  }

  /// A further key of an account, with a plugin of its own: another holder, for all the first one knows.
  func key(of wish: AccountWish) async throws -> TrialAccount {
    let opened = try await venue.open(wish)
    let wire = ObservedTransport(transport)
    let plugin = try subject.make(context(opened.credentials, wire, nonces: RisingNonces(venue.clock)))
    plugin.learn(survey.instruments)
    plugin.follow([market.symbol])
    return TrialAccount(self, wish, opened, plugin, wire)
  }

  /// What a plugin for these credentials is given.
  func context(
    _ credentials: [String: Secret], _ wire: any Transport, nonces: (any NonceSource)?
  ) -> PluginContext {
    PluginContext(
      endpoint: venue.endpoint, credentials: credentials, options: venue.options, transport: wire, nonces: nonces,
      clock: venue.clock)
  }

  /// Random hexadecimal digits.
  static func digits(_ count: Int) -> String {
    var text = ""
    for _ in 0..<count { text += String(Int.random(in: 0..<16), radix: 16) }
    return text
  }
}

/// Numbers above every one before and not below the clock; for keys that end with the suite.
final class RisingNonces: NonceSource {
  private let clock: any ProtocolClock
  private let last = Mutex<UInt64>(0)

  init(_ clock: any ProtocolClock) { self.clock = clock }

  func next() throws(BrokerError) -> UInt64 {
    let now = UInt64(max(0, clock.now.nanoseconds))
    return last.withLock { last in
      last = max(last &+ 1, now)
      return last
    }
  }
}
