import Broker
import Core
import Kraken
import Testing

@Suite struct KrakenErrorTests {
  private static let id = ClientOrderID(journal: "0123456789ab", sequence: 7)

  /// Text, class, scope, whether a call may have been carried out: kraken.md §9, row by row.
  static let rows: [(String, BrokerError.Code, BrokerError.Scope, Bool)] = [
    ("EAPI:Invalid key", .invalidKey, .account, false),
    ("EAPI:Invalid signature", .invalidSignature, .account, false),
    ("EAPI:Invalid nonce", .invalidNonce, .account, false),
    ("EAPI:Rate limit exceeded", .rateLimited, .account, false),
    ("EGeneral:Too many requests", .rateLimited, .account, false),
    ("EAuth:Rate limit exceeded", .rateLimited, .account, false),
    ("EAuth:Too many requests", .rateLimited, .account, false),
    ("EService: Throttled: 1760000007", .rateLimited, .account, false),
    ("EService:Throttled:1760000007", .rateLimited, .account, false),
    ("EGeneral:Temporary lockout", .lockedOut, .account, false),
    ("EGeneral:Permission denied", .permissionDenied, .account, false),
    ("EGeneral:Unknown method", .unsupported, .order, false),
    ("EGeneral:Unknown Method", .unsupported, .order, false),
    ("EGeneral:Invalid arguments", .invalidRequest, .order, false),
    ("EGeneral:Invalid arguments:ordertype", .invalidRequest, .order, false),
    ("EGeneral:Invalid arguments:cl_ord_id", .invalidRequest, .order, false),
    ("EGeneral:Invalid arguments:cl_ord_id not unique", .duplicateOrder, .order, true),
    ("EGeneral:Invalid arguments:volume", .invalidAmount, .order, false),
    ("EGeneral:Invalid arguments:price", .invalidAmount, .order, false),
    ("EGeneral:Invalid arguments:volume minimum not met", .belowMinimum, .order, false),
    ("EQuery:Unknown asset pair", .instrumentUnavailable, .instrument, false),
    ("EQuery:Unknown asset", .instrumentUnavailable, .instrument, false),
    ("EOrder:Insufficient funds", .insufficientFunds, .order, false),
    ("EOrder:Order minimum not met", .belowMinimum, .order, false),
    ("EOrder:Cost minimum not met", .belowMinimum, .order, false),
    ("EOrder:Tick size check failed", .invalidAmount, .order, false),
    ("EOrder:Invalid price", .invalidAmount, .order, false),
    ("EOrder:Post only order", .orderRejected, .order, false),
    ("EOrder:Rate limit exceeded", .rateLimited, .instrument, false),
    ("EOrder:Domain rate limit exceeded", .rateLimited, .account, false),
    ("EOrder:Orders limit exceeded", .orderRejected, .instrument, false),
    ("EOrder:Scheduled orders limit exceeded", .orderRejected, .instrument, false),
    ("EOrder:Positions limit exceeded", .orderRejected, .account, false),
    ("EOrder:Unknown order", .unknownOrder, .order, false),
    ("EOrder:Invalid order", .unknownOrder, .order, false),
    ("EOrder:Cancel pending", .orderRejected, .order, true),
    ("EOrder:Cannot open position", .orderRejected, .order, false),
    ("EOrder:Cannot open opposing position", .orderRejected, .order, false),
    ("EOrder:Margin allowance exceeded", .orderRejected, .order, false),
    ("EOrder:Margin level too low", .orderRejected, .order, false),
    ("EOrder:Insufficient margin", .orderRejected, .order, false),
    ("EOrder:Reduce only:No position exists", .orderRejected, .order, false),
    ("EOrder:Reduce only:Position is closed", .orderRejected, .order, true),
    ("EOrder:Trading agreement required", .accountRestricted, .account, false),
    ("EAccount:Invalid permissions", .accountRestricted, .account, false),
    ("EAccount:Invalid permissions:TRX trading restricted for US:NY", .instrumentUnavailable, .instrument, false),
    ("EAuth:Account temporary disabled", .accountRestricted, .account, false),
    ("EAuth:Account unconfirmed", .accountRestricted, .account, false),
    ("ETrade:Locked", .accountRestricted, .account, false),
    ("ETrade:User Locked", .accountRestricted, .account, false),
    ("EBM:limit exceeded:CAL", .accountRestricted, .account, false),
    ("EService:Market in cancel_only mode", .instrumentUnavailable, .instrument, false),
    ("EService:Market in post_only mode", .instrumentUnavailable, .instrument, false),
    ("EService:Market in limit_only mode", .instrumentUnavailable, .instrument, false),
    ("EService:Deadline elapsed", .deadlineElapsed, .order, true),
    ("EService:Unavailable", .venueUnavailable, .broker, true),
    ("EService: Unavailable", .venueUnavailable, .broker, true),
    ("EService:Busy", .venueUnavailable, .broker, true),
    ("EGeneral:Internal error", .venueUnavailable, .broker, true),
    ("EGeneral:Internal error:12345", .venueUnavailable, .broker, true),
    ("EDatabase:Internal error", .venueUnavailable, .broker, true),
    // Nobody's row: nothing is guessed, not even from a likeness.
    ("EOrder:Something new", .unknown, .order, true),
    ("EAPI:Invalid keys", .unknown, .order, true),
    ("", .unknown, .order, true),
  ]

  @Test(arguments: rows) func `each text means what the table says`(
    _ text: String, _ code: BrokerError.Code, _ scope: BrokerError.Scope, _ isDoubtful: Bool
  ) {
    for effect in [KrakenErrors.Effect.none, .changes, .places(Self.id)] {
      let error = KrakenErrors.error([text], effect, operation: "x")
      #expect(error.code == code && error.scope == scope && error.operation == "x")
      #expect(error.venueText == text)
      #expect(error.mayHaveExecuted == (isDoubtful && effect != .none))
      if isDoubtful, effect == .places(Self.id) {
        #expect(error.recovery == .reconcile(Self.id))
      } else {
        #expect(error.recovery != .reconcile(Self.id))
      }
      // What is doubtful but only asked for may be asked again.
      if isDoubtful, effect == .none { #expect(error.recovery != .never) }
    }
  }

  @Test func `one doubtful text among several makes the outcome doubtful`() {
    let error = KrakenErrors.error(
      ["EOrder:Insufficient funds", "EService:Busy"], .places(Self.id), operation: "place")
    #expect(error.mayHaveExecuted && error.recovery == .reconcile(Self.id))
  }
}
