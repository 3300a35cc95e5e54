import Core
import Testing

@testable import Trading

@Suite struct StrategyPlanTests {
  @Test func `a position's plan is worked out from the entry's fills`() throws {
    let fills = [
      Held.fill("1", price: "100", quantity: "1"), Held.fill("2", price: "101", quantity: "2", fee: "0.003", in: "BTC"),
    ]
    let plan = try PositionPlan(entry: Held.entry(), fills: fills)
    // 302 / 3, up at the 12th place; a fee in coins leaves fewer of them.
    #expect(plan.entryPrice == Crafted.price("100.666666666667"))
    #expect(plan.entryQuantity == Crafted.quantity("2.997"))
    #expect(plan.stop == Crafted.price("98") && plan.high == plan.entryPrice && !plan.isTrailing)
    #expect(try plan.price(atRisk: .one) == Crafted.price("103.333333333334"))
  }

  @Test func `bought at or below its own stop a position has no targets`() throws {
    let plan = try PositionPlan(entry: Held.entry(), fills: [Held.fill("1", price: "98", quantity: "1")])
    #expect(try plan.price(atRisk: .one) == nil)
    let decision = try Crafted.strategy().evaluateExit(
      HeldPosition(quantity: plan.entryQuantity, plan: plan), Held.view(bid: "150"))
    #expect(decision.action == .hold && decision.plan.stop == Crafted.price("98"))
  }

  @Test func `fills that are not the entry's are refused`() {
    func problem(_ fills: [Fill]) -> PositionPlanError? {
      do throws(PositionPlanError) {
        _ = try PositionPlan(entry: Held.entry(), fills: fills)
        return nil
      } catch {
        return error
      }
    }
    #expect(problem([]) == .nothingBought)
    #expect(problem([Held.fill("1", price: "1", quantity: "1", fee: "1", in: "BTC")]) == .nothingBought)
    #expect(problem([Held.fill("1", price: "1", quantity: "1", side: .sell)]) == .foreignFill)
    let huge = "100000000000000000000000000000000000000"
    #expect(problem([Held.fill("1", price: huge, quantity: huge)]) == .arithmetic)
  }

  @Test func `what the journal keeps of a plan is the plan`() throws {
    var plan = Held.position(bought: "0.30000000000000000004").plan
    plan.stop = Crafted.price("100.8")
    plan.high = Crafted.price("102.00000001")
    #expect(try PositionPlan(try JSON(parsing: plan.json.encoded)) == plan)
    #expect(plan.isTrailing)
    #expect(throws: JSONError.missing("plan")) { try PositionPlan(try JSON(parsing: "{}")) }
    #expect(throws: JSONError.wrongType("symbol", expected: "a market")) {
      try EntryPlan(try JSON(parsing: #"{"symbol":"BTC"}"#))
    }
  }

  @Test func `parameters are read in the manifest's form and held to their bounds`() throws {
    let strategy = try Crafted.strategy(["adx_floor": "25.5", "max_stop": "2%", "time_stop": "90m"])
    #expect(strategy.adxFloor == 25.5 && strategy.timeStop == .seconds(5_400))
    #expect(strategy.maxStop == Crafted.number("0.02") && strategy.firstTarget == Crafted.number("1.5"))
    #expect(throws: StrategyError.unknownParameter("adx")) { try Crafted.strategy(["adx": "20"]) }
    #expect(throws: StrategyError.badParameter("max_stop", .tooLarge("must be at most 5%"))) {
      try Crafted.strategy(["max_stop": "6%"])
    }
    #expect(throws: StrategyError.badParameter("time_stop", .expected("a duration"))) {
      try TrendPullback(parameters: ["time_stop": .integer(8)])
    }
    #expect(throws: StrategyError.badParameter("filter_conditions", .tooLarge("must be at most 5"))) {
      try TrendPullback(parameters: ["filter_conditions": .integer(6)])
    }
  }

  @Test func `every declared parameter has a default, a bound and a sentence`() throws {
    for field in TrendPullback.declaration.parameters {
      #expect(field.default != nil && field.doc.hasSuffix("."), "\(field.name)")
      let isBounded = field.type == .share || (field.bounds.minimum != nil && field.bounds.maximum != nil)
      #expect(isBounded, "\(field.name)")
    }
  }
}
