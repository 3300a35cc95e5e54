import Broker
import Core

/// Why a derived venue does not do what is asked: a class of the taxonomy, and those that say it where a brokerage makes
/// no such difference.
struct DerivedRefusal: Error {
  let classes: [BrokerError.Code]
  /// Our own words, for whoever reads the answer.
  let message: String
  /// The status where the descriptor has no words for it.
  var status = 400

  init(_ cause: Cause, _ message: String) {
    classes = cause.classes
    self.message = message
    status = cause.status
  }

  /// What is wrong.
  enum Cause {
    case invalidKey, invalidSignature, invalidNonce, permission, rateLimited, lockedOut, insufficientFunds
    case belowMinimum, invalidAmount, invalidRequest, instrument, unknownOrder, duplicate, rejected, unavailable
    /// A signed clock outside its window.
    case stale
    /// A deadline of the order itself.
    case deadline
    /// No such call.
    case noRoute
    /// The answer cannot be said in the descriptor's words.
    case inexpressible

    var classes: [BrokerError.Code] {
      switch self {
      case .invalidKey: [.invalidKey, .invalidSignature, .accountRestricted]
      case .invalidSignature: [.invalidSignature, .invalidKey]
      case .invalidNonce: [.invalidNonce, .invalidSignature, .invalidKey]
      case .permission: [.permissionDenied, .accountRestricted]
      case .rateLimited: [.rateLimited, .lockedOut]
      case .lockedOut: [.lockedOut, .rateLimited]
      case .insufficientFunds: [.insufficientFunds, .orderRejected]
      case .belowMinimum: [.belowMinimum, .invalidAmount, .invalidRequest, .orderRejected]
      case .invalidAmount: [.invalidAmount, .invalidRequest, .orderRejected]
      case .invalidRequest: [.invalidRequest, .orderRejected]
      case .instrument: [.instrumentUnavailable, .orderRejected, .invalidRequest]
      case .unknownOrder: [.unknownOrder]
      case .duplicate: [.duplicateOrder, .orderRejected, .invalidRequest]
      case .rejected: [.orderRejected, .invalidRequest]
      case .unavailable: [.venueUnavailable]
      case .stale: [.deadlineElapsed, .invalidNonce, .invalidSignature, .invalidRequest]
      case .deadline: [.deadlineElapsed, .orderRejected, .invalidRequest]
      case .noRoute, .inexpressible: []
      }
    }

    var status: Int {
      switch self {
      case .invalidKey, .invalidSignature, .invalidNonce, .stale: 401
      case .permission: 403
      case .rateLimited, .lockedOut: 429
      case .unknownOrder, .noRoute: 404
      case .unavailable: 503
      case .inexpressible: 500
      default: 400
      }
    }
  }

  /// What the engine has against an order.
  init(_ refusal: OrderRefusal) {
    switch refusal {
    case .unknownInstrument, .marketStatus: self.init(.instrument, "the market takes no such order")
    case .quantityPrecision, .quantityTooLarge: self.init(.invalidAmount, "the quantity is off the step, or too large")
    case .quantityTooSmall, .notionalTooSmall: self.init(.belowMinimum, "the order is too small")
    case .pricePrecision, .priceNotOnTick: self.init(.invalidAmount, "the price is off the tick")
    case .triggerReached, .bracketPrices: self.init(.invalidRequest, "the price has come already")
    case .clientOrderIDInUse: self.init(.duplicate, "an order of that name exists")
    case .insufficientFunds: self.init(.insufficientFunds, "insufficient balance")
    case .postOnlyWouldTake: self.init(.rejected, "a post-only order would take")
    case .deadlineElapsed: self.init(.deadline, "the deadline has passed")
    case .unsupported(let what): self.init(.invalidRequest, what)
    case .unknownAccount: self.init(.invalidKey, "no such account")
    case .unavailable(let what): self.init(.unavailable, what)
    }
  }
}
