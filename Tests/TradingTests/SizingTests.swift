import Broker
import Core
import Testing

@testable import Trading

@Suite struct SizingTests {
  private let fees = FeeRates(maker: .zero, taker: Crafted.number("0.004"))
  private let limits = SizingLimits(
    orderSize: .share(Crafted.number("0.05")), maximumOrder: Crafted.money("250"), maximumPositions: 8,
    maximumExposure: Crafted.number("0.8"), maximumSlippage: Crafted.number("0.003"))
  private let account = SizingAccount(
    equity: Crafted.money("1000"), freeCash: Crafted.money("1000"), exposure: .zero, openPositions: 0)

  private func quote(_ bid: String, _ ask: String) -> Quote {
    Quote(
      symbol: Crafted.instrument().symbol, bid: Crafted.price(bid), ask: Crafted.price(ask), asOf: Crafted.origin)
  }

  private func entry(
    _ account: SizingAccount, _ limits: SizingLimits, _ instrument: Instrument = Crafted.instrument()
  ) -> SizingDecision {
    Sizing.entry(account, limits, instrument, quote("99.99", "100"), fees)
  }

  private func skip(_ decision: SizingDecision) -> SizingSkip? {
    if case .skip(let skip) = decision { skip } else { nil }
  }

  private func order(_ decision: SizingDecision) -> SizedOrder? {
    if case .order(let order) = decision { order } else { nil }
  }

  @Test func `an entry is worth its share of the equity at its limit, rounded down`() throws {
    let sized = try #require(order(entry(account, limits)))
    // 50 USD at 100.30.
    #expect(sized.limit == Crafted.price("100.3"))
    #expect(sized.quantity == Crafted.quantity("0.49850448"))
    #expect(try sized.notional == sized.limit * sized.quantity)
  }

  @Test func `every ceiling cuts it`() {
    func worth(_ change: (inout SizingAccount, inout SizingLimits, inout Instrument) -> Void) -> ExactDecimal? {
      var (account, limits, instrument) = (account, limits, Crafted.instrument(step: "0.01"))
      change(&account, &limits, &instrument)
      return order(entry(account, limits, instrument))?.quantity.value
    }
    #expect(worth { _, _, _ in } == Crafted.number("0.49"))
    #expect(worth { _, limits, _ in limits.orderSize = .amount(Crafted.money("100.3")) } == .one)
    #expect(worth { _, limits, _ in limits.maximumOrder = Crafted.money("20.06") } == Crafted.number("0.2"))
    #expect(worth { account, _, _ in account.exposure = Crafted.money("789.97") } == Crafted.number("0.1"))
    // 30.21036 is 0.3 at 100.30 with 0.4 % of fees.
    #expect(worth { account, _, _ in account.freeCash = Crafted.money("30.21036") } == Crafted.number("0.3"))
    #expect(worth { account, _, _ in account.freeCash = Crafted.money("30.21") } == Crafted.number("0.29"))
    #expect(worth { _, _, rules in rules.maximumQuantity = Crafted.quantity("0.25") } == Crafted.number("0.25"))
    #expect(worth { _, _, rules in rules.maximumNotional = Crafted.money("10.03") } == Crafted.number("0.1"))
  }

  @Test func `below the minimum it is skipped with the limit that holds it down and the amount needed`() {
    var (small, tight) = (account, limits)
    var instrument = Crafted.instrument(step: "0.01")
    instrument.minimumNotional = Crafted.money("5")
    small.equity = Crafted.money("90")
    let bySize = skip(entry(small, limits, instrument))
    #expect(bySize?.reason == .orderSize)
    // 0.05 × 100.30 = 5.015 is the least order of whole steps that is worth 5.
    #expect(bySize?.needed == Crafted.money("5.015") && bySize?.available == Crafted.money("4.5"))
    small = account
    small.freeCash = Crafted.money("5.02")
    let byCash = skip(entry(small, limits, instrument))
    #expect(byCash?.reason == .freeCash && byCash?.needed == Crafted.money("5.03506"))
    #expect(byCash?.description == "insufficient_cash: 5.03506 needed, 5.02 there")
    tight.maximumOrder = Crafted.money("5.01")
    #expect(skip(entry(account, tight, instrument))?.reason == .maximumOrder)
    small = account
    small.exposure = Crafted.money("900")
    #expect(skip(entry(small, limits, instrument))?.reason == .maximumExposure)
    instrument.maximumQuantity = Crafted.quantity("0.01")
    #expect(skip(entry(account, limits, instrument))?.reason == .instrumentMaximum)
  }

  @Test func `what is not known, not allowed or not usable is skipped for that reason`() {
    var unknown = account
    unknown.equity = nil
    #expect(skip(entry(unknown, limits))?.reason == .equityUnknown)
    unknown = account
    unknown.exposure = nil
    #expect(skip(entry(unknown, limits))?.reason == .equityUnknown)
    var full = account
    full.openPositions = 8
    #expect(skip(entry(full, limits))?.reason == .maximumPositions)
    var instrument = Crafted.instrument()
    for status in [Instrument.Status.cancelOnly, .postOnly, .reduceOnly, .offline] {
      instrument.status = status
      #expect(skip(entry(account, limits, instrument))?.reason == .instrumentClosed)
    }
    instrument.status = .limitOnly
    #expect(order(entry(account, limits, instrument)) != nil)
    instrument.tickSize = .zero
    #expect(skip(entry(account, limits, instrument))?.reason == .unusableInstrument)
    instrument.tickSize = Crafted.number("1000")
    #expect(skip(entry(account, limits, instrument))?.reason == .unusableInstrument)
    var absurd = account
    absurd.equity = Crafted.money("100000000000000000000000000000000000000")
    #expect(skip(entry(absurd, limits))?.reason == .numbersOutOfRange)
  }

  @Test func `an exit sells whole steps at the bid less the slippage, rounded up, and nothing below the minimum`() {
    let instrument = Crafted.instrument(step: "0.001")
    func exit(_ text: String, _ instrument: Instrument) -> SizingDecision {
      Sizing.exit(Crafted.quantity(text), instrument, quote("99.99", "100"), slippage: Crafted.number("0.003"))
    }
    let sized = order(exit("0.4567", instrument))
    // 99.99 × 0.997 = 99.69003.
    #expect(sized?.limit == Crafted.price("99.7") && sized?.quantity == Crafted.quantity("0.456"))
    let dust = skip(exit("0.0059", instrument))
    #expect(dust?.reason == .belowMinimum)
    #expect(dust?.needed == Crafted.money("0.5982") && dust?.available == Crafted.money("0.58823"))
    var limited = instrument
    limited.maximumQuantity = Crafted.quantity("0.1")
    #expect(order(exit("0.4567", limited))?.quantity == Crafted.quantity("0.1"))
    limited.status = .reduceOnly
    #expect(order(exit("0.4567", limited)) != nil)
    limited.status = .cancelOnly
    #expect(skip(exit("0.4567", limited))?.reason == .instrumentClosed)
  }
}
