import Core
import Foundation

/// One account's journal and the venue's ledger of it, side by side: what of the first promise can be counted.
struct AccountBooks {
  /// An order as the journal's rows tell of it.
  struct OrderStory {
    let id: String
    let symbol: String
    let side: String
    let purpose: String
    let rests: Bool
    let intendedAt: Date
    var states: [(state: String, at: Date)] = []

    var state: String { states.last?.state ?? "intended" }

    /// Nobody knows where it stands, or something can still happen to it at once.
    var isUnresolved: Bool {
      switch state {
      case "intended", "submitted", "outcome_unknown": true
      case "accepted", "partially_filled": !rests
      default: false
      }
    }
  }

  let account: String
  /// By our id, as 32 hexadecimal digits.
  private(set) var orders: [String: OrderStory] = [:]
  /// Entries that were intended while another order of that market was unresolved.
  private(set) var blindEntries: [String] = []
  /// From the first word that nobody knows the outcome to the first that somebody does.
  private(set) var unknowns: [TimeInterval] = []
  /// Cycles that failed: when they ended, and why.
  private(set) var failedCycles: [(at: Date, why: String)] = []
  /// What the journal's fills make of each base currency.
  let held: [String: String]
  private let ours: [String: [String: Any]]
  private let ourFills: [[String: Any]]
  private let theirs: [[String: Any]]
  private let theirFills: [[String: Any]]
  private let balances: [String: String]

  /// - Parameter ledger: one account of the venue's own.
  init(
    account: String, rows: [[String: Any]], orders: [[String: Any]], fills: [[String: Any]], positions: [[String: Any]],
    ledger: [String: Any]
  ) throws {
    self.account = account
    ours = Dictionary(orders.map { ($0.text("client_order_id"), $0) }) { first, _ in first }
    ourFills = fills
    held = Dictionary(
      positions.map { (String($0.text("symbol").prefix { $0 != "/" }), $0.text("quantity")) }
    ) { first, _ in first }
    theirs = ledger["orders"] as? [[String: Any]] ?? []
    theirFills = ledger["fills"] as? [[String: Any]] ?? []
    balances = ledger["balances"] as? [String: String] ?? [:]
    for row in rows.sorted(by: { $0.whole("row") < $1.whole("row") }) { try read(row) }
  }

  private mutating func read(_ row: [String: Any]) throws {
    let fields = row["fields"] as? [String: Any] ?? [:]
    let at = try Self.date(row.text("time"))
    switch row.text("kind") {
    case "intents":
      let order = OrderStory(
        id: fields.text("client_id"), symbol: fields.text("symbol"), side: fields.text("side"),
        purpose: fields.text("purpose"), rests: fields.text("time_in_force") == "good_till_cancelled", intendedAt: at)
      let isDoubtful = orders.values.contains { $0.symbol == order.symbol && $0.isUnresolved }
      if order.purpose == "entry" && isDoubtful { blindEntries.append("\(order.symbol) at \(row.text("time"))") }
      orders[order.id] = order
    case "order_events":
      let id = fields.text("client_id"), state = fields.text("state")
      if let since = orders[id]?.states.last(where: { $0.state == "outcome_unknown" })?.at,
        orders[id]?.state == "outcome_unknown", state != "outcome_unknown"
      {
        let first = orders[id]?.states.first { $0.state == "outcome_unknown" }?.at ?? since
        unknowns.append(at.timeIntervalSince(first))
      }
      orders[id]?.states.append((state, at))
    case "cycles":
      if let failure = fields["failure"] as? String { failedCycles.append((at, failure)) }
    default: break
    }
  }

  static func date(_ text: String) throws -> Date {
    try Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")).parse(text)
  }

  // MARK: What is wrong

  /// Client ids under which the venue has more than one order.
  var duplicates: [String] {
    Dictionary(grouping: theirs.map(\.clientID).filter { !$0.isEmpty }) { $0 }.filter { $1.count > 1 }.keys.sorted()
  }

  /// Orders at the venue that no intent of the journal made.
  var orphans: [String] { theirs.filter { orders[$0.clientID] == nil }.map { $0.text("id") } }

