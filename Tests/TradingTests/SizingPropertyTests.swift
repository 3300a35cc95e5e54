import Broker
import Core
import Testing

@testable import Trading

@Suite struct SizingPropertyTests {
  private struct Case {
    var account: SizingAccount
    var limits: SizingLimits
    var instrument: Instrument
    var quote: Quote
    var fees: FeeRates
  }

  private func pick(_ texts: [String], _ random: inout StrategyRandom) -> ExactDecimal {
    Crafted.number(texts.randomElement(using: &random) ?? "1")
  }

  /// Sums that binary numbers get wrong, ticks that are no powers of ten, steps as coarse as a whole coin.
  private func make(_ random: inout StrategyRandom) throws -> Case {
    let tick = pick(["0.5", "5", "0.00000001", "0.01", "0.25"], &random)
    var instrument = Crafted.instrument()
    instrument.tickSize = tick
    instrument.lotStep = pick(["0.00000001", "0.1", "1", "0.005"], &random)
    instrument.minimumQuantity = Bool.random(using: &random) ? Quantity(pick(["0.0001", "0.3", "2"], &random)) : nil
    instrument.minimumNotional = Bool.random(using: &random) ? Notional(pick(["0.5", "5", "10.1"], &random)) : nil
    instrument.maximumQuantity = Bool.random(using: &random) ? Quantity(pick(["3", "1000.7"], &random)) : nil
    instrument.maximumNotional = Bool.random(using: &random) ? Notional(pick(["40", "99.99"], &random)) : nil
    let bid = try tick * ExactDecimal(integer: Int.random(in: 1...20_000, using: &random))
    let ask = try bid + tick
    let sum = try pick(["0.1", "19.99", "1234.56"], &random) + pick(["0.2", "0.0000003", "80"], &random)
    let account = SizingAccount(
      equity: Notional(sum), freeCash: Notional(pick(["0.1", "3.3", "77.7", "5000"], &random)),
      exposure: Notional(pick(["0", "0.3", "500"], &random)), openPositions: 0)
    let limits = SizingLimits(
      orderSize: Bool.random(using: &random)
        ? .share(pick(["0.05", "1", "0.333"], &random)) : .amount(Notional(pick(["0.3", "25", "100.01"], &random))),
      maximumOrder: Bool.random(using: &random) ? Notional(pick(["10", "250"], &random)) : nil,
      maximumExposure: Bool.random(using: &random) ? pick(["0.8", "1"], &random) : nil,
      maximumSlippage: pick(["0", "0.003", "0.1"], &random))
    return Case(
      account: account, limits: limits, instrument: instrument,
      quote: Quote(symbol: instrument.symbol, bid: Price(bid), ask: Price(ask), asOf: Crafted.origin),
      fees: FeeRates(maker: .zero, taker: pick(["0", "0.004", "0.0126"], &random)))
  }

  private func size(_ it: Case) -> SizingDecision {
    Sizing.entry(it.account, it.limits, it.instrument, it.quote, it.fees)
  }

  /// Whether a quantity at a limit breaks no rule; written apart from the code it checks.
  private func isAllowed(_ quantity: ExactDecimal, _ limit: ExactDecimal, _ it: Case) throws -> Bool {
    let worth = try quantity * limit
    let equity = it.account.equity?.value ?? .zero
    var ceilings: [ExactDecimal] = []
    switch it.limits.orderSize {
    case .share(let share): ceilings.append(try equity * share)
    case .amount(let amount): ceilings.append(amount.value)
    }
    if let most = it.limits.maximumOrder { ceilings.append(most.value) }
    if let share = it.limits.maximumExposure {
      ceilings.append(try (try equity * share) - (it.account.exposure?.value ?? .zero))
    }
    if let most = it.instrument.maximumNotional { ceilings.append(most.value) }
    if let most = it.instrument.maximumQuantity, quantity > most.value { return false }
    let withFees = try worth + (try worth * it.fees.taker)
    return withFees <= it.account.freeCash.value && ceilings.allSatisfy { worth <= $0 }
  }

  @Test func `an entry obeys every rule, one step more breaks one, and what is needed is enough`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("sizing entries: seed \(seed)")
    var random = StrategyRandom(seed: seed)
    var (orders, skips) = (0, 0)
    for _ in 0..<3_000 {
      let it = try make(&random)
      let ask = it.quote.ask.value
      let worst = try ask * (try .one + it.limits.maximumSlippage)
      switch size(it) {
      case .order(let order):
        orders += 1
        let (quantity, limit) = (order.quantity.value, order.limit.value)
        #expect(try limit.isMultiple(of: it.instrument.tickSize) && quantity.isMultiple(of: it.instrument.lotStep))
        #expect(try limit <= worst && limit + it.instrument.tickSize > worst && limit >= ask)
        #expect(try isAllowed(quantity, limit, it))
        #expect(try !isAllowed(try quantity + it.instrument.lotStep, limit, it))
        #expect(order.quantity >= it.instrument.minimumQuantity ?? .zero)
        #expect(order.notional >= it.instrument.minimumNotional ?? .zero)
      case .skip(let skip):
        skips += 1
        try checkNeeded(skip, it)
      }
    }
    #expect(orders > 300 && skips > 300)
  }

  /// With the amount needed in place of what there was, the same reason does not come again; with a little less there
  /// is still no order.
  private func checkNeeded(_ skip: SizingSkip, _ it: Case) throws {
    guard skip.reason == .freeCash || skip.reason == .maximumOrder else { return }
    let needed = try #require(skip.needed)
    func reason(_ amount: Notional) -> SizingSkip.Reason? {
      var changed = it
      if skip.reason == .freeCash { changed.account.freeCash = amount } else { changed.limits.maximumOrder = amount }
      if case .skip(let again) = size(changed) { return again.reason }
      return nil
    }
    #expect(reason(needed) != skip.reason)
    #expect(reason(try needed - Notional(Crafted.number("0.000000000001"))) != nil)
  }

  @Test func `an exit sells no more than is held, at no less than the slippage allows`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("sizing exits: seed \(seed)")
    var random = StrategyRandom(seed: seed)
    var orders = 0
    for _ in 0..<3_000 {
      let it = try make(&random)
      let held = Quantity(try pick(["0.1", "7", "0.00012345"], &random) + pick(["0.2", "0.00000001", "33"], &random))
      let slippage = it.limits.maximumSlippage
      let decision = Sizing.exit(held, it.instrument, it.quote, slippage: slippage)
      guard case .order(let order) = decision else { continue }
      orders += 1
      let worst = try it.quote.bid.value * (try .one - slippage)
      #expect(order.limit.value >= worst && order.limit <= it.quote.bid)
      #expect(try order.limit.value - it.instrument.tickSize < worst)
      #expect(try order.limit.value.isMultiple(of: it.instrument.tickSize))
      #expect(try order.quantity.value.isMultiple(of: it.instrument.lotStep))
      #expect(order.quantity <= held && order.quantity <= it.instrument.maximumQuantity ?? held)
      #expect(order.quantity >= it.instrument.minimumQuantity ?? .zero)
      #expect(order.notional >= it.instrument.minimumNotional ?? .zero)
    }
    #expect(orders > 300)
  }
}
