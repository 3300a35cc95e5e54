public import Core

/// What a broker could not do, and what the caller may do about it.
///
/// Recovery is the thrower's knowledge: the caller decides by ``scope``, ``mayHaveExecuted`` and ``recovery`` and never
/// reads text.
public struct BrokerError: Error, Hashable, Sendable {
  /// The class of the failure. An open set: a plugin may meet what nobody listed.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name, `snake_case`.
    public let rawValue: String
    /// A class by its name.
    public init(rawValue: String) { self.rawValue = rawValue }
    private init(_ rawValue: String) { self.rawValue = rawValue }
    /// The name.
    public var description: String { rawValue }

    /// The venue does not know the key, or not from here.
    public static let invalidKey = Code("invalid_key")
    /// The venue computed another signature: wrong secret.
    public static let invalidSignature = Code("invalid_signature")
    /// A nonce at or below the last.
    public static let invalidNonce = Code("invalid_nonce")
    /// The key lacks a permission.
    public static let permissionDenied = Code("permission_denied")
    /// The account is locked, unconfirmed or must agree to something: a person has to act.
    public static let accountRestricted = Code("account_restricted")
    /// Too many calls.
    public static let rateLimited = Code("rate_limited")
    /// Banned for a while; nothing may be sent.
    public static let lockedOut = Code("locked_out")
    /// Not enough money or coins.
    public static let insufficientFunds = Code("insufficient_funds")
    /// Below the venue's least quantity or notional.
    public static let belowMinimum = Code("below_minimum")
    /// A price or quantity that is no multiple of tick or step, or out of bounds.
    public static let invalidAmount = Code("invalid_amount")
    /// Another argument the venue refuses.
    public static let invalidRequest = Code("invalid_request")
    /// The venue does not trade this instrument (now, or for this account).
    public static let instrumentUnavailable = Code("instrument_unavailable")
    /// The venue does not know the order.
    public static let unknownOrder = Code("unknown_order")
    /// An order with this client id exists already.
    public static let duplicateOrder = Code("duplicate_order")
    /// The order's deadline passed before the engine took it.
    public static let deadlineElapsed = Code("deadline_elapsed")
    /// The engine refused the order for another reason.
    public static let orderRejected = Code("order_rejected")
    /// The venue is down, busy or in maintenance.
    public static let venueUnavailable = Code("venue_unavailable")
    /// No connection, a reset, a time-out.
    public static let network = Code("network")
    /// The certificate does not hold.
    public static let untrustedVenue = Code("untrusted_venue")
    /// An answer that is not what the venue documents.
    public static let malformedAnswer = Code("malformed_answer")
    /// This plugin does not offer the operation.
    public static let unsupported = Code("unsupported")
    /// A credential or option that cannot work.
    public static let misconfigured = Code("misconfigured")
    /// We gave up before sending anything: a limit of ours, a missing instrument, a cancelled task.
    public static let notSent = Code("not_sent")
    /// Text that no table knows: nothing is guessed from it.
    public static let unknown = Code("unknown")
  }

  /// How far the failure reaches.
  public enum Scope: String, Hashable, Sendable {
    /// This order or this call.
    case order
    /// Every order in this instrument.
    case instrument
    /// Everything this account does.
    case account
    /// Everything at this brokerage.
    case broker
  }

  /// What may be done next.
  public enum Recovery: Hashable, Sendable {
    /// Never the same again.
    case never
    /// The same again, not sooner than this.
    case retry(after: Duration)
    /// Nobody knows whether it happened: ask the venue about this order before sending anything for it.
    case reconcile(ClientOrderID)
  }

  /// The class of the failure.
  public var code: Code
  /// How far it reaches.
  public var scope: Scope
  /// What may be done next.
  public var recovery: Recovery
  /// Whether the venue may have done what was asked.
  public var mayHaveExecuted: Bool
  /// Which operation failed, e.g. `place`.
  public var operation: String
  /// The cause in our words, one line, without any secret.
  public var message: String
  /// The venue's own words, shortened to ``venueTextLimit`` characters.
  public var venueText: String?
  /// What a person can do about it, one line; `nil` where nothing is to be done but what ``recovery`` says.
  public var nextStep: String?

  /// How much of the venue's text is kept.
  public static let venueTextLimit = 300

  /// A failure; `venueText` is shortened and its control characters replaced.
  public init(
    _ code: Code, scope: Scope, recovery: Recovery, mayHaveExecuted: Bool = false, operation: String = "",
    message: String, venueText: String? = nil, nextStep: String? = nil
  ) {
    self.code = code
    self.scope = scope
    self.recovery = recovery
    self.mayHaveExecuted = mayHaveExecuted
    self.operation = operation
    self.message = message
    self.nextStep = nextStep
    self.venueText = venueText.map { text in
      String(
        String.UnicodeScalarView(
          text.unicodeScalars.prefix(Self.venueTextLimit).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }
  }
}

extension BrokerError: CustomStringConvertible {
  /// One line for a log: operation, class, cause, the venue's words.
  public var description: String {
    let subject = operation.isEmpty ? "" : "\(operation): "
    let quoted = venueText.map { " (venue: \($0))" } ?? ""
    return "\(subject)\(code.rawValue): \(message)\(quoted)"
  }
}
