package import Broker
package import Core
package import Journal
package import Market

/// One account: its orders, fills, balances and decisions. Driven from outside, step by step; one step at a time.
///
/// What it knows comes from the venue's answers and the journal's rows; what it shows (``report``) is made from nothing
/// else.
package actor Trader {
  let settings: TraderSettings
  let broker: any BrokerPlugin
  let spec: PluginSpec
  let strategy: any Strategy
  let journal: Journal
  let book: FeedBookReader
  let clock: any ProtocolClock
  let marketClock: MarketClock
  private let onEvent: @Sendable (LogEvent) -> Void
  let pause: @Sendable (Duration) async -> Void

  /// What has been observed.
  package internal(set) var report: AccountReport

  var instruments: [Symbol: Instrument] = [:]
  var generation: UInt64?
  var balances: [String: Balance] = [:]
  var positions: [Symbol: Position] = [:]
  var misfits: [Symbol: String] = [:]
  var fees: [Symbol: (rates: FeeRates, asOf: Timestamp)] = [:]
  var barred: [Symbol: String] = [:]
  var enteredOn: [Symbol: Timestamp] = [:]
  var exitAttempts: [Symbol: Int] = [:]
  var askedPriceAt: [Symbol: Timestamp] = [:]
  var plans: [Symbol: (plan: PositionPlan, openedAt: Timestamp?)] = [:]
  var changedPlans: Set<Symbol> = []
  /// Open positions that nothing can be decided for: without a plan, or in a market the feed does not know.
  var unmanaged: Set<Symbol> = []
  /// Markets with an order of ours of which it is not known where it stands: nothing is entered there.
  var unresolved: Set<Symbol> = []
  /// Those of them where the order sells: nothing is sold there either, or it might be sold twice.
  var unresolvedSales: Set<Symbol> = []
  /// Stops of ours that rest at the venue.
  var restingStops: [Symbol: OrderRecord] = [:]
  /// Where a resting stop was drawn up to since it was placed.
  var stopTriggers: [Symbol: Price] = [:]
  /// When the venue last refused to rest a stop.
  var stopRefusedAt: [Symbol: Timestamp] = [:]
  /// An unexplained difference of balances that one look has found.
  var suspected: [String: ExactDecimal] = [:]
  var switchRenewedAt: Timestamp?
  /// When the venue last refused nonces that were ours and rising.
  var nonceRefusals: [Timestamp] = []
  var reconciledAt: Timestamp?
  var lasting: String?
  /// Why what can wait is not written.
  var journalFull: JournalError?
  /// Why nothing is written any more: no order is sent while it is so.
  var journalStopped: JournalError?
  /// Why the venue's balances are not known as they are now.
  var balanceFailure: TraderError?
  /// Coins that were traded or set free since balances were last read: what is held tells more of them.
  var unbalanced: Set<String> = []
  /// Cancels of a stop that failed one after another, and since when.
  var failedCancels: [Symbol: (count: Int, since: Timestamp)] = [:]
  /// Since when an open position has had no stop at the venue.
  var unguardedSince: [Symbol: Timestamp] = [:]
  /// Markets where the venue reported something of ours that is no trade, and what: nothing is entered there.
  var oddities: [Symbol: String] = [:]
  var oddFills: Set<String> = []
  var hasReadOddities = false
  /// Orders of ours that an older copy of the journal lacks, as far as they were told.
  var lostOrders: Set<VenueOrderID> = []
  /// Whether rows were written that positions and unresolved orders do not show yet.
  var isBehind = false
  /// Entries and exits that left this process and were not refused.
  var ordersSent = 0
  /// Orders of ours to which something could still happen when the journal was last read.
  var lastUnfinished: [OrderRecord] = []

  /// A trader over an opened journal; reaches nothing yet.
  /// - Parameter pause: how it waits between look-ups of one order.
  package init(
    settings: TraderSettings, broker: any BrokerPlugin, strategy: any Strategy, journal: sending Journal,
    book: FeedBookReader, clock: any ProtocolClock, marketClock: MarketClock,
    pause: @escaping @Sendable (Duration) async -> Void, onEvent: @escaping @Sendable (LogEvent) -> Void
  ) {
    self.settings = settings
    self.broker = broker
    self.spec = broker.spec
    self.strategy = strategy
    self.journal = journal
    self.book = book
    self.clock = clock
    self.marketClock = marketClock
    self.pause = pause
    self.onEvent = onEvent
    self.report = AccountReport(since: clock.now)
  }

  func tell(_ level: LogEvent.Level, _ event: String, _ text: String, _ fields: [String: String] = [:]) {
    onEvent(LogEvent(level, event, text, fields: fields))
  }

  func sleep(_ duration: Duration) async { if duration > .zero { await pause(duration) } }

  /// The venue answered a private call.
  func answered() { report.lastPrivateCallAt = clock.now }

  /// A private call that only asks.
  func ask<Answer: Sendable>(
    _ call: (any BrokerPlugin) async throws(BrokerError) -> Answer
  ) async throws(TraderError) -> Answer {
    do throws(BrokerError) {
      let answer = try await call(broker)
      answered()
      return answer
    } catch {
      try countNonceRefusal(error)
      throw .broker(error)
    }
  }

  /// Our nonces only rise, and one refused is asked again with another: one refused even then, again and again, was
  /// overtaken by somebody else's.
  private func countNonceRefusal(_ error: BrokerError) throws(TraderError) {
    guard error.code == .invalidNonce else { return }
    nonceRefusals = nonceRefusals.filter { clock.now - $0 < .seconds(600) } + [clock.now]
    guard nonceRefusals.count >= 3 else { return }
    throw .refused(
      TraderRefusal(
        .credentials, "the venue refuses our rising nonces again and again: another program uses this key",
        nextStep: "stop the other program or give this account a key of its own, then restart"))
  }

  func journalled<Value>(_ body: () throws(JournalError) -> Value) throws(TraderError) -> Value {
    do throws(JournalError) { return try body() } catch { throw failed(error) }
  }

  /// Remembers a failure after which nothing more is written.
  func failed(_ error: JournalError) -> TraderError {
    if error.endsTrading { journalStopped = journalStopped ?? error }
    return .journal(error)
  }

  /// Writes what can wait: on a full disk it is left out and said, and the way to the exits goes on.
  func journalledIfRoom(_ body: () throws(JournalError) -> Void) throws(TraderError) {
    do throws(JournalError) {
      try body()
      return journalFull = nil
    } catch {
      guard case .diskFull = error else { throw failed(error) }
      if journalFull == nil { tell(.error, "journal_full", "\(error): no entries; exits have space kept for them") }
      journalFull = error
    }
  }

  /// How the account stands after a failure. What a journal cannot take in parks it; cancels and the look at the venue go
  /// on, see ``lookWithoutJournal()``.
  func enter(_ state: AccountState, after failure: TraderError, nextStep: String) {
    guard case .journal(let error) = failure else {
      if case .broker(let error) = failure, error.mayHaveExecuted {
        return enter(
          state, reason: failure.description,
          nextStep: "the venue is asked until it is known; nothing is sent again")
      }
      return enter(state, reason: failure.description, nextStep: nextStep)
    }
    var isFull = false
    if case .diskFull = error { isFull = true }
    enter(error.endsTrading || isFull ? .parked : state, reason: error.description, nextStep: error.nextStep)
  }

  /// Enters a state, or stays in it: *since* moves only when the state does.
  func enter(_ state: AccountState, reason: String? = nil, nextStep: String? = nil) {
    if report.state != state { report.since = clock.now }
    report.state = state
    report.reason = reason
    report.nextStep = nextStep
  }

  func reached(_ rung: Rung) { if report.ladder[rung] == nil { report.ladder[rung] = clock.now } }
}
