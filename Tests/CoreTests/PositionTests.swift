import Core
import Testing

@Suite struct `A position` {
  private static let symbol = Symbol(base: "BTC", quote: "USD")

  private func number(_ text: String) throws -> ExactDecimal { try ExactDecimal(parsing: text) }

  private func fill(
    _ side: Side, _ quantity: String, at price: String, fee: String = "0", in currency: String = "USD", second: Int = 0
  ) throws -> Fill {
    Fill(
      id: "T\(second)", venueOrderID: VenueOrderID("O"), symbol: Self.symbol, side: side,
      price: Price(try number(price)), quantity: Quantity(try number(quantity)), fee: try number(fee),
      feeCurrency: currency, time: Timestamp(nanoseconds: Int64(second) * 1_000_000_000))
  }

  private func position(_ fills: Fill...) throws -> Position {
    var position = Position(symbol: Self.symbol)
    for fill in fills { try position.apply(fill) }
    return position
  }

  @Test func `costs what was paid with the fee`() throws {
    let held = try position(fill(.buy, "2", at: "100", fee: "0.5"), fill(.buy, "1", at: "130", fee: "0.5"))
    #expect(held.quantity.description == "3")
    #expect(held.cost.description == "331")
    #expect(try held.averageCost()?.description == "110.333333333334")
    #expect(held.fees.description == "1")
    #expect(held.realised.isZeroMoney)
  }

  @Test func `realises price less average cost less fee`() throws {
    let held = try position(fill(.buy, "2", at: "100", fee: "1"), fill(.sell, "1", at: "120", fee: "0.6"))
    #expect(held.quantity.description == "1")
    #expect(held.cost.description == "100.5")
    #expect(held.realised.description == "18.9")
  }

  @Test func `a closed position has no cost, time or entry price`() throws {
    let closed = try position(
      fill(.buy, "0.3", at: "100", fee: "0.1", second: 1), fill(.sell, "0.1", at: "99", second: 2),
      fill(.sell, "0.2", at: "101", second: 3))
    #expect(!closed.isOpen)
    #expect(closed.cost.isZeroMoney)
    #expect(closed.openedAt == nil)
    #expect(closed.entryPrice == nil)
    #expect(closed.realised.description == "0")
    #expect(try closed.averageCost() == nil)
  }

  @Test func `opens anew after it was closed`() throws {
    let held = try position(
      fill(.buy, "1", at: "100", second: 1), fill(.sell, "1", at: "90", second: 2),
      fill(.buy, "1", at: "95", second: 3), fill(.buy, "1", at: "97", second: 4))
    #expect(held.entryPrice?.description == "95")
    #expect(held.openedAt?.seconds == 3)
    #expect(held.realised.description == "-10")
  }

  @Test func `a fee in coins leaves fewer coins for the same money`() throws {
    let held = try position(fill(.buy, "1", at: "100", fee: "0.002", in: "BTC"))
    #expect(held.quantity.description == "0.998")
    #expect(held.cost.description == "100")
    #expect(held.fees.description == "0.2")
  }

  @Test func `a fee in coins on a sale takes their cost along`() throws {
    let closed = try position(fill(.buy, "1", at: "100"), fill(.sell, "0.9", at: "200", fee: "0.1", in: "BTC"))
    #expect(!closed.isOpen)
    #expect(closed.cost.isZeroMoney)
    #expect(closed.realised.description == "80")
  }

  @Test func `more cannot be sold than is held, and the refusal changes nothing`() throws {
    var held = try position(fill(.buy, "1", at: "100"))
    let before = held
    for wrong in [
      try fill(.sell, "1.00000001", at: "100"), try fill(.sell, "1", at: "100", fee: "0.1", in: "BTC"),
      try fill(.buy, "1", at: "100", fee: "1.1", in: "BTC"),
    ] {
      #expect(throws: PositionError.soldMoreThanHeld) { try held.apply(wrong) }
    }
    #expect(held == before)
  }

