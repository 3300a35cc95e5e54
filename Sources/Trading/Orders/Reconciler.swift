package import Core
package import Journal

/// What the venue lists, read in one pass.
package struct VenueSnapshot: Sendable {
  /// All open orders of the account.
  package var open: [Order]
  /// Orders that ended since some instant; empty where they were not asked for.
  package var closed: [Order]
  /// Executions since some instant.
  package var fills: [Fill]

  /// A snapshot.
  package init(open: [Order], closed: [Order] = [], fills: [Fill]) {
    self.open = open
    self.closed = closed
    self.fills = fills
  }
}

/// What the journal knows, as far as one pass asks.
package struct KnownOrders {
  /// All that is known of an order of ours; `nil` when the journal has no such intent.
  package var life: (ClientOrderID) throws(JournalError) -> OrderLife?
  /// Which of our orders the venue's order is; `nil` when it is foreign, or ours but not yet told.
  package var owner: (VenueOrderID) throws(JournalError) -> ClientOrderID?
  /// Whether this execution is in the journal.
  package var hasFill: (String) throws(JournalError) -> Bool
  /// When the journal began: what ended before was another's.
  package var began: Timestamp
  /// Whether an id that the journal lacks is one it gave before it was put back from an older copy.
  package var isLost: (ClientOrderID) -> Bool

  /// A view of the journal.
  package init(
    began: Timestamp, isLost: @escaping (ClientOrderID) -> Bool = { _ in false },
    life: @escaping (ClientOrderID) throws(JournalError) -> OrderLife?,
    owner: @escaping (VenueOrderID) throws(JournalError) -> ClientOrderID?,
    hasFill: @escaping (String) throws(JournalError) -> Bool
  ) {
    self.began = began
    self.isLost = isLost
    self.life = life
    self.owner = owner
    self.hasFill = hasFill
  }
}

/// What one pass found.
package struct Reconciled: Sendable {
  /// News of one order of ours: its new executions, then what they and the reports make of it. Written in one commit.
  package struct News: Hashable, Sendable {
    /// Our name of it.
    package var clientOrderID: ClientOrderID
    /// Executions that the journal lacks, in the venue's order.
    package var fills: [Fill]
    /// Where the order stands now; `nil` when that has not changed.
    package var event: OrderEvent?
  }

  /// By order, those with news only.
  package var news: [News] = []
  /// Open orders that are not ours: shown, never touched.
  package var foreign: [Order] = []
  /// Executions of orders that are not ours and which the journal lacks.
  package var foreignFills: [Fill] = []
  /// Orders that bear an id of our form which this journal did not make: another program uses the key.
  package var intruders: [Order] = []
  /// Orders that have ended and bear an id that this journal gave before it was put back from an older copy.
  package var lost: [Order] = []
  /// Reports about executions of ours that are no trades: nobody can tell what they do to a position.
  package var notTrades: [Fill] = []
  /// Evidence that cannot be true.
  package var contradictions: [ClientOrderID: OrderContradiction] = [:]
  /// Executions whose order is in neither list: whose they are tells only the list of closed orders.
  package var unowned: [Fill] = []
}

/// The venue's lists against the journal, as a pure function: the same lists a second time find nothing.
package struct Reconciler {
  private let known: KnownOrders
  private var lives: [ClientOrderID: (before: OrderLife, now: OrderLife, fills: [Fill])] = [:]
  private var owners: [VenueOrderID: ClientOrderID] = [:]
  private var found = Reconciled()

  /// One pass.
  package static func reconcile(
    _ snapshot: VenueSnapshot, _ known: KnownOrders
  ) throws(JournalError) -> Reconciled {
    var pass = Reconciler(known: known)
    // Names first, then executions, then what the venue says of the whole: nothing is final before its fills are in.
    let orders = snapshot.closed + snapshot.open
    for order in orders { try pass.name(order) }
    for fill in snapshot.fills.sorted(by: { ($0.time, $0.id) < ($1.time, $1.id) }) { try pass.take(fill, orders) }
    for order in orders { try pass.report(order) }
    return pass.finished()
  }

  private init(known: KnownOrders) { self.known = known }

  private mutating func name(_ order: Order) throws(JournalError) {
    guard let id = try owner(of: order) else {
      if let id = order.clientOrderID, order.status.isFinal, known.isLost(id) {
        found.lost.append(order)
      } else if order.clientOrderID != nil, isRecent(order) {
        found.intruders.append(order)
      } else if !order.status.isFinal {
        found.foreign.append(order)
      }
      return
    }
    owners[order.venueOrderID] = id
    try learn(.acknowledged(order.venueOrderID), id)
  }

  /// What ended before the journal began belongs to one before it.
  private func isRecent(_ order: Order) -> Bool {
    guard order.status.isFinal, let made = order.createdAt else { return true }
    return made >= known.began
  }

  private func owner(of order: Order) throws(JournalError) -> ClientOrderID? {
    if let owner = try known.owner(order.venueOrderID) { return owner }
    guard let id = order.clientOrderID else { return nil }
    if lives[id] != nil { return id }
    return try known.life(id) == nil ? nil : id
  }

  private mutating func take(_ fill: Fill, _ orders: [Order]) throws(JournalError) {
    guard try !known.hasFill(fill.id) else { return }
    var owner = owners[fill.venueOrderID]
    if owner == nil { owner = try known.owner(fill.venueOrderID) }
    guard let id = owner else {
      let isListed = orders.contains { $0.venueOrderID == fill.venueOrderID }
      if isListed { found.foreignFills.append(fill) } else { found.unowned.append(fill) }
      return
    }
    guard fill.kind == .trade else { return found.notTrades.append(fill) }
    if try learn(.fill(fill), id) { lives[id]?.fills.append(fill) }
  }

  private mutating func report(_ order: Order) throws(JournalError) {
    guard let id = owners[order.venueOrderID] else { return }
    try learn(.report(order), id)
  }

  /// - Returns: whether it could be true.
  @discardableResult
  private mutating func learn(_ fact: OrderLife.Fact, _ id: ClientOrderID) throws(JournalError) -> Bool {
    guard found.contradictions[id] == nil else { return false }
    if lives[id] == nil {
      guard let life = try known.life(id) else { return false }
      lives[id] = (life, life, [])
    }
    do throws(OrderContradiction) {
      _ = try lives[id]?.now.take(fact)
      return true
    } catch {
      found.contradictions[id] = error
      return false
    }
  }

  private consuming func finished() -> Reconciled {
    for (id, life) in lives.sorted(by: { $0.key.hex < $1.key.hex }) where found.contradictions[id] == nil {
      let event = life.now.event(since: life.before)
      guard event != nil || !life.fills.isEmpty else { continue }
      found.news.append(Reconciled.News(clientOrderID: id, fills: life.fills, event: event))
    }
    return found
  }
}
