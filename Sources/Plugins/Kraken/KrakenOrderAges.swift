internal import Broker
internal import Core

/// The market and the last change of the account's orders, as far as we were told: bounded, what changed longest ago is
/// forgotten first.
///
/// A value. What is not certain makes an order younger here than it is, since young orders cost more.
struct KrakenOrderAges: Sendable {
  struct Entry: Hashable, Sendable {
    var symbol: Symbol?
    /// Not later than this was it last changed; `nil` when nobody knows.
    var changedAt: ContinuousClock.Instant?
    /// Changes of it under way.
    var changing = 0
    /// Kraken's id and ours, as sent.
    var names: [String] = []
  }

  /// Orders that were there before may have been changed until then.
  private let birth: ContinuousClock.Instant
  private var entries: [Int: Entry] = [:]
  private var keys: [String: Int] = [:]
  private var lastKey = 0

  /// Kraken allows 225 open ones a pair.
  static let limit = 2_048

  init(birth: ContinuousClock.Instant) { self.birth = birth }

  /// What is known of an order, by either of its names.
  subscript(name: String) -> Entry? { keys[name].flatMap { entries[$0] } }

  /// When an order was last changed at the latest; `nil` when nobody knows.
  /// - Parameter reported: what the caller was told, where we know no better.
  func lastChange(
    _ name: String, reported: Timestamp?, now: ContinuousClock.Instant, wall: Timestamp
  ) -> ContinuousClock.Instant? {
    guard let entry = self[name] else { return reported.map { instant($0, now: now, wall: wall) } }
    return entry.changing > 0 ? nil : entry.changedAt
  }

  /// An order, or a change of one, wants to leave: until it is over nobody knows the order's age.
  mutating func begin(_ name: String, symbol: Symbol?) {
    change(name) { entry in
      entry.symbol = entry.symbol ?? symbol
      entry.changing += 1
    }
  }

  /// It is over.
  /// - Parameter changedAt: when it was carried out at the latest; `nil` when it was not.
  mutating func conclude(_ name: String, changedAt: ContinuousClock.Instant?) {
    guard self[name] != nil else { return }
    change(name) { entry in
      entry.changing = max(0, entry.changing - 1)
      entry.changedAt = changedAt ?? entry.changedAt
    }
    // An order that was never made is no order.
    if let entry = self[name], entry.changing == 0, entry.changedAt == nil { remove(name) }
  }

  /// Kraken gave the order that we call `name` this id.
  mutating func alias(_ id: String, of name: String) {
    guard let key = keys[name] else { return }
    remove(id)
    keys[id] = key
    entries[key]?.names.append(id)
  }

  /// A report tells the market, and the age of an order that we know no better.
  /// - Parameter wall: what the wall shows at `now`.
  mutating func learn(_ order: Order, now: ContinuousClock.Instant, wall: Timestamp) {
    let id = order.venueOrderID.rawValue
    guard !order.status.isFinal else { return remove(id) }
    let created = order.createdAt.map { instant($0, now: now, wall: wall) }
    let client = order.clientOrderID?.hex
    if self[id] == nil, let client { alias(id, of: client) }
    change(id) { entry in
      entry.symbol = entry.symbol ?? order.symbol
      entry.changedAt = entry.changedAt ?? created
    }
    if let client, self[client] == nil { alias(client, of: id) }
  }

  /// A time of a report on our clock. A report does not tell of amendments: those before our time may have come as late
  /// as our birth.
  private func instant(_ time: Timestamp, now: ContinuousClock.Instant, wall: Timestamp) -> ContinuousClock.Instant {
    max(birth, now - max(.zero, wall - time))
  }

  // MARK: Entries

  private mutating func change(_ name: String, _ body: (inout Entry) -> Void) {
    if keys[name] == nil {
      lastKey += 1
      keys[name] = lastKey
      entries[lastKey] = Entry(names: [name])
    }
    guard let key = keys[name], var entry = entries[key] else { return }
    body(&entry)
    entries[key] = entry
    if entries.count > Self.limit { forgetOldest() }
  }

  private mutating func remove(_ name: String) {
    guard let key = keys[name], let entry = entries.removeValue(forKey: key) else { return }
    for name in entry.names { keys[name] = nil }
  }

  /// A quarter at once, so that it is rare. Forgotten ones count as the dearest.
  private mutating func forgetOldest() {
    let resting = entries.values.filter { $0.changing == 0 }
    let oldest = resting.sorted { ($0.changedAt ?? birth) < ($1.changedAt ?? birth) }
    for entry in oldest.prefix(Self.limit / 4) { if let name = entry.names.first { remove(name) } }
  }
}
