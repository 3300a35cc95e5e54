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
  }

  /// Orders that were there before may have been changed until then.
  private let birth: ContinuousClock.Instant
  private var entries: [String: Entry] = [:]

  /// Two names an order; Kraken allows 225 open ones a pair.
  static let limit = 4_096

  init(birth: ContinuousClock.Instant) { self.birth = birth }

  /// What is known of an order, by either of its names.
  subscript(name: String) -> Entry? { entries[name] }

  /// An order leaves, or a change of one does: until the answer comes nobody knows its age.
  mutating func begin(_ name: String, symbol: Symbol?) {
    insert(name, Entry(symbol: symbol ?? entries[name]?.symbol, changedAt: nil))
  }

  /// The order was made or changed at the latest at `instant`.
  mutating func conclude(_ name: String, symbol: Symbol? = nil, at instant: ContinuousClock.Instant) {
    insert(name, Entry(symbol: symbol ?? entries[name]?.symbol, changedAt: instant))
  }

  /// Kraken gave the order that we call `name` this id.
  mutating func alias(_ id: String, of name: String) {
    if let entry = entries[name] { insert(id, entry) }
  }

  /// A report tells the market, and the age of an order that we know no better.
  /// - Parameter wall: what the wall shows at `now`.
  mutating func learn(_ order: Order, now: ContinuousClock.Instant, wall: Timestamp) {
    let names = [order.venueOrderID.rawValue] + (order.clientOrderID.map { [$0.hex] } ?? [])
    guard !order.status.isFinal else {
      for name in names { entries[name] = nil }
      return
    }
    let known = names.compactMap { entries[$0] }.first
    let reported = order.createdAt.map { created in
      // A report does not tell of amendments: those before our time may have come as late as our birth.
      max(birth, now - max(.zero, wall - created))
    }
    let entry = Entry(symbol: order.symbol ?? known?.symbol, changedAt: known == nil ? reported : known?.changedAt)
    for name in names { insert(name, entry) }
  }

  private mutating func insert(_ name: String, _ entry: Entry) {
    entries[name] = entry
    guard entries.count > Self.limit else { return }
    // A quarter at once, so that it is rare. Forgotten ones count as the dearest.
    let oldest = entries.sorted { ($0.value.changedAt ?? birth) < ($1.value.changedAt ?? birth) }
    for (name, _) in oldest.prefix(Self.limit / 4) { entries[name] = nil }
  }
}
