import Broker
import Core
import Foundation
import Kraken
import Testing

/// The plugin over the real transport and a real key file against the sandbox's venue.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KrakenSandboxTests {
  private static let symbol = Symbol(base: "BTC", quote: "USD")

  private final class Account {
    let venue: SandboxVenue
    let kraken: Kraken
    let instrument: Instrument
    private let transport: CurlTransport
    private var sequence: UInt64 = 0

    init(dollars: String = "10000") async throws {
      venue = try SandboxVenue()
      let credentials = try venue.openAccount("test", dollars: dollars).mapValues { Secret(Array($0.utf8)) }
      let key = try #require(credentials["api_key"])
      let nonces = try await KeyFile.open(
        folder: venue.keys, name: KeyFile.name(forKey: key), scale: .nanoseconds, wait: .zero, clock: WallClock())
      transport = try CurlTransport()
      kraken = try Kraken(
        PluginContext(
          endpoint: Broker.Endpoint(parsing: venue.endpoint), credentials: credentials, options: ["tier": "pro"],
          transport: transport, nonces: nonces, clock: WallClock()))
      let instruments = try await kraken.fetchInstruments()
      kraken.learn(instruments)
      instrument = try #require(instruments.first { $0.symbol == KrakenSandboxTests.symbol })
    }

    /// A buy of 0.002 BTC so many percent above the ask.
    func buy(percent: Int, _ timeInForce: TimeInForce = .immediateOrCancel) async throws -> OrderRequest {
      sequence += 1
      let ask = try await kraken.fetchQuote(instrument.symbol).ask.value
      let limit = try (ask * ExactDecimal(integer: 100 + percent)).divided(
        by: ExactDecimal(integer: 100), places: 12, .nearest)
      return OrderRequest(
        clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: sequence), symbol: instrument.symbol,
        side: .buy, quantity: Quantity(try ExactDecimal(parsing: "0.002")),
        limit: Price(try limit.rounded(toMultipleOf: instrument.tickSize, .down)), timeInForce: timeInForce,
        deadline: WallClock().now + .seconds(10))
    }

    func balance(_ currency: String) async throws -> Balance? {
      try await kraken.fetchBalances().first { $0.currency == currency }
    }
  }

  private static var aMinuteAgo: Timestamp { WallClock().now - .seconds(60) }

  @Test func `markets, tickers, candles, permissions and fees come as the venue has them`() async throws {
    let account = try await Account()
    let kraken = account.kraken
    let before = WallClock().now
    let told = try await kraken.fetchServerTime()
    // However long the answer waited for its turn here; the venue tells whole seconds.
    #expect(told >= before - .seconds(2) && told <= WallClock().now + .seconds(2))
    let tickers = try await kraken.fetchTickers()
    #expect(tickers.contains { $0.symbol == Symbol(base: "DOGE", quote: "USD") })
    #expect(tickers.allSatisfy { ticker in ticker.quote.map { $0.bid < $0.ask } ?? false })
    let now = account.venue.marketClock.time(atWall: WallClock().now)
    for limit in [50, 719] {
      let candles = try await kraken.fetchCandles(
        Self.symbol, interval: .seconds(300), limit: limit, marketNow: now)
      #expect(candles.count == limit)
      #expect(candles.last.map { $0.start == now.floored(to: .seconds(300)) - .seconds(300) } ?? false)
      #expect(zip(candles, candles.dropFirst()).allSatisfy { $1.start - $0.start == .seconds(300) })
      #expect(
        candles.allSatisfy { $0.low <= $0.open && $0.open <= $0.high && $0.low <= $0.close && $0.close <= $0.high })
    }
    let permissions = try await kraken.fetchPermissions()
    #expect(permissions.canQuery && permissions.canTrade && permissions.canWithdraw == false)
    #expect(permissions.missing.isEmpty && permissions.accountIdentity?.isEmpty == false)
    let fees = try await kraken.fetchFees(Self.symbol)
    #expect(fees == FeeRates(maker: try ExactDecimal("0.0025"), taker: try ExactDecimal("0.004")))
  }

  @Test func `an IOC order fills, and fills, order, balances and ledger agree to the last digit`() async throws {
    let account = try await Account()
    let kraken = account.kraken
    let since = Self.aMinuteAgo
    let request = try await account.buy(percent: 1)
    let id = try await kraken.place(request).venueOrderID
    let fills = try await kraken.fetchFills(of: id)
    #expect(!fills.isEmpty)
    #expect(try await kraken.fetchFills(since: since) == fills)
    let texts = fills.map { "\($0.id) \($0.quantity) \($0.price) \($0.fee) \($0.feeCurrency)" }
    // Fills of one instant have no order of their own.
    #expect(try account.venue.ledgerFills("test").sorted() == texts.sorted())

    let bought = try fills.reduce(Quantity.zero) { try $0 + $1.quantity }
    let fee = try fills.reduce(ExactDecimal.zero) { try $0 + $1.fee }
    let paid = try fills.reduce(ExactDecimal.zero) { try $0 + ($1.price * $1.quantity).value }
    let order = try #require(try await kraken.fetchOrders(.venue(id)).first)
    #expect(order.status.isFinal && order.clientOrderID == request.clientOrderID && order.symbol == request.symbol)
    #expect(order.quantity == request.quantity && order.limit == request.limit && order.side == .buy)
    #expect(order.filledQuantity == bought && order.fees == Notional(fee))
    #expect(try await kraken.fetchOrders(.client(request.clientOrderID, since: since)) == [order])
    let dollars = try #require(try await account.balance("USD"))
    // The venue cuts the cost of each fill to four digits.
    let moved = try ExactDecimal(integer: 10_000) - dollars.total
    let cut = try (try paid + fee) - moved
    let most = try ExactDecimal("0.0001") * ExactDecimal(integer: fills.count)
    #expect(!cut.isNegative && cut < most)
    #expect(dollars.held.isZero)
    #expect(try await account.balance("BTC")?.available == bought.value)
  }

  @Test func `a resting order holds money, is found by either name, and is cancelled once`() async throws {
    let account = try await Account()
    let kraken = account.kraken
    let end = WallClock().now + .seconds(600)
    for timeInForce in [TimeInForce.goodTillCancelled, .goodTillDate(end)] {
      let request = try await account.buy(percent: -30, timeInForce)
      let id = try await kraken.place(request).venueOrderID
      let open = try await kraken.fetchOpenOrders()
      #expect(open.map(\.venueOrderID) == [id] && open.first?.status == .open)
      #expect(try await kraken.fetchOrders(.client(request.clientOrderID, since: Self.aMinuteAgo)) == open)
      let held = try #require(try await account.balance("USD"))
      #expect(held.held.isPositive && held.total == ExactDecimal(integer: 10_000))
      #expect(try held.available + held.held == held.total)
      #expect(try await kraken.fetchFills(of: id).isEmpty)

      let twice = try await #require(throws: BrokerError.self) { _ = try await kraken.place(request) }
      #expect(twice.code == .duplicateOrder && twice.recovery == .reconcile(request.clientOrderID))
      #expect(try await kraken.cancel(id) == .cancelled)
      let again = try await #require(throws: BrokerError.self) { _ = try await kraken.cancel(id) }
      #expect(again.code == .unknownOrder)
      #expect(try await kraken.fetchOrders(.venue(id)).map(\.status) == [.cancelled])
    }
    #expect(try await kraken.fetchOpenOrders().isEmpty)
  }

  @Test func `a refusal has its class, and nothing of it is in doubt`() async throws {
    let account = try await Account(dollars: "50")
    var request = try await account.buy(percent: 1)
    func code() async throws -> BrokerError.Code {
      let error = try await #require(throws: BrokerError.self) { _ = try await account.kraken.place(request) }
      #expect(!error.mayHaveExecuted)
      return error.code
    }
    #expect(try await code() == .insufficientFunds)
    request.amount = .base(Quantity(try ExactDecimal("0.00000001")))
    #expect(try await code() == .belowMinimum)
    request.amount = .base(Quantity(try ExactDecimal("0.000500001")))
    #expect(try await code() == .invalidAmount)
    request.symbol = Symbol(base: "XRP", quote: "USD")
    request.amount = .base(Quantity(try ExactDecimal("10")))
    request.kind = .limit(Price(try ExactDecimal("1")))
    #expect(try await code() == .instrumentUnavailable)
  }

  /// What happens to an order whose answer does not come, and whether the venue had it.
  @Test(arguments: [("drop_after", true), ("drop_before", false), ("http:502", false), ("error:EService:Busy", false)])
  func `an order without an answer is looked up and found when it was there`(
    _ fault: String, _ wasThere: Bool
  ) async throws {
    let account = try await Account()
    let request = try await account.buy(percent: 1)
    try account.venue.setFault(fault, endpoint: "AddOrder")
    let error = try await #require(throws: BrokerError.self) { _ = try await account.kraken.place(request) }
    #expect(error.mayHaveExecuted && error.recovery == .reconcile(request.clientOrderID))
    let found = try await account.kraken.fetchOrders(.client(request.clientOrderID, since: Self.aMinuteAgo))
    #expect(found.count == (wasThere ? 1 : 0))
    #expect(try account.venue.ledgerFills("test").isEmpty == !wasThere)
  }

  @Test func `a question that fails is an error, and the next one works`() async throws {
    let account = try await Account()
    for (fault, code) in [
      ("drop_after", BrokerError.Code.network), ("http:520", .venueUnavailable),
      ("error:EService:Busy", .venueUnavailable),
      ("error:EOrder:Nobody knows", .unknown),
    ] {
      try account.venue.setFault(fault, endpoint: "BalanceEx")
      let error = try await #require(throws: BrokerError.self) { _ = try await account.kraken.fetchBalances() }
      #expect(error.code == code && !error.mayHaveExecuted && error.operation == "fetchBalances")
      #expect(try await account.balance("USD")?.total == ExactDecimal(integer: 10_000))
    }
  }

  @Test func `calls made at once arrive in the order of their nonces, and a cancel passes one that hangs`() async throws
  {
    let account = try await Account()
    let kraken = account.kraken
    let id = try await kraken.place(try await account.buy(percent: -30, .goodTillCancelled)).venueOrderID
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 { group.addTask { _ = try await kraken.fetchBalances() } }
      try await group.waitForAll()
    }
    try account.venue.setFault("delay:3000", endpoint: "BalanceEx")
    let hanging = Task {
      let started = ContinuousClock.now
      _ = try? await kraken.fetchBalances()
      return ContinuousClock.now - started
    }
    let started = ContinuousClock.now
    #expect(try await kraken.cancel(id) == .cancelled)
    let took = ContinuousClock.now - started
    #expect(await hanging.value > took)
  }

  @Test func `a restart goes on with the same key, and a second holder is refused`() async throws {
    let venue = try SandboxVenue()
    let credentials = try venue.openAccount("test", dollars: "10").mapValues { Secret(Array($0.utf8)) }
    let name = try KeyFile.name(forKey: try #require(credentials["api_key"]))
    let transport = try CurlTransport()
    for _ in 0..<3 {
      let nonces = try await KeyFile.open(
        folder: venue.keys, name: name, scale: .nanoseconds, wait: .zero, clock: WallClock())
      let kraken = try Kraken(
        PluginContext(
          endpoint: Broker.Endpoint(parsing: venue.endpoint), credentials: credentials, options: [:],
          transport: transport, nonces: nonces, clock: WallClock()))
      _ = try await kraken.fetchBalances()
      await #expect(throws: KeyFileError.self) {
        _ = try await KeyFile.open(
          folder: venue.keys, name: name, scale: .nanoseconds, wait: .zero, clock: WallClock())
      }
    }
  }
}
