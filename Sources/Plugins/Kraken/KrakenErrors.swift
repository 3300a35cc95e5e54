package import Broker
package import Core

/// What Kraken's error texts mean: one table, and `unknown` for what it does not hold.
package enum KrakenErrors {
  /// What the call does at the venue, which decides what a doubtful outcome means.
  package enum Effect: Hashable, Sendable {
    /// Only asks.
    case none
    /// Places this order.
    case places(ClientOrderID)
    /// Cancels an order, which may be asked for again.
    case cancels
  }

  /// Whether a refused call may have been carried out.
  enum Executed {
    case no
    case maybe
  }

  /// Which texts a row is about.
  enum Match {
    /// This text.
    case exactly
    /// This text, or it and a colon and more.
    case family
    /// Whatever begins so.
    case beginning
  }

  /// What an error asks of the calls that follow.
  enum Hint: Hashable {
    /// The counter is full.
    case full
    /// Nothing for so long.
    case silence(Duration)
    /// Nothing before then.
    case silenceUntil(Timestamp)
  }

  /// Kraken's lockout; every call during it makes it longer.
  static let lockout: Duration = .seconds(900)

  /// What a text asks of the calls that follow, if anything.
  static func hint(_ text: String) -> Hint? {
    guard let row = row(text) else { return nil }
    switch row.text {
    case "eservice:throttled":
      let seconds = normalised(text).split(separator: ":").last.flatMap { Int($0) }
      return seconds.flatMap(Timestamp.init(seconds:)).map(Hint.silenceUntil) ?? .silence(.seconds(5))
    case "egeneral:temporary lockout": return .silence(lockout)
    case "eapi:rate limit exceeded", "egeneral:too many requests", "eauth:rate limit exceeded",
      "eauth:too many requests":
      return .full
    default: return nil
    }
  }

  struct Row {
    let text: String
    let match: Match
    let code: BrokerError.Code
    let scope: BrokerError.Scope
    let retry: Duration?
    let executed: Executed

    init(
      _ text: String, match: Match = .exactly, _ code: BrokerError.Code, _ scope: BrokerError.Scope,
      retry: Duration? = nil, executed: Executed = .no
    ) {
      self.text = text.lowercased()
      self.match = match
      self.code = code
      self.scope = scope
      self.retry = retry
      self.executed = executed
    }

    func covers(_ normalised: String) -> Bool {
      switch match {
      case .exactly: normalised == text
      case .family: normalised == text || normalised.hasPrefix(text + ":")
      case .beginning: normalised.hasPrefix(text)
      }
    }
  }

  /// `ESomething: Text: detail` without the spaces round colons, in lower case: Kraken writes both ways.
  static func normalised(_ text: String) -> String {
    text.split(separator: ":", omittingEmptySubsequences: false)
      .map { part in
        let start = part.drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
      }
      .joined(separator: ":").lowercased()
  }

  /// The row for a text; the first that covers it.
  static func row(_ text: String) -> Row? {
    let normalised = normalised(text)
    return KrakenErrorTable.rows.first { $0.covers(normalised) }
  }

  /// The error for what stands in an answer's `error`, warnings taken off.
  package static func error(_ texts: [String], _ effect: Effect, operation: String) -> BrokerError {
    let errors = texts.map { error($0, effect, operation: operation) }
    // One doubtful text among several makes the whole outcome doubtful.
    return errors.first { $0.mayHaveExecuted } ?? errors.first ?? error("", effect, operation: operation)
  }

  private static func error(_ text: String, _ effect: Effect, operation: String) -> BrokerError {
    guard let row = row(text) else {
      return doubtful(
        .unknown, .order, effect, retry: .seconds(30), operation: operation,
        message: "Kraken answered with an error that is not in the table", venueText: text)
    }
    let message = "Kraken refused: \(row.code.rawValue)"
    if row.executed == .maybe {
      return doubtful(
        row.code, row.scope, effect, retry: row.retry ?? .seconds(5), operation: operation, message: message,
        venueText: text)
    }
    return BrokerError(
      row.code, scope: row.scope, recovery: row.retry.map { .retry(after: $0) } ?? .never, operation: operation,
      message: message, venueText: text)
  }

  /// A failure after which nobody knows whether the call was carried out: look first for an order, ask again otherwise.
  package static func doubtful(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, _ effect: Effect, retry: Duration, operation: String,
    message: String, venueText: String? = nil
  ) -> BrokerError {
    let recovery: BrokerError.Recovery =
      if case .places(let id) = effect { .reconcile(id) } else { .retry(after: retry) }
    return BrokerError(
      code, scope: scope, recovery: recovery, mayHaveExecuted: effect != .none, operation: operation,
      message: message, venueText: venueText)
  }
}
