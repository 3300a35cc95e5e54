/// Which way an order moves the base asset.
public enum Side: String, Hashable, Sendable {
  /// Pays quote, gets base.
  case buy
  /// Gives base, gets quote.
  case sell
}

/// How long an order may wait.
public enum TimeInForce: Hashable, Sendable {
  /// Fills what it can at once; the rest is cancelled.
  case immediateOrCancel
  /// All at once or nothing.
  case fillOrKill
  /// Rests until it fills or is cancelled.
  case goodTillCancelled
  /// Rests until an instant of the protocol clock.
  case goodTillDate(Timestamp)
}

/// Our own name of an order: made once, durable before the order is sent, unique for ever.
///
/// Sixteen bytes: the mark `nija`, six bytes that name the journal (random, made with it) and the journal's running
/// number. Ids of our form that a journal does not know were made by another program.
public struct ClientOrderID: Hashable, Sendable, CustomStringConvertible {
  /// The sixteen bytes as 32 lower-case hexadecimal digits: the one stored form.
  public let hex: String

  private static let mark = "6e696a61"

  /// The id with running number `sequence` in the journal named by `journal`, 12 hexadecimal digits.
  public init(journal: String, sequence: UInt64) {
    precondition(journal.utf8.count == 12, "a journal's name has 12 digits")
    self.hex = Self.mark + journal + Hex.encode(sequence, digits: 12)
  }

  /// Reads the stored form or one of its renderings (hyphens are ignored); `nil` when it is not of our form.
  public init?(parsing text: String) {
    let digits = text.lowercased().filter { $0 != "-" }
    guard digits.utf8.count == 32, digits.hasPrefix(Self.mark), digits.utf8.allSatisfy(Self.isHexDigit) else {
      return nil
    }
    self.hex = digits
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

  /// The 32 digits.
  public var description: String { hex }

  /// The digits grouped 8-4-4-4-12, for venues that want a UUID's shape.
  public var uuidShaped: String {
    var grouped = ""
    for (index, digit) in hex.enumerated() {
      if [8, 12, 16, 20].contains(index) { grouped.append("-") }
      grouped.append(digit)
    }
    return grouped
  }

  /// The 12 digits that name the journal which made it.
  public var journal: String { String(decoding: hex.utf8.dropFirst(8).prefix(12), as: UTF8.self) }

  /// The running number in the journal which made it.
  public var sequence: UInt64 {
    hex.utf8.suffix(12).reduce(0) { number, digit in number << 4 | UInt64(digit < 58 ? digit &- 48 : digit &- 87) }
  }
}

/// The venue's own name of an order.
public struct VenueOrderID: Hashable, Sendable, CustomStringConvertible {
  /// As the venue writes it.
  public let rawValue: String
  /// An id as the venue writes it.
  public init(_ rawValue: String) { self.rawValue = rawValue }
  /// As the venue writes it.
  public var description: String { rawValue }
}

/// What an order does when it is taken.
public enum OrderKind: Hashable, Sendable {
  /// Trades at this price or better.
  case limit(Price)
  /// Trades at whatever the book offers: unbounded, so the host itself never sends one.
  case market
  /// Wakes when the price moves against the position to `trigger`, then trades at `limit` or better, or at market.
  case stopLoss(trigger: Price, limit: Price?)
  /// Wakes when the price moves in favour of the position to `trigger`, then trades at `limit` or better, or at market.
  case takeProfit(trigger: Price, limit: Price?)
  /// Rests at `limit` as a target and trades at market should the price reach `stop` first.
  case bracket(limit: Price, stop: Price)

  /// The worst price that is accepted (of a bracket, its target); `nil` where nothing bounds it.
  public var limit: Price? {
    switch self {
    case .limit(let price): price
    case .market: nil
    case .stopLoss(_, let limit), .takeProfit(_, let limit): limit
    case .bracket(let limit, _): limit
    }
  }

