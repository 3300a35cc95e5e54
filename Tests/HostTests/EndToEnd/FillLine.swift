/// One fill as text, for comparing what a journal has with what a venue booked: to the last digit.
struct FillLine: Hashable, Comparable {
  let text: String

  init(text: String) { self.text = text }

  /// - Parameter order: under which name the fill has the venue's order.
  init(_ fill: [String: Any], order: String) {
    text = ["id", order, "symbol", "side", "price", "quantity", "fee", "fee_currency"]
      .map { fill[$0] as? String ?? "missing \($0)" }.joined(separator: " ")
  }

  static func < (a: FillLine, b: FillLine) -> Bool { a.text < b.text }
}

extension RunningHost {
  /// What an account's journal has.
  func journalFills(_ account: String) throws -> [FillLine] {
    let fills = try json("fills", account, "--limit", "10000")["fills"] as? [[String: Any]] ?? []
    return fills.map { FillLine($0, order: "venue_order_id") }.sorted()
  }

  /// What the sandbox's venue booked for it.
  func ledgerFills(_ account: String) throws -> [FillLine] {
    let accounts = try json("sandbox ledger")["accounts"] as? [[String: Any]] ?? []
    let own = accounts.first { $0["account"] as? String == account }
    return (own?["fills"] as? [[String: Any]] ?? []).map { FillLine($0, order: "order_id") }.sorted()
  }
}
