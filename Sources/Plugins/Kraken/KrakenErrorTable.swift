internal import Broker

/// The one table of what Kraken's error texts mean; the special before the general.
/// https://docs.kraken.com/api/docs/guides/spot-errors and what the live venue was seen to answer.
enum KrakenErrorTable {
  static let rows = access + arguments + orders + margin + account + venue

  private static let access: [KrakenErrors.Row] = [
    .init(
      "EAPI:Invalid key", .invalidKey, .account, "Kraken does not know the key, or not from this address",
      next: "check the key and the addresses it allows at Kraken, under Settings, API"),
    .init(
      "EAPI:Invalid signature", .invalidSignature, .account, "Kraken computed another signature",
      next: "set api_secret to the private key that belongs to this api_key"),
    .init(
      "EAPI:Invalid nonce", .invalidNonce, .account, retry: .seconds(1), "the nonce was not above the last one",
      next: "stop whatever else uses this key, and keep the option nonce as it was"),
    .init(
      "EAPI:Rate limit exceeded", .rateLimited, .account, retry: .seconds(10), "the key's counter of calls is full",
      next: "check that the option tier is the account's, and that nothing else uses this key"),
    .init(
      "EGeneral:Too many requests", .rateLimited, .account, retry: .seconds(10), "too many calls",
      next: "find what else calls Kraken from this address"),
    .init(
      "EAuth:Rate limit exceeded", .rateLimited, .account, retry: .seconds(15), "too many signed calls",
      next: "find what else uses this key"),
    .init(
      "EAuth:Too many requests", .rateLimited, .account, retry: .seconds(15), "too many signed calls",
      next: "find what else uses this key"),
    .init(
      "EService:Throttled", match: .family, .rateLimited, .account, retry: .seconds(5), "too many calls at once",
      next: "find what else uses this key"),
    .init(
      "EGeneral:Temporary lockout", .lockedOut, .account, retry: KrakenErrors.lockout,
      "Kraken locked the key out for a quarter of an hour; each call makes it longer",
      next: "wait; then check the key's secret, and that nothing else uses it"),
    .init("EGeneral:Permission denied", .permissionDenied, .account, "the key lacks a permission"),
    .init(
      "EGeneral:Unknown method", .unsupported, .order, "this server does not have the call",
      next: "check the account's endpoint"),
  ]

  private static let arguments: [KrakenErrors.Row] = [
    // An order of ours with this id is open: whatever sent it, it is there.
    .init(
      "EGeneral:Invalid arguments:cl_ord_id not unique", .duplicateOrder, .order, executed: .maybe,
      "an open order has this id already", next: "look the order up by its id: it is there"),
    .init(
      "EGeneral:Invalid arguments:volume minimum not met", .belowMinimum, .order,
      "the quantity is below the market's least, or the coins have not settled yet",
      next: "order more, or try again when the balance has settled"),
    .init(
      "EGeneral:Invalid arguments:volume", match: .family, .invalidAmount, .order,
      "the quantity has more digits than the market takes", next: "read the market's rules again"),
    .init(
      "EGeneral:Invalid arguments:price", match: .family, .invalidAmount, .order,
      "the price has more digits than the market takes", next: "read the market's rules again"),
    .init(
      "EGeneral:Invalid arguments", match: .family, .invalidRequest, .order, "Kraken does not take a parameter",
      next: "report the venue's words: the request was wrong"),
    .init(
      "EQuery:Unknown asset pair", .instrumentUnavailable, .instrument, "Kraken does not list this market",
      next: "take the market out of the account's list"),
    .init(
      "EQuery:Unknown asset", .instrumentUnavailable, .instrument, "Kraken does not list this currency",
      next: "take the market out of the account's list"),
  ]

  private static let account: [KrakenErrors.Row] = [
    .init(
      "EOrder:Trading agreement required", .accountRestricted, .account, "the trading agreement is not accepted",
      next: "log in at Kraken and accept it"),
    .init(
      "EAccount:Invalid permissions", .accountRestricted, .account, "the account may not do this",
      next: "log in at Kraken and see what the account lacks"),
    // With more behind it, it names what this region may not trade: `…:TRX trading restricted for US:NY`.
    .init(
      "EAccount:Invalid permissions:", match: .beginning, .instrumentUnavailable, .instrument,
      "the account's region may not trade this market", next: "take the market out of the account's list"),
    .init(
      "EAuth:Account temporary disabled", .accountRestricted, .account, "the account is disabled for now",
      next: "log in at Kraken, or ask its support"),
    .init(
      "EAuth:Account unconfirmed", .accountRestricted, .account, "the account is not confirmed",
      next: "confirm the account at Kraken"),
    .init(
      "ETrade:Locked", .accountRestricted, .account, "trading is locked for this account",
      next: "log in at Kraken and unlock it"),
    .init(
      "ETrade:User Locked", .accountRestricted, .account, "trading is locked for this user",
      next: "log in at Kraken and unlock it"),
    .init(
      "EBM:limit exceeded:CAL", .accountRestricted, .account, "a limit of the account's agreement is reached",
      next: "ask Kraken's support"),
  ]
}
