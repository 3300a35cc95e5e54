import Broker
import Core
import Trading

/// One read-only look at the venue, step by step: each step has a bound and an outcome of its own.
struct Prober: Sendable {
  /// The longest that one step may take, waiting for its turn included.
  static let stepLimit = Duration.seconds(10)

  let plugin: any BrokerPlugin
  let clock: any ProtocolClock
  var limit = stepLimit

  /// The venue's clock against ours.
  func clockOffset() async -> ProbeOutcome<ClockOffset> {
    await bounded { () async throws(BrokerError) in
      let askedAt = clock.now
      let started = ContinuousClock.now
      let venue = try await plugin.fetchServerTime()
      return ClockOffset(askedAt: askedAt, roundTrip: ContinuousClock.now - started, venue: venue)
    }
  }

  /// The two private questions, one after the other since a key has one sender.
  func account() async -> (permissions: ProbeOutcome<KeyPermissions>, balances: ProbeOutcome<[Balance]>) {
    let permissions = await bounded { () async throws(BrokerError) in
      KeyPermissions(try await plugin.fetchPermissions())
    }
    if let failure = permissions.failure, Self.stopsAsking.contains(BrokerError.Code(rawValue: failure.code)) {
      return (permissions, .notAsked("the key was not taken"))
    }
    let balances = await bounded { () async throws(BrokerError) in
      Array(try await plugin.fetchBalances().filter { !$0.total.isZero }.prefix(Self.mostBalances))
    }
    return (permissions, balances)
  }

  /// Of what is held, as much as fits a message by far.
  private static let mostBalances = 1_000

  /// After these every further call is refused alike, and venues count refusals: enough of them lock a key out.
  private static let stopsAsking: Set<BrokerError.Code> = [
    .invalidKey, .invalidSignature, .lockedOut, .rateLimited, .misconfigured, .accountRestricted,
  ]

  /// What the venue calls otherwise than usual, among the currencies of its markets: a plugin that has learnt no market
  /// cannot name its balances.
  func currencyNames() async -> [String: String] {
    let outcome = await bounded { () async throws(BrokerError) in
      var names: [String: String] = [:]
      for market in try await plugin.fetchInstruments() {
        for (name, usual) in [(market.venueBase, market.symbol.base), (market.venueQuote, market.symbol.quote)]
        where name != usual {
          names[name] = usual
        }
      }
      return names
    }
    // Without them the venue's names are shown.
    return outcome.fact ?? [:]
  }

  /// Everything of one look; the clock is read beside the private calls.
  func look(withClock: Bool) async -> ProbeReport {
    async let offset = withClock ? clockOffset() : .notAsked("another account of this venue tells it")
    let account = await account()
    return ProbeReport(clock: await offset, permissions: account.permissions, balances: account.balances)
  }

  private func bounded<Fact: Hashable & Sendable>(
    _ step: @escaping @Sendable () async throws(BrokerError) -> Fact
  ) async -> ProbeOutcome<Fact> {
    await withTaskGroup(of: ProbeOutcome<Fact>.self) { tasks in
      tasks.addTask {
        do throws(BrokerError) { return .observed(try await step()) } catch { return .failed(ProbeFailure(error)) }
      }
      tasks.addTask { [limit] in
        try? await Task.sleep(for: limit)
        return .failed(
          ProbeFailure(code: ProbeFailure.timedOut, message: "no answer within \(limit.components.seconds) s"))
      }
      defer { tasks.cancelAll() }
      return await tasks.next() ?? .notAsked("no step was begun")
    }
  }
}

extension ProbeFailure {
  init(_ error: BrokerError) {
    let words = error.venueText.map { "\(error.message) (venue: \($0))" } ?? error.message
    self.init(code: error.code.rawValue, message: words, nextStep: error.nextStep)
  }
}
