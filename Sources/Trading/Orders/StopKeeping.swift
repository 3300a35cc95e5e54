package import Core

/// What is to be done about the stop that rests at the venue for one position: a pure function of what should rest and
/// what does.
package enum StopKeeping {
  /// A stop as it should rest, or as it does.
  package struct Stop: Hashable, Sendable {
    /// In base units.
    package var quantity: Quantity
    /// The price that wakes it.
    package var trigger: Price

    /// A stop.
    package init(quantity: Quantity, trigger: Price) {
      self.quantity = quantity
      self.trigger = trigger
    }
  }

  /// What to do.
  package enum Action: Hashable, Sendable {
    /// It rests as it should, or near enough.
    case nothing
    /// Place it.
    case place(Stop)
    /// Draw its price up.
    case raise(Price)
    /// Take it away, and place another.
    case replace(Stop)
    /// Take it away.
    case remove
  }

  /// A trailing stop is moved by steps of at least this share of its price, not by ticks.
  package static let step = Step(share: 25, of: 10_000)
  /// Below the strategy's own stop, so that the bounded exit comes first while the worker lives.
  package static let margin = Step(share: 30, of: 10_000)

  /// A share, exactly.
  package struct Step: Hashable, Sendable {
    let share: Int
    let of: Int

    func of(_ price: Price) throws(DecimalError) -> ExactDecimal {
      try (try price.value * ExactDecimal(integer: share)).divided(by: ExactDecimal(integer: of), places: 12, .down)
    }
  }

  /// The stop that should rest for a position: all of it in whole steps, a little below where the strategy would sell;
  /// `nil` where the venue would take none (below its minimum, no usable price).
  package static func wanted(
    held: Quantity, planned: Price, _ instrument: Instrument
  ) throws(DecimalError) -> Stop? {
    guard instrument.tickSize.isPositive, instrument.lotStep.isPositive else { return nil }
    let price = try (try planned.value - (try margin.of(planned))).rounded(toMultipleOf: instrument.tickSize, .down)
    let quantity = Quantity(try held.value.rounded(toMultipleOf: instrument.lotStep, .down))
    guard price.isPositive, quantity.value.isPositive else { return nil }
    let trigger = Price(price)
    if let least = instrument.minimumQuantity, quantity < least { return nil }
    if let least = instrument.minimumNotional, try trigger * quantity < least { return nil }
    return Stop(quantity: quantity, trigger: trigger)
  }

  /// What makes `resting` into `wanted`. A stop is never drawn down.
  package static func action(
    wanted: Stop?, resting: Stop?, canRaise: Bool
  ) throws(DecimalError) -> Action {
    switch (wanted, resting) {
    case (nil, nil): return .nothing
    case (nil, _?): return .remove
    case (let wanted?, nil): return .place(wanted)
    case (let wanted?, let resting?):
      let trigger = max(wanted.trigger, resting.trigger)
      guard wanted.quantity == resting.quantity else {
        return .replace(Stop(quantity: wanted.quantity, trigger: trigger))
      }
      let rise = try trigger.value - resting.trigger.value
      guard rise >= (try step.of(resting.trigger)), rise.isPositive else { return .nothing }
      return canRaise ? .raise(trigger) : .replace(Stop(quantity: wanted.quantity, trigger: trigger))
    }
  }
}