  /// The price that wakes it; `nil` for kinds that act at once.
  public var trigger: Price? {
    switch self {
    case .limit, .market: nil
    case .stopLoss(let trigger, _), .takeProfit(let trigger, _): trigger
    case .bracket(_, let stop): stop
    }
  }
}

extension OrderKind: CustomStringConvertible {
  /// For logs: `limit 100.5`, `stop loss 95, limit 94`.
  public var description: String {
    let limit = limit.map { ", limit \($0)" } ?? ""
    return switch self {
    case .limit(let price): "limit \(price)"
    case .market: "market"
    case .stopLoss(let trigger, _): "stop loss \(trigger)\(limit)"
    case .takeProfit(let trigger, _): "take profit \(trigger)\(limit)"
    case .bracket(let target, let stop): "bracket \(target), stop \(stop)"
    }
  }
}

/// How much an order is for.
public enum OrderAmount: Hashable, Sendable {
  /// So many units of the base asset.
  case base(Quantity)
  /// So much of the quote currency, the venue's fee included where it says so: for market orders that buy.
  case quote(Notional)

  /// The base quantity; `nil` for an order sized in money.
  public var quantity: Quantity? {
    if case .base(let quantity) = self { return quantity }
    return nil
  }
}

/// An order to be placed: already rounded to the instrument's tick and step.
public struct OrderRequest: Hashable, Sendable {
  /// Our name of it.
  public var clientOrderID: ClientOrderID
  /// The market.
  public var symbol: Symbol
  /// Buy or sell.
  public var side: Side
  /// How much, in coins or in money.
  public var amount: OrderAmount
  /// What it does when it is taken.
  public var kind: OrderKind
  /// How long it may wait.
  public var timeInForce: TimeInForce
  /// Whether it is to be refused rather than take what others offer.
  public var isPostOnly: Bool
  /// The instant (protocol clock) after which the venue must refuse it: bounds how long a lost request can still execute.
  public var deadline: Timestamp

  /// An order of any kind.
  public init(
    clientOrderID: ClientOrderID, symbol: Symbol, side: Side, amount: OrderAmount, kind: OrderKind,
    timeInForce: TimeInForce, isPostOnly: Bool = false, deadline: Timestamp
  ) {
    self.clientOrderID = clientOrderID
    self.symbol = symbol
    self.side = side
    self.amount = amount
    self.kind = kind
    self.timeInForce = timeInForce
    self.isPostOnly = isPostOnly
    self.deadline = deadline
  }

  /// A limit order for so many coins: what the host's own entries and exits are.
  public init(
    clientOrderID: ClientOrderID, symbol: Symbol, side: Side, quantity: Quantity, limit: Price,
    timeInForce: TimeInForce, deadline: Timestamp
  ) {
    self.init(
      clientOrderID: clientOrderID, symbol: symbol, side: side, amount: .base(quantity), kind: .limit(limit),
      timeInForce: timeInForce, deadline: deadline)
  }

  /// The base quantity; `nil` for an order sized in money.
  public var quantity: Quantity? { amount.quantity }
  /// The worst price accepted; `nil` where nothing bounds it.
  public var limit: Price? { kind.limit }
}

/// An order as a venue reports it.
public struct Order: Hashable, Sendable {
  /// Where the venue says it stands.
  public enum Status: String, Hashable, Sendable {
    /// Taken, not yet in the book.
    case pending
    /// In the book, or partly filled and still in the book.
    case open
    /// All of it filled.
    case filled
    /// Ended before all was filled; some may have been.
    case cancelled
    /// Ended by its date.
    case expired
    /// Taken first and refused later by the venue's engine.
    case rejected
    /// A word this version does not know: nothing may be concluded from it.
    case unknown

    /// Whether nothing more can happen to it.
    public var isFinal: Bool {
      switch self {
      case .filled, .cancelled, .expired, .rejected: true
      case .pending, .open, .unknown: false
      }
    }
  }

  /// The venue's name.
  public var venueOrderID: VenueOrderID
  /// Our name where the venue tells it and it is of our form; foreign orders have none.
  public var clientOrderID: ClientOrderID?
  /// The market; the venue's own text where we do not know it.
  public var symbol: Symbol?
  /// Buy or sell.
  public var side: Side
  /// Where it stands.
  public var status: Status
  /// Ordered, in base units; `nil` where the venue counts this order in another unit.
  public var quantity: Quantity?
  /// Filled so far, in base units.
  public var filledQuantity: Quantity
  /// The limit, for orders that have one.
  public var limit: Price?
  /// Average price of what was filled; `nil` when nothing was.
  public var averagePrice: Price?
  /// Fees so far in the quote currency, where the venue tells them.
  public var fees: Notional?
  /// When the venue took it.
  public var createdAt: Timestamp?
  /// The venue's own word for why it ended or was refused.
  public var reason: String?
  /// What it does when it is taken; `nil` for a kind that this version does not know.
  public var kind: OrderKind?
  /// How long it may wait; `nil` where the venue does not tell.
  public var timeInForce: TimeInForce?
  /// Whether it must not take; `nil` where the venue does not tell.
  public var isPostOnly: Bool?
  /// Paid or got so far without fees, in the quote currency, where the venue tells it.
  public var filledNotional: Notional?
  /// Ordered, in the quote currency, for orders that the venue sizes in money.
  public var notional: Notional?

