package import Core
package import Journal

/// All that is known of one order of ours, and where it stands because of it.
///
/// Facts only add up, and the state follows from the facts alone: reports may come late, twice or in any order and end in
/// the same state. A report that is older than what is known moves nothing back.
package struct OrderLife: Hashable, Sendable {
  /// Something learnt about the order.
  package enum Fact: Hashable, Sendable {
    /// We refused it ourselves: no byte was sent.
    case denied(reason: String)
    /// It was handed to the connection.
    case submitted
    /// The venue took it.
    case acknowledged(VenueOrderID)
    /// The venue refused it when it was placed.
    case refused(reason: String)
    /// Nobody knows whether the venue has it.
    case outcomeUnknown(reason: String)
    /// Proven: the venue does not have it and can no longer get it.
    case neverArrived(reason: String)
    /// What the venue says of it.
    case report(Order)
    /// One execution of it.
    case fill(Fill)
  }

  /// Our name of it.
  package let clientOrderID: ClientOrderID
  /// The venue's name of it, once told.
  package private(set) var venueOrderID: VenueOrderID?
  /// Its unique executions.
  package private(set) var executions: Executions
  /// Filled as the venue counted it at the most.
  package private(set) var reportedFilled = Quantity.zero
  /// The last reason told.
  package private(set) var reason: String?

  private var isSubmitted = false
  private var isDenied = false
  private var isDoubtful = false
  private var isAbsent = false
  private var end: End?

  /// How the venue said that it ended. Of several words the last in this list holds, whichever came first.
  private enum End: Int, Comparable {
    case rejected, expired, cancelled
    static func < (a: End, b: End) -> Bool { a.rawValue < b.rawValue }

    var state: OrderState {
      switch self {
      case .rejected: .rejected
      case .expired: .expired
      case .cancelled: .cancelled
      }
    }
  }

  /// An order that is intended and of which nothing else is known.
  /// - Throws: ``OrderContradiction/sizedInMoney``.
  package init(_ request: OrderRequest) throws(OrderContradiction) {
    guard let quantity = request.quantity else { throw .sizedInMoney }
    self.clientOrderID = request.clientOrderID
    self.executions = Executions(ordered: quantity)
  }

  /// As the journal knows it: the latest state, and its fills. What was told of an end that still lacks fills is asked
  /// for again.
  package init(_ record: OrderRecord, fills: [Fill]) throws(OrderContradiction) {
    try self.init(record.request)
    for fill in fills { _ = try executions.add(fill.id, fill.quantity) }
    venueOrderID = record.venueOrderID
    reportedFilled = record.reportedFilled ?? .zero
    reason = record.reason
    isSubmitted = record.state != .intended && record.state != .denied
    switch record.state {
    case .intended, .submitted, .accepted, .partiallyFilled, .filled: break
    case .denied: isDenied = true
    case .outcomeUnknown: isDoubtful = true
    case .cancelled: end = .cancelled
    case .expired: end = .expired
    case .rejected:
      end = .rejected
      isAbsent = record.venueOrderID == nil
    }
  }

  /// Where it stands.
  package var state: OrderState {
    if isDenied { return .denied }
    if executions.isComplete { return .filled }
    // What the venue counts as filled must be here, fill by fill, before anything is final.
    if let end, executions.filled >= reportedFilled {
      return end == .rejected && executions.filled.value.isPositive ? .cancelled : end.state
    }
    if executions.filled.value.isPositive { return .partiallyFilled }
    if venueOrderID != nil { return .accepted }
    if isDoubtful { return .outcomeUnknown }
    return isSubmitted ? .submitted : .intended
  }

  /// Whether the venue's list of its fills has to be read.
  package var lacksFills: Bool { executions.filled < reportedFilled }

  /// Takes one fact in.
  /// - Returns: what is to be written down; `nil` when the fact tells nothing new.
  /// - Throws: when it cannot be true together with what is known; nothing is taken in then.
  package mutating func take(_ fact: Fact) throws(OrderContradiction) -> OrderEvent? {
    var next = self
    try next.learn(fact)
    defer { self = next }
    return next.event(since: self)
  }

  /// What is to be written down, given what was known before; `nil` when a row would say nothing new.
  package func event(since before: OrderLife) -> OrderEvent? {
    guard state != before.state || venueOrderID != before.venueOrderID || reportedFilled != before.reportedFilled else {
      return nil
    }
    return OrderEvent(
      clientOrderID, state, venueOrderID: venueOrderID == before.venueOrderID ? nil : venueOrderID,
      filledQuantity: reportedFilled == before.reportedFilled ? nil : reportedFilled,
      reason: reason == before.reason ? nil : reason)
  }

  private mutating func learn(_ fact: Fact) throws(OrderContradiction) {
    switch fact {
    case .denied(let reason):
      guard venueOrderID == nil, executions.filled.value.isZero else { throw .neverSent(venueOrderID) }
      isDenied = true
      self.reason = reason
    case .submitted: isSubmitted = true
    case .acknowledged(let id): try name(id)
    case .refused(let reason):
      if let venueOrderID { throw .cameBack(venueOrderID) }
      isAbsent = true
      finish(.rejected, reason)
    case .outcomeUnknown(let reason):
      isSubmitted = true
      isDoubtful = true
      self.reason = self.reason ?? reason
    case .neverArrived(let reason):
      // What the venue has named or filled has arrived: the absence was an older look.
      guard venueOrderID == nil, executions.filled.value.isZero else { return }
      isAbsent = true
      finish(.rejected, reason)
    case .report(let order): try learn(order)
    case .fill(let fill):
      guard !isDenied else { throw .neverSent(fill.venueOrderID) }
      guard fill.kind == .trade else { throw .notATrade(id: fill.id, fill.kind) }
      try name(fill.venueOrderID)
      _ = try executions.add(fill.id, fill.quantity)
    }
  }

  private mutating func learn(_ order: Order) throws(OrderContradiction) {
    if isAbsent && !order.status.isFinal { throw .cameBack(order.venueOrderID) }
    try name(order.venueOrderID)
    guard order.filledQuantity <= executions.ordered else {
      throw .overfill(id: "report", ordered: executions.ordered, filled: order.filledQuantity)
    }
    reportedFilled = max(reportedFilled, order.filledQuantity)
    switch order.status {
    case .pending, .open, .unknown: break
    case .rejected: finish(.rejected, order.reason)
    case .expired: finish(.expired, order.reason)
    // A venue's "filled" that is less than was ordered has ended all the same.
    case .cancelled, .filled: finish(.cancelled, order.reason)
    }
  }

  private mutating func name(_ id: VenueOrderID) throws(OrderContradiction) {
    guard !isDenied else { throw .neverSent(id) }
    guard venueOrderID ?? id == id else { throw .twoVenueOrders(venueOrderID ?? id, id) }
    venueOrderID = id
    isSubmitted = true
  }

  private mutating func finish(_ kind: End, _ reason: String?) {
    isSubmitted = true
    end = max(end ?? kind, kind)
    if end == kind, let reason { self.reason = reason }
  }
}
