internal import Broker

/// Rows about orders, and about the venue itself.
extension KrakenErrorTable {
  static let orders: [KrakenErrors.Row] = [
    .init(
      "EOrder:Insufficient funds", .insufficientFunds, .order,
      "not enough is free for the order and its fee", next: "order less, or cancel what holds money back"),
    .init(
      "EOrder:Order minimum not met", .belowMinimum, .order, "the quantity is below the market's least",
      next: "order more"),
    .init(
      "EOrder:Cost minimum not met", .belowMinimum, .order, "the order is worth less than the market's least",
      next: "order more"),
    .init(
      "EOrder:Tick size check failed", .invalidAmount, .order, "the price is no multiple of the tick",
      next: "read the market's rules again"),
    .init(
      "EOrder:Invalid price", .invalidAmount, .order, "Kraken does not take the price",
      next: "check the price against the market"),
    .init(
      "EOrder:Post only order", .orderRejected, .order, "the order would have taken, and may only rest",
      next: "choose a price farther from the market"),
    .init(
      "EOrder:Rate limit exceeded", .rateLimited, .instrument, retry: .seconds(15),
      "the market's counter of orders and cancels is full", next: "change and cancel young orders less often"),
    .init(
      "EOrder:Domain rate limit exceeded", .rateLimited, .account, retry: .seconds(15),
      "the counter of orders and cancels of the account and its subaccounts is full",
      next: "find what else trades on this account"),
    .init(
      "EOrder:Orders limit exceeded", .orderRejected, .instrument, retry: .seconds(60),
      "too many orders are open in this market", next: "cancel some of them first"),
    .init(
      "EOrder:Scheduled orders limit exceeded", .orderRejected, .instrument, retry: .seconds(60),
      "too many orders wait for their time", next: "cancel some of them first"),
    .init(
      "EOrder:Positions limit exceeded", .orderRejected, .account, retry: .seconds(60), "too many positions are open",
      next: "close some of them first"),
    // Filled and cancelled alike; the next is for one that never was.
    .init(
      "EOrder:Unknown order", .unknownOrder, .order, "the order is gone: it has filled or was cancelled",
      next: "look the order up"),
    .init(
      "EOrder:Invalid order", .unknownOrder, .order, "Kraken never had an order of this name", next: "look the order up"
    ),
    .init(
      "EOrder:Cancel pending", .orderRejected, .order, retry: .seconds(2), executed: .maybe,
      "a cancel is under way already", next: "wait, then look the order up"),
  ]

  static let margin: [KrakenErrors.Row] = [
    .init("EOrder:Cannot open position", .orderRejected, .order, "the account may not trade on margin", next: noMargin),
    .init(
      "EOrder:Cannot open opposing position", .orderRejected, .order, "a margin position stands against it",
      next: noMargin),
    .init("EOrder:Margin ", match: .beginning, .orderRejected, .order, "a limit of margin trading", next: noMargin),
    .init("EOrder:Insufficient margin", .orderRejected, .order, "Kraken has no margin to lend", next: noMargin),
    .init(
      "EOrder:Reduce only:Position is closed", .orderRejected, .order, executed: .maybe,
      "the position was closed before all of the order was done", next: "look the order up: part of it may be done"),
    .init(
      "EOrder:Reduce only", match: .family, .orderRejected, .order, "there is no position to reduce", next: noMargin),
  ]

  private static let noMargin = "see the account's margin positions at Kraken: this program never opens any"

  static let venue: [KrakenErrors.Row] = [
    mode("cancel_only", "only cancels"), mode("post_only", "only resting limit orders"),
    mode("limit_only", "only limit orders"),
    // The documents imply that it was not carried out and do not say it: looked up once.
    .init(
      "EService:Deadline elapsed", .deadlineElapsed, .order, executed: .maybe,
      "the order's deadline passed before Kraken's engine took it",
      next: "look the order up; check this machine's clock"),
    trouble("EService:Unavailable"), trouble("EService:Busy"), trouble("EGeneral:Internal error", match: .family),
    trouble("EDatabase:Internal error"),
  ]

  private static func mode(_ word: String, _ takes: String) -> KrakenErrors.Row {
    .init(
      "EService:Market in \(word) mode", .instrumentUnavailable, .instrument, retry: .seconds(60),
      "the market takes \(takes) now", next: "wait until the market is open again")
  }

  private static func trouble(_ text: String, match: KrakenErrors.Match = .exactly) -> KrakenErrors.Row {
    .init(
      text, match: match, .venueUnavailable, .broker, retry: .seconds(5), executed: .maybe, "Kraken is in trouble",
      next: "see status.kraken.com if it lasts")
  }
}
