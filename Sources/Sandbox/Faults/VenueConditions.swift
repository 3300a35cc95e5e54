/// How a venue is for one call: the sum of the state faults that hold for it.
struct VenueConditions: Hashable, Sendable {
  /// What a whole venue takes.
  enum Mode: String, Hashable, Sendable {
    case online, maintenance
    case cancelOnly = "cancel_only"
    case postOnly = "post_only"
  }

  var isLockedOut = false
  var isRevoked = false
  var removedPermissions: Set<String> = []
  var mode = Mode.online
  /// The number of the fault that moved the last nonce ahead.
  var nonceJump: Int?
  /// Of a hundred valid tokens.
  var refusedTokens = 0
  /// How long new orders are missing from lists.
  var visibility: Duration?
  /// How long what was bought cannot be sold.
  var settlement: Duration?
  var unknownMethods: Set<String> = []
  var losesCancelRaces = false
  /// How long new orders are pending.
  var pending: Duration?
  var failsOrders = false
  var refusesDuplicates = false

  /// Adds what a fault does.
  mutating func add(_ fault: StateFault, number: Int) {
    switch fault {
    case .lockout: isLockedOut = true
    case .revoked: isRevoked = true
    case .permissionRemoved(let name): removedPermissions.insert(name)
    case .maintenance: mode = .maintenance
    case .cancelOnly: mode = .cancelOnly
    case .postOnly: mode = .postOnly
    case .clockSkew: break
    case .nonceAhead: nonceJump = number
    case .flakyUnauthorized(let percent): refusedTokens = percent
    case .visibility(let duration): visibility = duration
    case .settlement(let duration): settlement = duration
    case .unknownMethod(let name): unknownMethods.insert(name)
    case .cancelRace: losesCancelRaces = true
    case .pending(let duration): pending = duration
    case .ordersFail: failsOrders = true
    case .duplicatesRefused: refusesDuplicates = true
    }
  }
}
