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
    /// Places these orders together.
    case placesSeveral([ClientOrderID])
    /// Changes or cancels what is there, which may be asked for again.
    case changes

    /// The order to be looked up when nobody knows what became of the call; of several the first, for all.
    var placed: ClientOrderID? {
      switch self {
      case .none, .changes: nil
      case .places(let id): id
      case .placesSeveral(let ids): ids.first
      }
    }
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
    /// The key's REST counter, or the address's, is full.
    case full
    /// The engine's counter of this market is full.
    case engineFull
    /// The engine's counters of all markets are full.
    case domainFull
    /// Kraken has seen this number or a higher one.
    case staleNonce
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
    case "eorder:rate limit exceeded": return .engineFull
    case "eorder:domain rate limit exceeded": return .domainFull
    case "eapi:invalid nonce": return .staleNonce
    default: return nil
    }
  }

  /// What one text means.
  struct Row {
    let text: String
    let match: Match
    let code: BrokerError.Code
    let scope: BrokerError.Scope
    let retry: Duration?
    let executed: Executed
    /// The cause in our words.
    let cause: String
    /// What a person can do about it.
    let next: String?

    init(
      _ text: String, match: Match = .exactly, _ code: BrokerError.Code, _ scope: BrokerError.Scope,
      retry: Duration? = nil, executed: Executed = .no, _ cause: String, next: String? = nil
    ) {
      self.text = text.lowercased()
      self.match = match
      self.code = code
      self.scope = scope
      self.retry = retry
      self.executed = executed
      self.cause = cause
      self.next = next
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

  // MARK: Errors

  /// Between the texts of an answer that has several.
  private static let separator: Character = "|"

  /// The error for what stands in an answer's `error`, warnings taken off; the venue's words are all of them.
  package static func error(_ texts: [String], _ effect: Effect, operation: String) -> BrokerError {
    let said = texts.count > 1 ? joined(texts) : texts.first ?? ""
    let errors = texts.map { error($0, said: said, effect, operation: operation) }
    // One doubtful text among several makes the whole outcome doubtful.
    return errors.first { $0.mayHaveExecuted } ?? errors.first
      ?? error("", said: said, effect, operation: operation)
  }

  private static func joined(_ texts: [String]) -> String {
    texts.map { $0.filter { $0 != separator } }.joined(separator: String(separator))
  }

  /// The texts that an error's words were made of.
  static func texts(of venueText: String) -> [String] { venueText.split(separator: separator).map(String.init) }

  /// Whether Kraken looked at an order and refused it for what it asks, rather than us for what we are.
  static func isRefusalOfOrder(_ error: BrokerError) -> Bool {
    let codes: Set<BrokerError.Code> = [
      .insufficientFunds, .belowMinimum, .invalidAmount, .invalidRequest, .instrumentUnavailable, .duplicateOrder,
      .orderRejected,
    ]
    return codes.contains(error.code) && (error.scope == .order || error.scope == .instrument)
  }

  /// A cancel that was taken and found nothing.
  static var nothingCancelled: BrokerError {
    BrokerError(
      .unknownOrder, scope: .order, recovery: .never, operation: "cancel", message: "Kraken cancelled no order",
      nextStep: "look the order up: it has filled or ended already")
  }

  private static func error(
    _ text: String, said: String, _ effect: Effect, operation: String
  ) -> BrokerError {
    guard let row = row(text) else {
      return doubtful(
        .unknown, .order, effect, retry: .seconds(30), operation: operation,
        message: "Kraken answered with an error that is not in the table", venueText: said,
        nextStep: "look for the text in Kraken's API documentation, and report it so that it gets a row")
    }
    let next = row.code == .permissionDenied ? permissionStep(operation) : row.next
    if row.executed == .maybe {
      return doubtful(
        row.code, row.scope, effect, retry: row.retry ?? .seconds(5), operation: operation, message: row.cause,
        venueText: said, nextStep: next)
    }
    return BrokerError(
      row.code, scope: row.scope, recovery: row.retry.map { .retry(after: $0) } ?? .never, operation: operation,
      message: row.cause, venueText: said, nextStep: next)
  }

  private static func permissionStep(_ operation: String) -> String {
    "give the key at Kraken, under Settings, API: \(KrakenPermission.needed(for: operation).joined(separator: ", "))"
  }

  /// A failure after which nobody knows whether the call was carried out: look first for an order, ask again otherwise.
  package static func doubtful(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, _ effect: Effect, retry: Duration, operation: String,
    message: String, venueText: String? = nil, nextStep: String? = nil
  ) -> BrokerError {
    BrokerError(
      code, scope: scope, recovery: effect.placed.map { .reconcile($0) } ?? .retry(after: retry),
      mayHaveExecuted: effect != .none, operation: operation, message: message, venueText: venueText,
      nextStep: nextStep)
  }
}
