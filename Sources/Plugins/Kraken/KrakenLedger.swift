public import Broker
public import Core

extension Kraken: ReadsLedger {
  /// `Ledgers`, to its last page.
  /// https://docs.kraken.com/api/docs/rest-api/get-ledgers
  public func fetchLedger(since: Timestamp) async throws(BrokerError) -> [LedgerEntry] {
    let names = names
    var call = KrakenCall("fetchLedger", "Ledgers", KrakenForm([Self.start(since)]))
    call.cost = 4
    let entries = try await pages(call, "ledger") { (id, row) throws(JSONError) in
      try KrakenLedger.entry(id, row, names)
    }
    return entries.filter { $0.time >= since }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }
}

/// Rows of `Ledgers`.
enum KrakenLedger {
  static func entry(_ id: String, _ row: JSON, _ names: KrakenNames) throws(JSONError) -> LedgerEntry {
    LedgerEntry(
      id: id, reference: try row.optionalString("refid").flatMap { $0.isEmpty ? nil : $0 },
      cause: cause(try row.string("type"), subtype: try row.optionalString("subtype") ?? ""),
      currency: names.currency(try row.string("asset")).name, amount: try row.decimal("amount"),
      fee: try row.decimal("fee"), time: try row.time("time"))
  }

  /// `spend` and `receive` are two legs of Kraken's own "buy" button: no order has them, so they are no trades of ours.
  static func cause(_ type: String, subtype: String) -> LedgerEntry.Cause {
    switch type {
    case "trade": .trade
    case "deposit": .deposit
    case "withdrawal": .withdrawal
    case "transfer", "custody_transfer": .transfer
    case "staking", "reward", "dividend": .reward
    // Into, out of and between earning products, but for what they pay.
    case "earn": subtype == "reward" ? .reward : .transfer
    case "adjustment": .adjustment
    default: .other
    }
  }
}