  /// An order as reported.
  public init(
    venueOrderID: VenueOrderID, clientOrderID: ClientOrderID?, symbol: Symbol?, side: Side, status: Status,
    quantity: Quantity?, filledQuantity: Quantity, limit: Price? = nil, averagePrice: Price? = nil,
    fees: Notional? = nil, createdAt: Timestamp? = nil, reason: String? = nil, kind: OrderKind? = nil,
    timeInForce: TimeInForce? = nil, isPostOnly: Bool? = nil, filledNotional: Notional? = nil,
    notional: Notional? = nil
  ) {
    self.venueOrderID = venueOrderID
    self.clientOrderID = clientOrderID
    self.symbol = symbol
    self.side = side
    self.status = status
    self.quantity = quantity
    self.filledQuantity = filledQuantity
    self.limit = limit
    self.averagePrice = averagePrice
    self.fees = fees
    self.createdAt = createdAt
    self.reason = reason
    self.kind = kind
    self.timeInForce = timeInForce
    self.isPostOnly = isPostOnly
    self.filledNotional = filledNotional
    self.notional = notional
  }
}

/// One execution of an order, as the venue reports it.
public struct Fill: Hashable, Sendable {
  /// What the venue's row is. Books are made of trades alone; anything else is for a person to look at.
  public enum Kind: String, Hashable, Sendable {
    /// A trade, exact.
    case trade
    /// A trade told in money only, whose coins no exact number gives: the quantity is rounded.
    case sizedInMoney = "sized_in_money"
    /// Takes an earlier trade back.
    case reversal
    /// Corrects an earlier trade.
    case correction
    /// Booked by the venue without a trade behind it.
    case synthetic
    /// A word this version does not know, or a market that is not spot.
    case other
  }

  /// The venue's unique name of this execution: what duplicates are told apart by.
  public var id: String
  /// The order it belongs to.
  public var venueOrderID: VenueOrderID
  /// The market.
  public var symbol: Symbol
  /// Buy or sell.
  public var side: Side
  /// Paid or got per unit of base.
  public var price: Price
  /// In base units.
  public var quantity: Quantity
  /// What the venue took for it.
  public var fee: ExactDecimal
  /// The currency the fee was taken in.
  public var feeCurrency: String
  /// When the venue executed it.
  public var time: Timestamp
  /// Whether our order rested first; `nil` where the venue does not tell.
  public var isMaker: Bool?
  /// What the row is.
  public var kind: Kind

  /// An execution as reported.
  public init(
    id: String, venueOrderID: VenueOrderID, symbol: Symbol, side: Side, price: Price, quantity: Quantity,
    fee: ExactDecimal, feeCurrency: String, time: Timestamp, isMaker: Bool? = nil, kind: Kind = .trade
  ) {
    self.id = id
    self.venueOrderID = venueOrderID
    self.symbol = symbol
    self.side = side
    self.price = price
    self.quantity = quantity
    self.fee = fee
    self.feeCurrency = feeCurrency
    self.time = time
    self.isMaker = isMaker
    self.kind = kind
  }
}

/// What an account has of one currency. `total = available + held`.
public struct Balance: Hashable, Sendable {
  /// The usual name of the currency: `USD`, `BTC`.
  public var currency: String
  /// All of it.
  public var total: ExactDecimal
  /// What open orders and the venue hold back.
  public var held: ExactDecimal
  /// What may be spent.
  public var available: ExactDecimal

  /// A balance as reported.
  public init(currency: String, total: ExactDecimal, held: ExactDecimal, available: ExactDecimal) {
    self.currency = currency
    self.total = total
    self.held = held
    self.available = available
  }
}
