/// Where the venue's behaviour is not published, or varies: what a client must cope with either way
/// (simulator reference, part B).
struct CoinbaseSwitches: Sendable {
  /// What a client order id that was used before gets.
  enum Duplicate: Sendable {
    /// The order that has it, as a success.
    case existingOrder
    /// `DUPLICATE_CLIENT_ORDER_ID`.
    case refusal
  }

  /// How tokens are checked.
  var tokens = JWTVerifier()
  /// How often a valid token is refused all the same, 0…1.
  var flakyUnauthorized = 0.0
  /// What a client order id that was used before gets.
  var duplicate = Duplicate.existingOrder
  /// Whether answers to orders also carry `failure_reason` and `order_id` at the top, as older servers do.
  var hasTopLevelReason = false
  /// How long a new order is `PENDING`.
  var pending = Duration.zero
  /// How long a new order is missing from lists.
  var invisible = Duration.zero
  /// How long a filled order says `settled: false`.
  var settling = Duration.zero

  /// The switches while faults hold.
  func under(_ conditions: VenueConditions) -> CoinbaseSwitches {
    var switches = self
    if let visibility = conditions.visibility { switches.invisible = visibility }
    if let settlement = conditions.settlement { switches.settling = settlement }
    if let pending = conditions.pending { switches.pending = pending }
    if conditions.refusesDuplicates { switches.duplicate = .refusal }
    return switches
  }
}
