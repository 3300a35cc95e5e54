/// All that an account's worker has observed: sent up with every heartbeat, whole.
public struct AccountReport: Sendable {
  /// Where it stands.
  public var state: AccountState = .starting
  /// Why, unless it is trading.
  public var reason: String?
  /// What would change it.
  public var nextStep: String?
  /// When the state was last entered.
  public var since: Timestamp
  /// When each rung was first reached by this worker (`traded`: in this journal).
  public var ladder: [Rung: Timestamp] = [:]
  /// The last finished cycle; `nil` before the first.
  public var cycle: CycleReport?
  /// The quote currency's balance when last answered.
  public var balance: BalanceReport?
  /// Orders of ours that the venue holds open.
  public var openOrders: Int?
  /// Orders whose outcome nobody knows yet.
  public var unknownOrders: Int?
  /// Open orders of the account that are not ours: shown, never touched.
  public var foreignOrders: Int?
  /// Orders ever sent from this journal.
  public var placedOrders: Int?
  /// Positions held, from fills.
  public var positions: Int?
  /// Sold for more than it cost, fees taken off; quote currency.
  public var realisedProfit: ExactDecimal?
  /// Fees paid; quote currency.
  public var feesPaid: ExactDecimal?
  /// What balances last changed by without an execution or movement that explains it, by currency; empty when nothing did.
  public var unexplained: [String: ExactDecimal] = [:]
  /// Markets with an open position that no stop at the venue guards although one should, and since when; empty where the
  /// operator wants none.
  public var unguarded: [String: Timestamp] = [:]
  /// When the journal began.
  public var journalSince: Timestamp?
  /// When the venue last answered a private call.
  public var lastPrivateCallAt: Timestamp?
  /// When an order was last sent.
  public var lastOrderAt: Timestamp?
  /// When an order last filled.
  public var lastFillAt: Timestamp?
  /// What the key may do, when last answered.
  public var permissions: KeyPermissions?
  /// This process's proportional memory in KiB, as the kernel told it.
  public var memoryKiB: Int?
  /// From process start to the first private call answered.
  public var startMilliseconds: Int?

  /// Starting, at `since`.
  public init(since: Timestamp) { self.since = since }
}

/// One finished cycle.
public struct CycleReport: Hashable, Sendable {
  /// Running number in the journal.
  public var number: Int
  /// When it began (wall).
  public var startedAt: Timestamp
  /// When it ended (wall).
  public var finishedAt: Timestamp
  /// Markets looked at.
  public var markets: Int
  /// Markets whose entry conditions held.
  public var signals: Int
  /// Orders sent.
  public var orders: Int
  /// Why each other market was passed over: reason → how many.
  public var rejected: [String: Int]
  /// The cause, when the cycle failed.
  public var failure: String?

  /// A finished cycle.
  public init(
    number: Int, startedAt: Timestamp, finishedAt: Timestamp, markets: Int, signals: Int, orders: Int,
    rejected: [String: Int], failure: String?
  ) {
    self.number = number
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.markets = markets
    self.signals = signals
    self.orders = orders
    self.rejected = rejected
    self.failure = failure
  }
}

/// A balance and when the venue told it.
public struct BalanceReport: Hashable, Sendable {
  /// What it is and how much.
  public var balance: Balance
  /// When it was answered.
  public var asOf: Timestamp

  /// A balance answered at `asOf`.
  public init(balance: Balance, asOf: Timestamp) {
    self.balance = balance
    self.asOf = asOf
  }
}

extension CycleReport {
  /// The contract's shape of `status --json`.
  public var json: JSONValue {
    [
      "number": .integer(number), "started_at": .string(startedAt.description),
      "finished_at": .string(finishedAt.description), "markets": .integer(markets), "signals": .integer(signals),
      "orders": .integer(orders),
      "rejected": .object(rejected.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) }),
      "failure": .optional(failure),
    ]
  }

  init(_ json: JSON) throws(JSONError) {
    var rejected: [String: Int] = [:]
    for (key, _) in try json.object("rejected").members ?? [] {
      rejected[key] = try json.object("rejected").integer(key)
    }
    self.init(
      number: try json.integer("number"), startedAt: try json.timestamp("started_at"),
      finishedAt: try json.timestamp("finished_at"), markets: try json.integer("markets"),
      signals: try json.integer("signals"), orders: try json.integer("orders"), rejected: rejected,
      failure: try json.optionalString("failure"))
  }
}

