import Core
import Testing

@testable import Sandbox

@Suite struct ExchangePropertyTests {
  /// A generator whose seed is told when something fails.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      return Noise.mixed(state)
    }
  }

  private static let symbols = ["BTC/USD", "SOL/USD", "DOGE/USD"]

  private func ticket(_ bench: KrakenBench, _ random: inout Generator) throws -> OrderTicket {
    let symbol = try #require(Self.symbols.randomElement(using: &random))
    let listing = try #require(KrakenVenue.rules.listing(named: symbol))
    let last = try bench.book(symbol).last
    let factor = try ExactDecimal(coefficient: Int128(Int.random(in: 97...103, using: &random)), scale: 2)
    let money = ExactDecimal(integer: Int.random(in: 5...3_000, using: &random))
    let side = Bool.random(using: &random) ? Side.buy : .sell
    let isMarket = Int.random(in: 0..<6, using: &random) == 0
    var ticket = OrderTicket(
      symbol: listing.symbol, side: side,
      size: .base(try money.divided(by: last, places: 8, .down)),
      limit: isMarket ? nil : try (last * factor).rounded(toMultipleOf: listing.instrument.tickSize, .down),
      timeInForce: .immediateOrCancel)
    if !isMarket {
      let end = bench.clock.now + .seconds(Int.random(in: 1...30, using: &random))
      ticket.timeInForce =
        [.immediateOrCancel, .fillOrKill, .goodTillCancelled, .goodTillDate(end)].randomElement(using: &random)
        ?? .immediateOrCancel
      ticket.postOnly = Int.random(in: 0..<8, using: &random) == 0
    } else if side == .buy, Bool.random(using: &random) {
      ticket.size = .quote(money, includingFee: Bool.random(using: &random))
    }
    ticket.feeInBase = Int.random(in: 0..<4, using: &random) == 0
    let places = listing.instrument.tickSize
    if Int.random(in: 0..<5, using: &random) == 0, let close = try Self.price(last, places, &random) {
      ticket.close = ClosingOrder(limit: close, trigger: nil, detail: [:])
    }
    if Int.random(in: 0..<3, using: &random) == 0 { try wait(&ticket, last, places, &random) }
    return ticket
  }

  /// A price within three of a hundred of the last one.
  private static func price(
    _ last: ExactDecimal, _ tick: ExactDecimal, _ random: inout Generator
  ) throws -> ExactDecimal? {
    let factor = try ExactDecimal(coefficient: Int128(Int.random(in: 970...1_030, using: &random)), scale: 3)
    let price = try (last * factor).rounded(toMultipleOf: tick, .down)
    return price.isPositive ? price : nil
  }

  /// Makes the order one that waits for a price, or a bracket.
  private func wait(
    _ ticket: inout OrderTicket, _ last: ExactDecimal, _ tick: ExactDecimal, _ random: inout Generator
  ) throws {
    guard case .base = ticket.size, let price = try Self.price(last, tick, &random) else { return }
    let direction: OrderTrigger.Direction = Bool.random(using: &random) ? .up : .down
    ticket.trigger = OrderTrigger(
      price: price, direction: direction, isBracket: ticket.limit != nil && Bool.random(using: &random))
    ticket.postOnly = false
    if case .goodTillDate = ticket.timeInForce { return }
    ticket.timeInForce = .goodTillCancelled
  }

  /// Changes an open order to something that may or may not make sense.
  private func amend(_ bench: KrakenBench, _ order: VenueOrder, _ random: inout Generator) throws {
    let listing = try #require(KrakenVenue.rules.listing(order.ticket.symbol))
    let last = try bench.book(order.ticket.symbol.description).last
    var change = OrderChange()
    if order.ticket.limit != nil { change.limit = try Self.price(last, listing.instrument.tickSize, &random) }
    if order.isWaiting { change.trigger = try Self.price(last, listing.instrument.tickSize, &random) }
    if Bool.random(using: &random) {
      change.quantity = try (order.quantity * .literal("1.25")).rounded(places: 8, .down)
    }
    _ = try? bench.exchange.amend(order.id, account: KrakenBench.account, to: change)
  }

  /// What every account holds equals what it brought, plus and minus its fills and their fees, to the last digit.
  private func checkBooks(_ bench: KrakenBench, _ funds: [String: ExactDecimal], _ seed: UInt64) throws {
    var expected = funds
    func add(_ currency: String, _ amount: ExactDecimal) throws {
      expected[currency] = try (expected[currency] ?? .zero) + amount
    }
    let (fills, transfers) = bench.exchange.read { ($0.fills, $0.transfers) }
    for transfer in transfers { try add(transfer.currency, transfer.amount) }
    for fill in fills {
      try add(fill.symbol.base, fill.side == .buy ? fill.quantity : try -fill.quantity)
      try add(fill.symbol.quote, fill.side == .buy ? try -fill.cost : fill.cost)
      try add(fill.feeCurrency, try -fill.fee)
      #expect(fill.cost == (try (fill.price * fill.quantity).rounded(places: 4, .down)), "seed \(seed)")
    }
    for balance in bench.exchange.balances(KrakenBench.account) {
      #expect(balance.total == expected[balance.currency] ?? .zero, "seed \(seed) \(balance.currency)")
      #expect(!balance.available.isNegative, "seed \(seed) \(balance.currency)")
      #expect(try balance.held + balance.available == balance.total, "seed \(seed)")
    }
    for order in bench.exchange.read({ $0.orders }) {
      let own = fills.filter { $0.order == order.number }
      var filled = ExactDecimal.zero
      for fill in own { filled = try filled + fill.quantity }
      #expect(order.filled == filled, "seed \(seed)")
      // The limit is the one it has now: not that of fills before a change, and none after a bracket's other end.
      if let limit = order.active.limit, order.amendments.isEmpty {
        #expect(own.allSatisfy { order.ticket.side == .buy ? $0.price <= limit : $0.price >= limit }, "seed \(seed)")
      }
      if order.status != .open, case .base = order.ticket.size {
        #expect((order.status == .filled) == (filled == order.quantity), "seed \(seed)")
      }
    }
  }

  @Test(arguments: 1...8)
  func `no order makes or loses money or coins`(_ number: Int) throws {
    let seed = UInt64(number)
    var random = Generator(state: seed)
    let funds: [String: ExactDecimal] = [
      "USD": .literal("9000.5"), "BTC": .literal("0.05"), "SOL": .literal("12.25"), "DOGE": .literal("9000"),
    ]
    let bench = try KrakenBench(funds: funds, seed: seed)
    for _ in 0..<120 {
      bench.clock.advance(by: .milliseconds(Int.random(in: 1...4_000, using: &random)))
      _ = try? bench.exchange.place(try ticket(bench, &random), account: KrakenBench.account)
      let open = bench.exchange.openOrders(KrakenBench.account)
      if let order = open.randomElement(using: &random), Bool.random(using: &random) {
        try amend(bench, order, &random)
      }
      if Int.random(in: 0..<20, using: &random) == 0 {
        let amount = ExactDecimal(integer: Int.random(in: -2_000...2_000, using: &random))
        _ = try? bench.exchange.move(KrakenBench.account, currency: "USD", amount: amount)
      }
      for balance in bench.exchange.balances(KrakenBench.account) {
        #expect(!balance.available.isNegative, "seed \(seed) \(balance.currency)")
      }
      if open.count > 8, let victim = open.randomElement(using: &random) {
        _ = try bench.exchange.cancel(victim.id, account: KrakenBench.account, reason: "test")
      }
    }
    try checkBooks(bench, funds, seed)
    #expect(bench.exchange.read { $0.fills.count } > 30, "seed \(seed)")
    #expect(bench.exchange.read { $0.orders.filter { $0.triggeredAt != nil }.count } > 3, "seed \(seed)")
    #expect(bench.exchange.read { $0.orders.filter { $0.ticket.detail["refid"] != nil }.count } > 0, "seed \(seed)")
    try checkReplay(bench, seed)
  }

  /// The entries alone give the same state, also through their written form.
  private func checkReplay(_ bench: KrakenBench, _ seed: UInt64) throws {
    var replayed = ExchangeState()
    for entry in bench.ledger.entries {
      let line = Array(LedgerCodec.line(entry).utf8.dropLast())
      let read = try LedgerCodec.entry(line)
      #expect(read == entry, "seed \(seed)")
      try replayed.apply(read)
    }
    let (orders, fills, accounts) = bench.exchange.read { ($0.orders, $0.fills, $0.accounts) }
    #expect(replayed.orders == orders, "seed \(seed)")
    #expect(replayed.fills == fills, "seed \(seed)")
    #expect(replayed.accounts == accounts, "seed \(seed)")
  }

  @Test func `two accounts never see each other`() throws {
    let bench = try KrakenBench()
    _ = try bench.exchange.openAccount("kraken/other", venue: "kraken", funds: ["USD": .literal("5")])
    _ = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=\(try bench.price("1.02"))&volume=0.001")
    #expect(bench.exchange.balances("kraken/other").map(\.total) == [.literal("5")])
    #expect(bench.exchange.openOrders("kraken/other").isEmpty)
  }

  @Test func `an account is opened once, and its funds and identity stay`() throws {
    let bench = try KrakenBench()
    let first = try bench.exchange.openAccount("kraken/a", venue: "kraken", funds: ["USD": .literal("5")])
    let again = try bench.exchange.openAccount("kraken/a", venue: "kraken", funds: ["USD": .literal("7")])
    #expect(first == again)
    #expect(throws: AccountRefusal.unknownVenue("gemini")) {
      try bench.exchange.openAccount("gemini", venue: "gemini", funds: [:])
    }
    #expect(throws: AccountRefusal.unknownCurrency("EUR")) {
      try bench.exchange.openAccount("kraken/b", venue: "kraken", funds: ["EUR": .one])
    }
    #expect(throws: AccountRefusal.amount("-1")) {
      try bench.exchange.openAccount("kraken/b", venue: "kraken", funds: ["USD": .literal("-1")])
    }
  }
}
