import Core

/// `Ledgers`: what changed the account's balances, newest first.
struct KrakenLedger: Sendable {
  let exchange: Exchange
  private var rules: VenueRules { KrakenVenue.rules }

  /// One change of one asset.
  private struct Row {
    let reference: String
    let time: Timestamp
    let type: String
    let currency: String
    let amount: ExactDecimal
    let fee: ExactDecimal
    let balance: ExactDecimal
    /// Ids are the same whenever they are asked for.
    var id: String { IDText.kraken("L", Noise(seed: 0, name: "\(reference)/\(currency)").key) }
  }

  func rows(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let span = try KrakenSpan(call.parameters, exchange, call.key.account)
    let assets = try assets(call.parameters["asset"])
    let type = call.parameters["type"] ?? "all"
    let all = exchange.read { state in
      state.accounts[call.key.account].map { Self.rows(of: $0, state) } ?? []
    }
    let wanted = all.reversed().filter { row in
      span.contains(row.time) && (type == "all" || type == row.type) && assets?.contains(row.currency) ?? true
    }
    let page = wanted.dropFirst(span.offset).prefix(KrakenAccount.page)
    return span.result("ledger", .object(page.map { ($0.id, shown($0)) }), count: wanted.count)
  }

  private func assets(_ text: String?) throws(KrakenError) -> Set<String>? {
    guard let text, text != "all" else { return nil }
    var names: Set<String> = []
    for word in text.split(separator: ",").map(String.init) {
      guard let asset = rules.assets.first(where: { [$0.venueName, $0.altName, $0.name].contains(word) }) else {
        throw KrakenError("EQuery:Unknown asset")
      }
      names.insert(asset.name)
    }
    return names
  }

  /// Every change since the account was opened, oldest first.
  private static func rows(of account: VenueAccount, _ state: borrowing ExchangeState) -> [Row] {
    var totals: [String: ExactDecimal] = [:]
    var rows: [Row] = []
    func add(
      _ reference: String, _ time: Timestamp, _ type: String, _ currency: String, _ amount: ExactDecimal,
      fee: ExactDecimal = .zero
    ) {
      guard let total = try? (totals[currency] ?? .zero) + amount - fee else { return }
      totals[currency] = total
      rows.append(
        Row(
          reference: reference, time: time, type: type, currency: currency, amount: amount, fee: fee, balance: total))
    }
    for (currency, amount) in account.funds.sorted(by: { $0.key < $1.key }) {
      add("\(account.identity)/opening", account.openedAt, "deposit", currency, amount)
    }
    for move in account.moves {
      switch move {
      case .transfer(let number):
        let transfer = state.transfers[number]
        add(
          "\(account.identity)/\(number)", transfer.time, transfer.amount.isNegative ? "withdrawal" : "deposit",
          transfer.currency, transfer.amount)
      case .fill(let number):
        let fill = state.fills[number]
        let sign = fill.side == .buy ? ExactDecimal.one : (try? -ExactDecimal.one) ?? .one
        let inBase = fill.feeCurrency == fill.symbol.base
        guard let coins = try? fill.quantity * sign, let money = try? -(fill.cost * sign) else { continue }
        add(fill.id, fill.time, "trade", fill.symbol.quote, money, fee: inBase ? .zero : fill.fee)
        add(fill.id, fill.time, "trade", fill.symbol.base, coins, fee: inBase ? fill.fee : .zero)
      }
    }
    return rows
  }

  private func shown(_ row: Row) -> JSONValue {
    guard let asset = rules.asset(row.currency) else { return .null }
    // Trades are named by their own id; other references are made to look like Kraken's.
    let reference =
      row.type == "trade" ? row.reference : IDText.kraken("Q", Noise(seed: 0, name: row.reference).key)
    return [
      "refid": .string(reference), "time": KrakenText.time(row.time), "type": .string(row.type), "subtype": "",
      "aclass": "currency", "asset": .string(asset.venueName), "amount": KrakenText.amount(row.amount, asset),
      "fee": KrakenText.amount(row.fee, asset), "balance": KrakenText.amount(row.balance, asset),
    ]
  }
}