extension BalanceReport {
  /// The contract's shape of `status --json`.
  public var json: JSONValue {
    [
      "currency": .string(balance.currency), "total": .string(balance.total.text(minimumPlaces: 2)),
      "available": .string(balance.available.text(minimumPlaces: 2)),
      "held": .string(balance.held.text(minimumPlaces: 2)), "as_of": .string(asOf.description),
    ]
  }

  init(_ json: JSON) throws(JSONError) {
    self.init(
      balance: Balance(
        currency: try json.string("currency"), total: try json.decimal("total"), held: try json.decimal("held"),
        available: try json.decimal("available")),
      asOf: try json.timestamp("as_of"))
  }
}

extension AccountReport {
  /// As it travels from worker to host.
  public var json: JSONValue {
    .object([
      ("state", .string(state.rawValue)), ("reason", .optional(reason)), ("next_step", .optional(nextStep)),
      ("since", .string(since.description)),
      (
        "ladder",
        .object(
          Rung.allCases.compactMap { rung in
            ladder[rung].map { (key: rung.rawValue, value: .string($0.description)) }
          })
      ),
      ("cycle", cycle?.json ?? .null), ("balance", balance?.json ?? .null), ("open", .optional(openOrders)),
      ("unknown", .optional(unknownOrders)), ("placed", .optional(placedOrders)),
      ("foreign", .optional(foreignOrders)), ("positions", .optional(positions)),
      ("realised", .optional(realisedProfit)), ("fees", .optional(feesPaid)),
      ("unexplained", unexplainedJSON), ("unguarded", unguardedJSON),
      ("journal_since", .optional(journalSince?.description)),
      ("last_private_call_at", .optional(lastPrivateCallAt?.description)),
      ("last_order_at", .optional(lastOrderAt?.description)), ("last_fill_at", .optional(lastFillAt?.description)),
      ("permissions", permissions?.json ?? .null),
      ("memory_kib", .optional(memoryKiB)), ("start_milliseconds", .optional(startMilliseconds)),
    ])
  }

  /// The contract's shape: currency → amount.
  public var unexplainedJSON: JSONValue {
    .object(unexplained.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value.description)) })
  }

  /// Market → since when.
  public var unguardedJSON: JSONValue {
    .object(unguarded.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value.description)) })
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    self.init(since: try json.timestamp("since"))
    guard let state = AccountState(rawValue: try json.string("state")) else {
      throw .wrongType("state", expected: "a state of an account")
    }
    self.state = state
    reason = try json.optionalString("reason")
    nextStep = try json.optionalString("next_step")
    let ladder = try json.object("ladder")
    for rung in Rung.allCases { self.ladder[rung] = try ladder.optionalTimestamp(rung.rawValue) }
    if let value = json["cycle"], !value.isNull { cycle = try CycleReport(value) }
    if let value = json["balance"], !value.isNull { balance = try BalanceReport(value) }
    openOrders = try json.optionalInteger("open")
    unknownOrders = try json.optionalInteger("unknown")
    placedOrders = try json.optionalInteger("placed")
    foreignOrders = try json.optionalInteger("foreign")
    positions = try json.optionalInteger("positions")
    realisedProfit = try json.optionalDecimal("realised")
    feesPaid = try json.optionalDecimal("fees")
    let unexplained = try json.object("unexplained")
    for (currency, _) in unexplained.members ?? [] { self.unexplained[currency] = try unexplained.decimal(currency) }
    let unguarded = try json.object("unguarded")
    for (market, _) in unguarded.members ?? [] { self.unguarded[market] = try unguarded.timestamp(market) }
    journalSince = try json.optionalTimestamp("journal_since")
    lastPrivateCallAt = try json.optionalTimestamp("last_private_call_at")
    lastOrderAt = try json.optionalTimestamp("last_order_at")
    lastFillAt = try json.optionalTimestamp("last_fill_at")
    if let value = json["permissions"], !value.isNull { permissions = try KeyPermissions(value) }
    memoryKiB = try json.optionalInteger("memory_kib")
    startMilliseconds = try json.optionalInteger("start_milliseconds")
  }
}
