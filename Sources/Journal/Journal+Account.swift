package import Core
import SQLite

extension Journal {
  /// Writes down what the venue says the account has: one row for each currency whose amounts differ from its last row.
  /// A currency that the venue no longer lists gets a row without amounts: not known is not zero.
  /// - Returns: how many rows that were.
  @discardableResult
  package func recordBalances(_ balances: [Balance], cause: String) throws(JournalError) -> Int {
    let known: [String: Balance?]
    if let balanceCache { known = balanceCache } else { known = try latestBalances() }
    let listed = Dictionary(balances.map { ($0.currency, $0) }) { first, _ in first }
    let gone = known.keys.filter { listed[$0] == nil && known[$0] != .some(nil) }
    let changed = listed.values.filter { known[$0.currency] != .some($0) }.sorted { $0.currency < $1.currency }
    guard !gone.isEmpty || !changed.isEmpty else {
      balanceCache = known
      return 0
    }
    try transaction(canWait: true) { () throws(JournalError) in
      for balance in changed { try append(balance.currency, balance, cause: cause) }
      for currency in gone.sorted() { try append(currency, nil, cause: cause) }
    }
    // Only now, since the commit may fail.
    balanceCache = known.merging(changed.map { ($0.currency, $0) }) { $1 }.merging(gone.map { ($0, nil) }) { $1 }
    return changed.count + gone.count
  }

  private func append(_ currency: String, _ balance: Balance?, cause: String) throws(JournalError) {
    try append(
      "balances", cause: cause,
      [
        ("currency", .text(currency)), ("total", .optional(balance?.total.description)),
        ("held", .optional(balance?.held.description)), ("available", .optional(balance?.available.description)),
      ])
  }

  /// Writes down what an operator did: who, what, to what, why. Durable when it returns.
  package func recordOperatorAction(_ action: OperatorAction) throws(JournalError) {
    try transaction { () throws(JournalError) in
      try append(
        "operator_actions", cause: "operator",
        [
          ("actor", .text(action.actor)), ("action", .text(action.action)), ("scope", .text(action.scope)),
          ("reason", .text(action.reason)),
        ])
    }
  }

  /// Writes down what a market's own fills add up to, where that changed.
  func recordHolding(of symbol: Symbol, cause: String) throws(JournalError) {
    guard let holding = try holding(of: symbol) else { return }
    guard try recordedHolding(of: symbol) != holding.row else { return }
    try append("positions", cause: cause, [("symbol", .text(symbol.description))] + holding.row.columns)
  }
}

/// A holding as its row tells it.
struct HoldingRow: Hashable {
  var quantity: ExactDecimal?
  var cost: ExactDecimal?
  var realised: ExactDecimal?
  var fees: ExactDecimal?
  var openedAt: Timestamp?
  var entryPrice: ExactDecimal?
  var problem: String?

  var columns: [(name: String, value: SQLiteValue)] {
    [
      ("quantity", .optional(quantity?.description)), ("cost", .optional(cost?.description)),
      ("realised", .optional(realised?.description)), ("fees", .optional(fees?.description)),
      ("opened_at", .optional(openedAt?.nanoseconds)), ("entry_price", .optional(entryPrice?.description)),
      ("problem", .optional(problem)),
    ]
  }
}

extension HoldingRow {
  init(_ position: Position) {
    self.init(
      quantity: position.quantity.value, cost: position.cost.value, realised: position.realised.value,
      fees: position.fees.value, openedAt: position.openedAt, entryPrice: position.entryPrice?.value)
  }
}

extension Holding {
  /// A market whose fills do not add up has no amounts, only a problem.
  var row: HoldingRow {
    switch self {
    case .position(let position): HoldingRow(position)
    case .misfit(let misfit): HoldingRow(problem: "fill \(misfit.fillID) does not fit: \(misfit.error)")
    }
  }
}
