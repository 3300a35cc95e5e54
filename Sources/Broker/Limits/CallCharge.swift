/// A counter that a venue keeps, or a family of like ones: one for each market.
public struct CounterKind: Hashable, Sendable {
  /// Its name among those of a budget, and under which its level is kept.
  public let name: String
  /// The most that it may show, in units.
  public let maximum: Int
  /// Taken off in a second, in millionths of a unit.
  public let decayPerSecond: Int
  /// Units kept for what is urgent: cancels, exits and the looking after orders.
  public let reserve: Int

  /// A counter, or a family of them.
  public init(_ name: String, maximum: Int, decayPerSecond: Int, reserve: Int) {
    self.name = name
    self.maximum = maximum
    self.decayPerSecond = decayPerSecond
    self.reserve = reserve
  }
}

/// What one call adds to one counter.
public struct CallCharge: Hashable, Sendable {
  /// The counter's or family's name.
  public var counter: String
  /// Which one of the family; `nil` for a counter without one, and for every one of them.
  public var member: String?
  /// How much.
  public var cost: CallCost

  /// A cost for a counter.
  public init(_ counter: String, _ member: String? = nil, cost: CallCost) {
    self.counter = counter
    self.member = member
    self.cost = cost
  }

  func meets(_ other: CallCharge) -> Bool {
    counter == other.counter && (member == other.member || member == nil || other.member == nil)
  }
}

/// What a call that left was charged; handed back when it is over.
public struct CallTicket: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    var counter: String
    var member: String?
    var millionths: Int
  }

  var entries: [Entry] = []

  /// For a call that is charged nothing.
  public init() {}
}