  @Test func `a fee in a third currency is refused by its name`() throws {
    var held = Position(symbol: Self.symbol)
    let wrong = try fill(.buy, "1", at: "100", fee: "1", in: "BNB")
    #expect(throws: PositionError.feeInThirdCurrency("BNB")) { try held.apply(wrong) }
    #expect(!held.isOpen)
  }

  /// What was realised less what the rest cost is the money that moved, to the last digit, however costs were rounded.
  @Test func `realised less cost is the cash that moved`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("realised less cost is the cash that moved: seed \(seed)")
    var random = Generator(state: seed)
    for round in 0..<500 {
      var held = Position(symbol: Self.symbol)
      var cash = ExactDecimal.zero, coins = ExactDecimal.zero
      for second in 1...20 {
        let next = try randomFill(held, second, &random)
        let paid = try next.price.value * next.quantity.value
        cash = try next.side == .buy ? cash - paid : cash + paid
        coins = try next.side == .buy ? coins + next.quantity.value : coins - next.quantity.value
        if next.feeCurrency == "USD" { cash = try cash - next.fee } else { coins = try coins - next.fee }
        try held.apply(next)
        #expect(try held.realised - held.cost == Notional(cash), "seed \(seed) round \(round) fill \(second)")
        #expect(held.quantity.value == coins, "seed \(seed) round \(round) fill \(second)")
        #expect(!held.cost.value.isNegative && held.isOpen == coins.isPositive, "seed \(seed) round \(round)")
      }
    }
  }

  private func randomFill(_ held: Position, _ second: Int, _ random: inout Generator) throws -> Fill {
    let price = "\(Int.random(in: 0...90_000, using: &random)).\(Int.random(in: 1...9_999, using: &random))"
    let isSale = held.isOpen && Bool.random(using: &random)
    let feeInCoins = Bool.random(using: &random)
    var quantity = try number(
      "\(Int.random(in: 0...9, using: &random)).\(Int.random(in: 1...99_999_999, using: &random))")
    var fee = feeInCoins ? try number("0.00\(Int.random(in: 0...999, using: &random))") : try number("0.26")
    if isSale {
      // All, or a part; with a fee in coins as much less.
      if quantity > held.quantity.value || Bool.random(using: &random) { quantity = held.quantity.value }
      if feeInCoins {
        fee = min(fee, try quantity.divided(by: number("2"), places: 30, .down))
        quantity = try quantity - fee
      }
    } else if feeInCoins {
      fee = min(fee, quantity)
    }
    return Fill(
      id: "T\(second)", venueOrderID: VenueOrderID("O"), symbol: Self.symbol, side: isSale ? .sell : .buy,
      price: Price(try number(price)), quantity: Quantity(quantity), fee: fee, feeCurrency: feeInCoins ? "BTC" : "USD",
      time: Timestamp(nanoseconds: Int64(second)))
  }

  @Test func `numbers beyond exactness are an error, not an approximation`() throws {
    var held = Position(symbol: Self.symbol)
    let wrong = try fill(.buy, "99999999999999999999", at: "99999999999999999999")
    #expect(throws: PositionError.arithmetic) { try held.apply(wrong) }
    #expect(held == Position(symbol: Self.symbol))
  }

  @Test func `a million of the smallest coin is still exact`() throws {
    let held = try position(
      fill(.buy, "81037277147.48784321", at: "0.00001234", fee: "2600.12345678"),
      fill(.sell, "17000000000.12345678", at: "0.00001299", fee: "574.12"))
    let cash = try number("0") - held.cost.value + held.realised.value
    let expected = try (number("17000000000.12345678") * number("0.00001299")) - number("574.12")
    #expect(try cash == expected - (number("81037277147.48784321") * number("0.00001234")) - number("2600.12345678"))
  }
}

extension Notional {
  fileprivate var isZeroMoney: Bool { value.isZero }
}

/// SplitMix64: a seed gives the same run again.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
