public import Core

/// What a strategy planned when it decided to enter: kept with the order, so that a restart knows it.
public struct EntryPlan: Hashable, Sendable {
  /// The market.
  public var symbol: Symbol
  /// When it was decided (market clock); positions are timed from here.
  public var decidedAt: Timestamp
  /// The price expected: the ask.
  public var entry: Price
  /// Where the loss ends: below the bid, a whole number of ticks.
  public var stop: Price
  /// Where half is sold, a whole number of ticks.
  public var firstTarget: Price
  /// The average true range then, in quote currency.
  public var atr: ExactDecimal
  /// Candidates are ranked by this, greatest first.
  public var score: Int

  /// A plan.
  public init(
    symbol: Symbol, decidedAt: Timestamp, entry: Price, stop: Price, firstTarget: Price, atr: ExactDecimal, score: Int
  ) {
    self.symbol = symbol
    self.decidedAt = decidedAt
    self.entry = entry
    self.stop = stop
    self.firstTarget = firstTarget
    self.atr = atr
    self.score = score
  }
}

/// What exits need to know of a position: what was planned, what it really cost, and the best price seen since.
public struct PositionPlan: Hashable, Sendable {
  /// What was planned.
  public let entry: EntryPlan
  /// Average price paid, fees not counted, rounded up to 12 places.
  public let entryPrice: Price
  /// Bought, less what the venue kept of it as fees.
  public let entryQuantity: Quantity
  /// Sell everything when the bid falls to this; it only ever rises.
  public var stop: Price
  /// The highest bid seen since the entry.
  public var high: Price

  /// What a plan has become by the fills of its entry, of which there must be at least one.
  /// - Throws: ``PositionPlanError``.
  public init(entry: EntryPlan, fills: [Fill]) throws(PositionPlanError) {
    guard fills.allSatisfy({ $0.side == .buy && $0.symbol == entry.symbol }) else { throw .foreignFill }
    do {
      var (bought, paid, kept) = (Quantity.zero, Notional.zero, Quantity.zero)
      for fill in fills {
        bought = try bought + fill.quantity
        paid = try paid + (try fill.price * fill.quantity)
        if fill.feeCurrency == entry.symbol.base { kept = try kept + Quantity(fill.fee) }
      }
      guard bought.value.isPositive, kept < bought else { throw PositionPlanError.nothingBought }
      self.entry = entry
      self.entryPrice = Price(try paid.value.divided(by: bought.value, places: 12, .up))
      self.entryQuantity = try bought - kept
    } catch let error as PositionPlanError {
      throw error
    } catch {
      throw .arithmetic
    }
    self.stop = entry.stop
    self.high = entryPrice
  }

  private init(entry: EntryPlan, entryPrice: Price, entryQuantity: Quantity, stop: Price, high: Price) {
    self.entry = entry
    self.entryPrice = entryPrice
    self.entryQuantity = entryQuantity
    self.stop = stop
    self.high = high
  }

  /// Whether the stop has been drawn up since the entry.
  public var isTrailing: Bool { stop > entry.stop }

  /// The price that lies `multiple` times the first risk (entry − first stop) above the entry; `nil` where it was
  /// bought at or below its own stop.
  public func price(atRisk multiple: ExactDecimal) throws(DecimalError) -> Price? {
    let risk = try entryPrice.value - entry.stop.value
    guard risk.isPositive else { return nil }
    return Price(try entryPrice.value + (try risk * multiple))
  }
}

/// Why fills do not make a position of a plan.
public enum PositionPlanError: Error, Hashable, Sendable {
  /// A fill is a sale or of another market.
  case foreignFill
  /// Nothing was bought, or the fees took all of it.
  case nothingBought
  /// Numbers beyond what can be held exactly.
  case arithmetic
}

// MARK: As the journal keeps them

extension EntryPlan {
  /// As the journal keeps it.
  public var json: JSONValue {
    [
      "symbol": .string(symbol.description), "decided_at": .string(decidedAt.description),
      "entry": .string(entry.description), "stop": .string(stop.description),
      "first_target": .string(firstTarget.description), "atr": .string(atr.description), "score": .integer(score),
    ]
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    guard let symbol = Symbol(parsing: try json.string("symbol")) else {
      throw .wrongType("symbol", expected: "a market")
    }
    guard let decidedAt = Timestamp(rfc3339: try json.string("decided_at")) else {
      throw .wrongType("decided_at", expected: "a time")
    }
    self.init(
      symbol: symbol, decidedAt: decidedAt, entry: Price(try json.decimal("entry")),
      stop: Price(try json.decimal("stop")), firstTarget: Price(try json.decimal("first_target")),
      atr: try json.decimal("atr"), score: try json.integer("score"))
  }
}

extension PositionPlan {
  /// As the journal keeps it.
  public var json: JSONValue {
    [
      "plan": entry.json, "entry_price": .string(entryPrice.description),
      "entry_quantity": .string(entryQuantity.description), "stop": .string(stop.description),
      "high": .string(high.description),
    ]
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    self.init(
      entry: try EntryPlan(try json.object("plan")), entryPrice: Price(try json.decimal("entry_price")),
      entryQuantity: Quantity(try json.decimal("entry_quantity")), stop: Price(try json.decimal("stop")),
      high: Price(try json.decimal("high")))
  }
}
