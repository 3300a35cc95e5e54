import Core

/// Kraken's counters as its documents describe them, written anew and apart from the code under test: what arrives is
/// added, time takes off, and every overrun is noted.
/// https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits, …/spot-ratelimits
struct ModelVenue {
  /// One counter, exact: in units of 10⁻¹⁵, times in nanoseconds.
  struct Meter {
    let maximum: Int128
    let decay: Int128
    private(set) var level: Int128 = 0
    private(set) var asOf: Int64 = 0

    static let unit: Int128 = 1_000_000_000_000_000

    init(_ maximum: Int, _ decay: Int) {
      self.maximum = Int128(maximum) * Self.unit
      self.decay = Int128(decay)
    }

    func level(at now: Int64) -> Int128 { max(0, level - Int128(now - asOf) * decay) }

    /// Whether it stayed within the maximum.
    mutating func add(_ halves: Int, at now: Int64) -> Bool {
      level = level(at: now) + Int128(halves) * Self.unit / 2
      asOf = now
      return halves == 0 || level <= maximum
    }
  }

  struct Order {
    var market: String
    var client: String
    var createdAt: Int64
    var changedAt: Int64
  }

  enum Event {
    case query(Int)
    case add(String, clients: [String], isBatch: Bool)
    case amend(String)
    case edit(String)
    case cancel([String])
    case cancelAll
    case deadManSwitch
  }

  private(set) var rest: Meter
  private(set) var engines: [String: Meter] = [:]
  private(set) var orders: [String: Order] = [:]
  private(set) var overruns: [String] = []
  private let engine: (Int, Int)
  private var lastOrder = 0

  /// Starter, intermediate, pro.
  init(tier: Int) {
    rest = Meter([15, 20, 20][tier], [330_000, 500_000, 1_000_000][tier])
    engine = [(60, 1_000_000), (125, 2_340_000), (180, 3_750_000)][tier]
  }

  func meter(_ market: String) -> Meter { engines[market] ?? Meter(engine.0, engine.1) }

  /// The order that bears a name of either kind.
  func order(_ name: String) -> (id: String, order: Order)? {
    if let order = orders[name] { return (name, order) }
    return orders.first { $0.value.client == name }.map { ($0.key, $0.value) }
  }

  /// What a call adds to which market's counter, in halves of a unit, should it arrive then.
  func costs(_ event: Event, at now: Int64) -> [String: Int] {
    switch event {
    case .query: [:]
    case .add(let market, let clients, let isBatch): [market: isBatch ? clients.count : 2 * clients.count]
    case .amend(let name): one(name, now) { 1 + Self.cost($0, [3, 2, 1, 0, 0, 0]) }
    case .edit(let name): one(name, now) { 1 + Self.cost($0, [6, 5, 4, 2, 1, 0]) }
    case .cancel(let names):
      names.reduce(into: [:]) { sums, name in
        sums.merge(one(name, now) { Self.cost($0, [8, 6, 5, 4, 2, 1]) }) { $0 + $1 }
      }
    case .cancelAll: Dictionary(orders.values.map { ($0.market, 2) }) { first, _ in first }
    case .deadManSwitch: [:]
    }
  }

  private func one(_ name: String, _ now: Int64, _ cost: (Int64) -> Int) -> [String: Int] {
    guard let order = order(name)?.order else { return [:] }
    return [order.market: 2 * cost(now - order.changedAt)]
  }

  private static func cost(_ age: Int64, _ table: [Int]) -> Int {
    zip([5, 10, 15, 45, 90, 300] as [Int64], table).first { age < $0.0 * 1_000_000_000 }?.1 ?? 0
  }

  /// A call arrives and is carried out.
  mutating func arrive(_ event: Event, at now: Int64) {
    if case .query(let cost) = event, !rest.add(2 * cost, at: now) { overruns.append("REST at \(now)") }
    for (market, halves) in costs(event, at: now) {
      var meter = meter(market)
      if !meter.add(halves, at: now) { overruns.append("\(market) at \(now): \(event)") }
      engines[market] = meter
    }
    switch event {
    case .query, .deadManSwitch: break
    case .add(let market, let clients, _):
      for client in clients {
        lastOrder += 1
        orders["O\(lastOrder)"] = Order(market: market, client: client, createdAt: now, changedAt: now)
      }
    case .amend(let name), .edit(let name): if let id = order(name)?.id { orders[id]?.changedAt = now }
    case .cancel(let names): for name in names { if let id = order(name)?.id { orders[id] = nil } }
    case .cancelAll: orders = [:]
    }
  }

  /// The earliest time from `now` on at which a call fits with `reserve` units left, by trying: once it fits it goes on
  /// fitting.
  func earliest(_ event: Event, restReserve: Int, engineReserve: Int, from now: Int64) -> Int64 {
    func fits(_ time: Int64) -> Bool {
      if case .query(let cost) = event {
        return rest.level(at: time) + Int128(cost) * Meter.unit <= rest.maximum - Int128(restReserve) * Meter.unit
      }
      return costs(event, at: time).allSatisfy { market, halves in
        let meter = meter(market)
        let room = meter.maximum - Int128(engineReserve) * Meter.unit
        return halves == 0 || meter.level(at: time) + Int128(halves) * Meter.unit / 2 <= room
      }
    }
    var (low, high) = (now, now + 1_000_000_000_000)
    guard !fits(low) else { return low }
    while high - low > 1 { if fits((low + high) / 2) { high = (low + high) / 2 } else { low = (low + high) / 2 } }
    return high
  }
}
