internal import Broker

/// The rows, the special before the general.
/// https://docs.kraken.com/api/docs/guides/spot-errors and what the live venue was seen to answer.
enum KrakenErrorTable {
  static let rows = access + arguments + orders + account + venue

  private static let access: [KrakenErrors.Row] = [
    .init("EAPI:Invalid key", .invalidKey, .account),
    .init("EAPI:Invalid signature", .invalidSignature, .account),
    .init("EAPI:Invalid nonce", .invalidNonce, .account, retry: .seconds(1)),
    .init("EAPI:Rate limit exceeded", .rateLimited, .account, retry: .seconds(10)),
    .init("EGeneral:Too many requests", .rateLimited, .account, retry: .seconds(10)),
    .init("EAuth:Rate limit exceeded", .rateLimited, .account, retry: .seconds(15)),
    .init("EAuth:Too many requests", .rateLimited, .account, retry: .seconds(15)),
    .init("EService:Throttled", match: .family, .rateLimited, .account, retry: .seconds(5)),
    .init("EGeneral:Temporary lockout", .lockedOut, .account, retry: .seconds(900)),
    .init("EGeneral:Permission denied", .permissionDenied, .account),
    .init("EGeneral:Unknown method", .unsupported, .order),
  ]

  private static let arguments: [KrakenErrors.Row] = [
    // An order of ours with this id is open: whatever sent it, it is there.
    .init("EGeneral:Invalid arguments:cl_ord_id not unique", .duplicateOrder, .order, executed: .maybe),
    .init("EGeneral:Invalid arguments:volume minimum not met", .belowMinimum, .order),
    .init("EGeneral:Invalid arguments:volume", match: .family, .invalidAmount, .order),
    .init("EGeneral:Invalid arguments:price", match: .family, .invalidAmount, .order),
    .init("EGeneral:Invalid arguments", match: .family, .invalidRequest, .order),
    .init("EQuery:Unknown asset pair", .instrumentUnavailable, .instrument),
    .init("EQuery:Unknown asset", .instrumentUnavailable, .instrument),
  ]

  private static let orders: [KrakenErrors.Row] = [
    .init("EOrder:Insufficient funds", .insufficientFunds, .order),
    .init("EOrder:Order minimum not met", .belowMinimum, .order),
    .init("EOrder:Cost minimum not met", .belowMinimum, .order),
    .init("EOrder:Tick size check failed", .invalidAmount, .order),
    .init("EOrder:Invalid price", .invalidAmount, .order),
    .init("EOrder:Post only order", .orderRejected, .order),
    .init("EOrder:Rate limit exceeded", .rateLimited, .instrument, retry: .seconds(15)),
    .init("EOrder:Domain rate limit exceeded", .rateLimited, .account, retry: .seconds(15)),
    .init("EOrder:Orders limit exceeded", .orderRejected, .instrument, retry: .seconds(60)),
    .init("EOrder:Scheduled orders limit exceeded", .orderRejected, .instrument, retry: .seconds(60)),
    .init("EOrder:Positions limit exceeded", .orderRejected, .account, retry: .seconds(60)),
    .init("EOrder:Unknown order", .unknownOrder, .order),
    .init("EOrder:Invalid order", .unknownOrder, .order),
    .init("EOrder:Cancel pending", .orderRejected, .order, retry: .seconds(2), executed: .maybe),
    .init("EOrder:Cannot open position", .orderRejected, .order),
    .init("EOrder:Cannot open opposing position", .orderRejected, .order),
    .init("EOrder:Margin", match: .beginning, .orderRejected, .order),
    .init("EOrder:Insufficient margin", .orderRejected, .order),
    .init("EOrder:Reduce only:Position is closed", .orderRejected, .order, executed: .maybe),
    .init("EOrder:Reduce only", match: .family, .orderRejected, .order),
  ]

  private static let account: [KrakenErrors.Row] = [
    .init("EOrder:Trading agreement required", .accountRestricted, .account),
    .init("EAccount:Invalid permissions", .accountRestricted, .account),
    // With more behind it, it names what this region may not trade: `…:TRX trading restricted for US:NY`.
    .init("EAccount:Invalid permissions:", match: .beginning, .instrumentUnavailable, .instrument),
    .init("EAuth:Account temporary disabled", .accountRestricted, .account),
    .init("EAuth:Account unconfirmed", .accountRestricted, .account),
    .init("ETrade:Locked", .accountRestricted, .account),
    .init("ETrade:User Locked", .accountRestricted, .account),
    .init("EBM:limit exceeded:CAL", .accountRestricted, .account),
  ]

  private static let venue: [KrakenErrors.Row] = [
    .init("EService:Market in cancel_only mode", .instrumentUnavailable, .instrument, retry: .seconds(60)),
    .init("EService:Market in post_only mode", .instrumentUnavailable, .instrument, retry: .seconds(60)),
    .init("EService:Market in limit_only mode", .instrumentUnavailable, .instrument, retry: .seconds(60)),
    // The documents imply that it was not carried out and do not say it: looked up once.
    .init("EService:Deadline elapsed", .deadlineElapsed, .order, executed: .maybe),
    .init("EService:Unavailable", .venueUnavailable, .broker, retry: .seconds(5), executed: .maybe),
    .init("EService:Busy", .venueUnavailable, .broker, retry: .seconds(5), executed: .maybe),
    .init("EGeneral:Internal error", match: .family, .venueUnavailable, .broker, retry: .seconds(5), executed: .maybe),
    .init("EDatabase:Internal error", .venueUnavailable, .broker, retry: .seconds(5), executed: .maybe),
  ]
}
