import Core

/// What the ledger holds, as it is told to others.
enum LedgerReport {
  /// The format's name.
  static let format = "nija-sandbox-ledger/1"

  /// All accounts, or one.
  static func value(_ state: ExchangeState, account name: String? = nil) -> JSONValue {
    let names = state.accountNames.filter { name == nil || $0 == name }
    let accounts = names.compactMap { state.accounts[$0] }
    return ["format": .string(format), "accounts": .array(accounts.map { account($0, state) })]
  }

  /// The state that entries add up to.
  static func state(_ entries: [LedgerEntry]) throws(LedgerError) -> ExchangeState {
    var state = ExchangeState()
    for entry in entries { try state.apply(entry) }
    return state
  }

  private static func account(_ account: VenueAccount, _ state: ExchangeState) -> JSONValue {
    let balances = account.totals.sorted { $0.key < $1.key }
    return [
      "account": .string(account.name), "venue": .string(account.venue), "identity": .string(account.identity),
      "balances": .object(balances.map { ($0.key, .optional($0.value)) }),
      "orders": .array(account.orders.map { order(state.orders[$0]) }),
      "fills": .array(account.fills.map { fill(state.fills[$0], state) }),
      "transfers": .array(
        state.transfers.filter { $0.account == account.name }.map { transfer in
          [
            "currency": .string(transfer.currency), "amount": .optional(transfer.amount),
            "time": .string(transfer.time.description),
          ]
        }),
    ]
  }

  private static func order(_ order: VenueOrder) -> JSONValue {
    [
      "id": .string(order.id), "client_order_id": .optional(order.ticket.clientOrderID),
      "symbol": .string(order.ticket.symbol.description), "side": .string(order.ticket.side.rawValue),
      "quantity": .optional(order.quantity), "limit": .optional(order.ticket.limit),
      "trigger": .optional(order.ticket.trigger?.price),
      "status": .string(order.status.rawValue), "filled": .optional(order.filled),
      "created_at": .string(order.createdAt.description),
    ]
  }

  private static func fill(_ fill: VenueFill, _ state: ExchangeState) -> JSONValue {
    [
      "id": .string(fill.id), "order_id": .string(state.orders[fill.order].id),
      "symbol": .string(fill.symbol.description), "side": .string(fill.side.rawValue),
      "price": .optional(fill.price), "quantity": .optional(fill.quantity), "fee": .optional(fill.fee),
      "fee_currency": .string(fill.feeCurrency), "time": .string(fill.time.description),
    ]
  }
}
