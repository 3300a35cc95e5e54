import Broker
import Core
import Testing

@testable import Coinbase

/// Orders of other kinds, and changes of them, against a venue that answers.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CoinbaseSandboxOrderTests {
  /// A resting buy far below the market.
  static func resting(
    _ coinbase: Coinbase, _ instruments: [Instrument], sequence: UInt64 = 1
  ) async throws -> OrderRequest {
    let instrument = try CoinbaseSandboxTests.bitcoin(instruments)
    return try CoinbaseSandboxTests.buy(
      instrument, at: try await coinbase.fetchQuote(instrument.symbol), hundredths: -30, .goodTillCancelled,
      sequence: sequence)
  }

  static func order(_ coinbase: Coinbase, _ id: VenueOrderID) async throws -> Order {
    try #require(try await coinbase.fetchOrders(.venue(id)).first)
  }

  @Test func `money buys at market, all of it is sold at market, and the books add up`() async throws {
    try await CoinbaseSandboxTests.withAccount { coinbase, _, instruments in
      let instrument = try CoinbaseSandboxTests.bitcoin(instruments)
      var request = try await Self.resting(coinbase, instruments)
      (request.kind, request.timeInForce) = (.market, .immediateOrCancel)
      request.amount = .quote(Notional(decimal("100")))
      #expect(try await coinbase.preview(request).isEmpty)
      let bought = try await Self.order(coinbase, try await coinbase.place(request).venueOrderID)
      #expect(bought.kind == .market && bought.timeInForce == .immediateOrCancel && bought.status == .filled)
      #expect(bought.notional == Notional(decimal("100")) && bought.quantity == nil)
      #expect(try #require(bought.filledNotional) <= Notional(decimal("100")))

      let sale = OrderRequest(
        clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: 2), symbol: instrument.symbol, side: .sell,
        amount: .base(bought.filledQuantity), kind: .market, timeInForce: .immediateOrCancel,
        deadline: WallClock().now + .seconds(60))
      let sold = try await Self.order(coinbase, try await coinbase.place(sale).venueOrderID)
      #expect(sold.filledQuantity == bought.filledQuantity && sold.status == .filled)
      var position = Position(symbol: instrument.symbol)
      for fill in try await coinbase.fetchFills(since: WallClock().now - .seconds(60)) {
        #expect(fill.kind == .trade && fill.isMaker == false)
        try position.apply(fill)
      }
      #expect(!position.isOpen)
      let dollars = try #require(try await coinbase.fetchBalances().first { $0.currency == "USD" })
      #expect(try dollars.total - position.realised.value == ExactDecimal(integer: 10_000))
      let closed = try await coinbase.fetchClosedOrders(since: WallClock().now - .seconds(60))
      #expect(closed.map(\.venueOrderID) == [sold, bought].map(\.venueOrderID))
    }
  }

  @Test func `a post-only order rests where it may and is refused where it would take`() async throws {
    try await CoinbaseSandboxTests.withAccount { coinbase, _, instruments in
      var request = try await Self.resting(coinbase, instruments)
      request.isPostOnly = true
      let shown = try await Self.order(coinbase, try await coinbase.place(request).venueOrderID)
      #expect(shown.isPostOnly == true && shown.kind == request.kind && shown.status == .open)
      let instrument = try CoinbaseSandboxTests.bitcoin(instruments)
      var taking = try CoinbaseSandboxTests.buy(
        instrument, at: try await coinbase.fetchQuote(instrument.symbol), hundredths: 1, .goodTillCancelled,
        sequence: 2)
      taking.isPostOnly = true
      #expect(try await !coinbase.preview(taking).isEmpty)
      let error = await failure { () throws(BrokerError) in try await coinbase.place(taking) }
      #expect(error?.code == .orderRejected && error?.mayHaveExecuted == false)
    }
  }

  @Test func `a preview says what would be refused, and places nothing`() async throws {
    try await CoinbaseSandboxTests.withAccount(dollars: "50") { coinbase, _, instruments in
      let request = try await Self.resting(coinbase, instruments)
      #expect(try await coinbase.preview(request) == ["PREVIEW_INSUFFICIENT_FUND"])
      var small = request
      small.amount = .base(Quantity(decimal("0.0005")))
      #expect(try await coinbase.preview(small).isEmpty)
      #expect(try await coinbase.fetchOpenOrders().isEmpty)
      #expect(try await coinbase.fetchBalances().allSatisfy { $0.held.isZero })
    }
  }

  @Test func `an order is changed in price, in size and in both, and keeps its names`() async throws {
    try await CoinbaseSandboxTests.withAccount { coinbase, _, instruments in
      let request = try await Self.resting(coinbase, instruments)
      let id = try await coinbase.place(request).venueOrderID
      let limit = Price(try #require(request.limit).value.rounded(toMultipleOf: decimal("100"), .down))
      let quantity = Quantity(try #require(request.quantity).value.rounded(places: 4, .down))
      func amendment(_ quantity: Quantity?, _ limit: Price?) -> OrderAmendment {
        OrderAmendment(
          venueOrderID: id, symbol: request.symbol, quantity: quantity, limit: limit,
          deadline: WallClock().now + .seconds(60))
      }
      try await coinbase.amend(amendment(nil, limit))
      #expect(try await Self.order(coinbase, id).limit == limit)
      #expect(try await Self.order(coinbase, id).quantity == request.quantity)
      try await coinbase.amend(amendment(quantity, nil))
      #expect(try await Self.order(coinbase, id).quantity == quantity)
      try await coinbase.amend(amendment(request.quantity, request.limit))
      let changed = try await Self.order(coinbase, id)
      #expect(changed.limit == request.limit && changed.quantity == request.quantity)
      #expect(changed.clientOrderID == request.clientOrderID && changed.status == .open)

      let finer = Price(try limit.value + decimal("0.0001"))
      let precise = await failure { () throws(BrokerError) in try await coinbase.amend(amendment(quantity, finer)) }
      #expect(precise?.code == .invalidAmount && precise?.mayHaveExecuted == false)
      _ = try await coinbase.cancel(id)
      for change in [amendment(quantity, limit), amendment(nil, limit)] {
        let gone = await failure { () throws(BrokerError) in try await coinbase.amend(change) }
        #expect(gone?.code == .unknownOrder)
      }
    }
  }

  @Test func `several cancels in one call have an outcome each`() async throws {
    try await CoinbaseSandboxTests.withAccount { coinbase, _, instruments in
      var ids = [VenueOrderID("00000000-0000-4000-8000-000000000000")]
      for sequence in 1...3 {
        let request = try await Self.resting(coinbase, instruments, sequence: UInt64(sequence))
        ids.append(try await coinbase.place(request).venueOrderID)
      }
      let outcomes: [Result<CancelOutcome, BrokerError>] = try await coinbase.cancel(ids)
      #expect(outcomes.map { try? $0.get() } == [nil, .pending, .pending, .pending])
      guard case .failure(let unknown) = outcomes[0] else { return }
      #expect(unknown.code == .unknownOrder)
      #expect(try await coinbase.fetchOpenOrders().isEmpty)
    }
  }
}
