internal import Broker
internal import Core

/// The instant after which Kraken's engine refuses what it has not begun: from 2 to 60 seconds ahead.
/// https://docs.kraken.com/api/docs/rest-api/add-order
enum KrakenDeadline {
  private static let shortest: Duration = .seconds(2)
  private static let longest: Duration = .seconds(60)

  /// As it is sent. Earlier than asked is safe, later is not: cut to milliseconds and to what Kraken takes.
  static func text(_ deadline: Timestamp, now: Timestamp) -> String {
    min(deadline, now + longest).text(fractionDigits: 3)
  }

  /// Looked at when the call is about to leave: what is late by then is not sent.
  static func check(_ deadline: Timestamp) -> @Sendable (Timestamp) throws(BrokerError) -> Void {
    { (now) throws(BrokerError) in
      guard deadline - now >= shortest else {
        throw BrokerError(
          .notSent, scope: .order, recovery: .never, message: "less than 2 s are left of the order's deadline")
      }
    }
  }
}
