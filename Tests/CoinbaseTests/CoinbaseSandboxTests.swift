import Broker
import Core
import Foundation
import Testing

@testable import Coinbase

/// The plugin against a venue that answers, over a real connection.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CoinbaseSandboxTests {
  /// Runs `body` with a plugin for a fresh account at a fresh venue.
  static func withAccount(
    dollars: String = "10000", _ body: (Coinbase, SandboxVenue, [Instrument]) async throws -> Void
  ) async throws {
    let venue = try SandboxVenue()
    defer { venue.stop() }
    let credentials = try venue.openAccount("test", dollars: dollars)
    let transport = try CurlTransport()
    let coinbase = try makeCoinbase(
      transport, endpoint: venue.endpoint, credentials: credentials, clock: WallClock())
    let instruments = try await coinbase.fetchInstruments()
    coinbase.learn(instruments)
    try await body(coinbase, venue, instruments)
    await transport.shutdown(within: .seconds(1))
  }

  /// A buy for about 100 dollars: `offset` above the ask in hundredths, so that it fills or rests.
  static func buy(
    _ instrument: Instrument, at quote: Quote, hundredths: Int, _ timeInForce: TimeInForce, sequence: UInt64 = 1
  ) throws -> OrderRequest {
    let raw = try (try quote.ask.value * ExactDecimal(integer: 100 + hundredths)).divided(
      by: ExactDecimal(integer: 100), places: 12, .nearest)
    let limit = try raw.rounded(toMultipleOf: instrument.tickSize, .down)
    let quantity = try ExactDecimal(integer: 100).divided(by: limit, places: 12, .down)
    return OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: sequence), symbol: instrument.symbol, side: .buy,
      quantity: Quantity(try quantity.rounded(toMultipleOf: instrument.lotStep, .down)), limit: Price(limit),
      timeInForce: timeInForce, deadline: WallClock().now + .seconds(60))
  }

  static func bitcoin(_ instruments: [Instrument]) throws -> Instrument {
    try #require(instruments.first { $0.symbol == Symbol(base: "BTC", quote: "USD") })
  }

  @Test func `an IOC order fills, and fills, order and balances agree to the last digit`() async throws {
    try await Self.withAccount { coinbase, _, instruments in
      let instrument = try Self.bitcoin(instruments)
      let start = WallClock().now - .seconds(5)
      let quote = try await coinbase.fetchQuote(instrument.symbol)
      #expect(quote.bid < quote.ask)
      let request = try Self.buy(instrument, at: quote, hundredths: 1, .immediateOrCancel)
      let id = try await coinbase.place(request).venueOrderID

      let fills = try await coinbase.fetchFills(of: id)
      #expect(!fills.isEmpty)
      #expect(try await coinbase.fetchFills(since: start) == fills)
      let limit = try #require(request.limit)
      #expect(fills.allSatisfy { $0.price <= limit && $0.feeCurrency == "USD" && $0.side == .buy })
      let bought = try fills.reduce(Quantity.zero) { try $0 + $1.quantity }
      let fee = try fills.reduce(ExactDecimal.zero) { try $0 + $1.fee }
      let paid = try fills.reduce(ExactDecimal.zero) { try $0 + ($1.price * $1.quantity).value }

      let order = try #require(try await coinbase.fetchOrders(.venue(id)).first)
      #expect(order.status.isFinal)
      #expect(order.clientOrderID == request.clientOrderID && order.symbol == instrument.symbol)
      #expect(order.quantity == request.quantity && order.limit == request.limit)
      #expect(order.filledQuantity == bought && order.fees == Notional(fee))
      #expect(try await coinbase.fetchOrders(.client(request.clientOrderID, since: start)) == [order])

      let balances = try await coinbase.fetchBalances()
      let dollars = try #require(balances.first { $0.currency == "USD" })
      #expect(dollars.total == (try ExactDecimal(integer: 10_000) - paid - fee))
      #expect(dollars.held.isZero && dollars.available == dollars.total)
      #expect(balances.first { $0.currency == "BTC" }?.available == bought.value)
    }
  }

  @Test func `a resting order is open, holds money, and is cancelled once`() async throws {
    try await Self.withAccount { coinbase, _, instruments in
      let instrument = try Self.bitcoin(instruments)
      let quote = try await coinbase.fetchQuote(instrument.symbol)
      let end = WallClock().now + .seconds(3_600)
      var ids: [VenueOrderID] = []
      for (index, timeInForce) in [TimeInForce.goodTillCancelled, .goodTillDate(end)].enumerated() {
        let request = try Self.buy(
          instrument, at: quote, hundredths: -30, timeInForce, sequence: UInt64(index) + 1)
        ids.append(try await coinbase.place(request).venueOrderID)
      }
      #expect(Set(try await coinbase.fetchOpenOrders().map(\.venueOrderID)) == Set(ids))
      let held = try #require(try await coinbase.fetchBalances().first { $0.currency == "USD" })
      #expect(held.held.isPositive && held.total == ExactDecimal(integer: 10_000))
      #expect(try held.available + held.held == held.total)

      for id in ids { #expect(try await coinbase.cancel(id) == .pending) }
      #expect(try await coinbase.fetchOpenOrders().isEmpty)
      for id in ids {
        #expect(try await coinbase.fetchOrders(.venue(id)).map(\.status) == [.cancelled])
        let again = await failure { () throws(BrokerError) in try await coinbase.cancel(id) }
        #expect(again?.code == .unknownOrder)
      }
      #expect(
        try await coinbase.fetchBalances().first { $0.currency == "USD" }?.available == ExactDecimal(integer: 10_000))
    }
  }

  @Test func `a fill-or-kill far below the book kills, and a repeated id makes no second order`() async throws {
    try await Self.withAccount { coinbase, _, instruments in
      let instrument = try Self.bitcoin(instruments)
      let quote = try await coinbase.fetchQuote(instrument.symbol)
      let killed = try Self.buy(instrument, at: quote, hundredths: -30, .fillOrKill)
      let id = try await coinbase.place(killed).venueOrderID
      #expect(try await coinbase.fetchOrders(.venue(id)).map(\.filledQuantity) == [.zero])
      #expect(try await coinbase.place(killed).venueOrderID == id)
      #expect(try await coinbase.fetchFills(since: WallClock().now - .seconds(60)).isEmpty)
    }
  }

  @Test func `refusals have their class`() async throws {
    try await Self.withAccount(dollars: "50") { coinbase, _, instruments in
      let instrument = try Self.bitcoin(instruments)
      let quote = try await coinbase.fetchQuote(instrument.symbol)
      let request = try Self.buy(instrument, at: quote, hundredths: 1, .immediateOrCancel)
      func code(_ change: (inout OrderRequest) throws -> Void) async throws -> BrokerError.Code? {
        var changed = request
        try change(&changed)
        return await failure { () throws(BrokerError) in try await coinbase.place(changed) }?.code
      }
      #expect(try await code { _ in } == .insufficientFunds)
      #expect(try await code { $0.amount = .base(Quantity(instrument.lotStep)) } == .belowMinimum)
      #expect(
        try await code {
          $0.kind = .limit(
            Price(
              try #require($0.limit).value
                + instrument.tickSize.divided(by: ExactDecimal(integer: 10), places: 12, .up)))
        }
          == .invalidAmount)
      #expect(
        try await code {
          $0.amount = .base(
            Quantity(
              try #require($0.quantity).value
                + instrument.lotStep.divided(by: ExactDecimal(integer: 10), places: 20, .up)))
        } == .invalidAmount)
      #expect(try await coinbase.fetchOrders(.venue(VenueOrderID("00000000-0000-4000-8000-000000000000"))).isEmpty)
      let cancel = await failure { () throws(BrokerError) in
        try await coinbase.cancel(VenueOrderID("00000000-0000-4000-8000-000000000000"))
      }
      #expect(cancel?.code == .unknownOrder)
      #expect(try await coinbase.fetchBalances().map(\.total).contains(ExactDecimal(integer: 50)))
    }
  }

  @Test func `what only asks is answered`() async throws {
    try await Self.withAccount { coinbase, venue, instruments in
      let instrument = try Self.bitcoin(instruments)
      #expect(instruments.contains { $0.status != .online })
      #expect(abs((try await coinbase.fetchServerTime() - WallClock().now).wholeMilliseconds) < 5_000)
      let tickers = try await coinbase.fetchTickers()
      #expect(Set(tickers.map(\.symbol)).isSubset(of: Set(instruments.map(\.symbol))))
      #expect(tickers.contains { $0.symbol == instrument.symbol && $0.last.value.isPositive })
      let permissions = try await coinbase.fetchPermissions()
      #expect(permissions.canQuery && permissions.canTrade && permissions.canWithdraw == false)
      #expect(permissions.missing.isEmpty && permissions.accountIdentity != nil)
      let fees = try await coinbase.fetchFees(instrument.symbol)
      #expect(fees.maker.isPositive && fees.taker >= fees.maker)

      let now = venue.marketClock.time(atWall: WallClock().now)
      let candles = try await coinbase.fetchCandles(
        instrument.symbol, interval: .seconds(60), limit: 720, marketNow: now)
      #expect((600...720).contains(candles.count))
      #expect(zip(candles, candles.dropFirst()).allSatisfy { $0.start < $1.start })
      #expect(candles.allSatisfy { $0.start + .seconds(60) <= now && $0.low <= $0.open && $0.open <= $0.high })
    }
  }

  @Test func `a lost answer leaves an order that is found by our id`() async throws {
    try await Self.withAccount { coinbase, venue, instruments in
      let instrument = try Self.bitcoin(instruments)
      let quote = try await coinbase.fetchQuote(instrument.symbol)
      try venue.ask(["do": "fault", "venue": "coinbase", "endpoint": "POST /orders", "fault": "drop_after"])
      let request = try Self.buy(instrument, at: quote, hundredths: 1, .immediateOrCancel)
      let error = await failure { () throws(BrokerError) in try await coinbase.place(request) }
      #expect(error?.mayHaveExecuted == true)
      #expect(error?.recovery == .reconcile(request.clientOrderID))
      let found = try await coinbase.fetchOrders(
        .client(request.clientOrderID, since: request.deadline - .seconds(120)))
      #expect(found.map(\.clientOrderID) == [request.clientOrderID])
    }
  }

  @Test func `a revoked key is a bad key`() async throws {
    try await Self.withAccount { coinbase, venue, _ in
      try venue.ask(["do": "revoke_key", "account": "test"])
      let error = await failure { () throws(BrokerError) in try await coinbase.fetchBalances() }
      #expect(error?.code == .invalidKey && error?.scope == .account && error?.recovery == .never)
    }
  }
}
