import Core

/// What an account asks of the engine.
struct OrderTicket: Hashable, Sendable {
  /// How much.
  enum Size: Hashable, Sendable {
    /// So many coins.
    case base(ExactDecimal)
    /// Coins for so much money; market buys only. With `includingFee` the fee is paid out of it too.
    case quote(ExactDecimal, includingFee: Bool)
  }

  /// The market.
  var symbol: Symbol
  /// Buy or sell.
  var side: Side
  /// How much.
  var size: Size
  /// The worst price; `nil` for a market order.
  var limit: ExactDecimal?
  /// How long it may wait; a market order never does.
  var timeInForce: TimeInForce
  /// The price that it waits for.
  var trigger: OrderTrigger?
  /// What each of its fills makes.
  var close: ClosingOrder?
  /// Whether it must rest.
  var postOnly = false
  /// Whether the fee is taken in coins; in money otherwise.
  var feeInBase = false
  /// The account's own name of it.
  var clientOrderID: String?
  /// What the venue wants to remember with it; the engine does not look into it.
  var detail: [String: String] = [:]
}

/// An order that the engine has taken.
struct VenueOrder: Hashable, Sendable {
  /// Where it stands.
  enum Status: String, Hashable, Sendable {
    case open, filled, cancelled, expired
    /// Taken, then refused by the engine.
    case failed
  }

  /// Its place among all orders of the exchange.
  let number: Int
  /// The venue's id.
  let id: String
  /// Whose it is.
  let account: String
  /// What was asked; changed only by amendments.
  var ticket: OrderTicket
  /// When it was taken (protocol clock).
  let createdAt: Timestamp
  /// Coins ordered; for an order sized in money the coins it got.
  var quantity: ExactDecimal
  /// Where it stands.
  var status = Status.open
  /// Coins filled.
  var filled = ExactDecimal.zero
  /// Money the fills moved, without fees.
  var cost = ExactDecimal.zero
  /// Fees so far, in the fee's currency.
  var fees = ExactDecimal.zero
  /// When the price that it waited for came (protocol clock).
  var triggeredAt: Timestamp?
  /// The numbers of its fills.
  var fills: [Int] = []
  /// What it was changed to, oldest first.
  var amendments: [OrderAmendment] = []
  /// When it ended (protocol clock).
  var endedAt: Timestamp?
  /// Why it ended, where that is not a fill.
  var reason: String?

  /// Coins not filled yet.
  var remaining: ExactDecimal { (try? quantity - filled) ?? .zero }
  /// When it was last changed, or taken (protocol clock).
  var changedAt: Timestamp { amendments.last?.time ?? createdAt }
  /// Money per coin over all fills, cut to `places` digits; `nil` without fills.
  func averagePrice(places: Int) -> ExactDecimal? {
    filled.isPositive ? try? cost.divided(by: filled, places: places, .nearest) : nil
  }
}

/// A change of a resting order.
struct OrderAmendment: Hashable, Sendable {
  let limit: ExactDecimal?
  let trigger: ExactDecimal?
  let quantity: ExactDecimal
  /// Protocol clock.
  let time: Timestamp
}

/// One execution.
struct VenueFill: Hashable, Sendable {
  /// Its place among all fills of the exchange.
  let number: Int
  /// The venue's id.
  let id: String
  /// The order's place among all orders.
  let order: Int
  /// Whose it is.
  let account: String
  /// The market.
  let symbol: Symbol
  /// Buy or sell.
  let side: Side
  /// Money per coin.
  let price: ExactDecimal
  /// Coins.
  let quantity: ExactDecimal
  /// Money moved, without the fee.
  let cost: ExactDecimal
  /// What the venue took.
  let fee: ExactDecimal
  /// The usual name of the currency the fee was taken in.
  let feeCurrency: String
  /// Whether the order rested.
  let isMaker: Bool
  /// When (protocol clock).
  let time: Timestamp
}

/// Why the engine takes no order. Nothing has been executed.
enum OrderRefusal: Error, Hashable, Sendable {
  case unknownAccount
  case unknownInstrument
  /// The market takes no such order now.
  case marketStatus(Instrument.Status)
  /// Not above zero, or more digits than the market has.
  case quantityPrecision
  case quantityTooSmall(minimum: ExactDecimal)
  case quantityTooLarge(maximum: ExactDecimal)
  case notionalTooSmall(minimum: ExactDecimal)
  /// Not above zero, or more digits than the market has.
  case pricePrecision
  case priceNotOnTick
  /// The price that it would wait for is on the market's other side.
  case triggerReached(OrderTrigger.Direction)
  /// The two prices of a bracket are not on either side of the market.
  case bracketPrices
  /// Such an order exists: what that means is the venue's to say.
  case clientOrderIDInUse(VenueOrder)
  case insufficientFunds
  case postOnlyWouldTake
  /// The combination makes no sense: a market order that rests, a sale sized in money.
  case unsupported(String)
  case deadlineElapsed
  /// The record cannot be kept, so nothing is done.
  case unavailable(String)
}

/// Why an order was not changed.
enum AmendRefusal: Error, Hashable, Sendable {
  /// The account never had such an order.
  case neverExisted
  /// It has ended already.
  case ended(VenueOrder)
  /// Only resting orders sized in coins can be changed.
  case unsupported
  /// As much is filled already.
  case belowFilled
  /// What would be said against it as a new order.
  case order(OrderRefusal)
}

/// Why an order was not cancelled.
enum CancelRefusal: Error, Hashable, Sendable {
  /// The account never had such an order.
  case neverExisted
  /// It has ended already.
  case ended(VenueOrder)
  /// The record cannot be kept, so nothing is done.
  case unavailable(String)
}