  /// Orders of which journal and ledger say different things.
  var disagreements: [String] {
    let known = Dictionary(theirs.map { ($0.clientID, $0) }) { first, _ in first }
    return orders.values.compactMap { story in
      let our = ours[story.id] ?? [:], state = our.text("state")
      guard let their = known[story.id] else {
        return ["rejected", "denied"].contains(state) ? nil : "\(story.id) is \(state), the venue has none"
      }
      let isOver = ["filled", "cancelled", "rejected", "expired", "denied"].contains(state)
      guard our.text("filled") == their.text("filled"), isOver == (their.text("status") != "open"),
        our.text("venue_order_id") == their.text("id")
      else {
        return "\(story.id) is \(state) \(our.text("filled")), there \(their.text("status")) \(their.text("filled"))"
      }
      return nil
    }.sorted()
  }

  /// Executions that only one of the two has, or has otherwise.
  var strayFills: [String] {
    let keys = ["id", "symbol", "side", "price", "quantity", "fee", "fee_currency"]
    func lines(_ fills: [[String: Any]], _ order: String) -> Set<String> {
      Set(fills.map { fill in (keys + [order]).map { fill.text($0) }.joined(separator: " ") })
    }
    let ours = lines(ourFills, "venue_order_id"), theirs = lines(theirFills, "order_id")
    return ours.subtracting(theirs).map { "ours: \($0)" } + theirs.subtracting(ours).map { "lost: \($0)" }
  }

  /// Coins whose balance at the venue is not what the journal's fills make of them.
  var strayCoins: [String] {
    Set(held.keys).union(balances.keys).subtracting(["USD"]).compactMap { coin in
      let there = Self.decimal(balances[coin]), here = Self.decimal(held[coin])
      return there == here ? nil : "\(coin): \(here) by the journal, \(there) at the venue"
    }.sorted()
  }

  private static func decimal(_ text: String?) -> ExactDecimal {
    text.flatMap { try? ExactDecimal(parsing: $0) } ?? .zero
  }

  /// Everything that is wrong; nothing, if the promise holds.
  var wrongs: [String] {
    duplicates.map { "duplicate \($0)" } + orphans.map { "orphan \($0)" } + disagreements + strayFills + strayCoins
      + blindEntries.map { "entry while one is unresolved: \($0)" }
  }

  // MARK: Figures

  /// One line for people.
  var summary: String {
    let sorted = unknowns.sorted()
    let unknown =
      sorted.isEmpty
      ? "none unknown"
      : "\(sorted.count) unknown, resolved after \(Self.seconds(sorted[sorted.count / 2])) (median), "
        + "\(Self.seconds(sorted.last ?? 0)) (max)"
    let still = orders.values.count { $0.state == "outcome_unknown" }
    return "\(account): \(orders.count) orders, \(theirFills.count) fills; \(unknown), \(still) still so; "
      + "\(duplicates.count) duplicates, \(orphans.count) orphans, \(strayFills.count) fills that differ, "
      + "\(blindEntries.count) entries beside an unresolved order; \(failedCycles.count) cycles failed"
  }

  static func seconds(_ interval: TimeInterval) -> String { String(format: "%.2f s", interval) }

  /// What the venue filled, in its order of time.
  var executions: [(symbol: String, side: String, quantity: ExactDecimal)] {
    theirFills.sorted { ($0.text("time"), $0.text("id")) < ($1.text("time"), $1.text("id")) }
      .map { ($0.text("symbol"), $0.text("side"), Self.decimal($0.text("quantity"))) }
  }

  /// Orders that the venue filled only in part, by what they were for.
  func partlyFilled(_ purpose: String) -> Int {
    theirs.count {
      orders[$0.clientID]?.purpose == purpose && Self.decimal($0.text("filled")).isPositive
        && Self.decimal($0.text("filled")) < Self.decimal($0.text("quantity"))
    }
  }
}

extension [String: Any] {
  fileprivate func text(_ key: String) -> String { self[key] as? String ?? "" }
  fileprivate func whole(_ key: String) -> Int { self[key] as? Int ?? 0 }

  /// Our id of a venue's order, in the journal's form.
  fileprivate var clientID: String { text("client_order_id").replacing("-", with: "").lowercased() }
}
