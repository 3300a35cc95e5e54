import Core

/// Wallets, rights, portfolio and fees of one account.
struct CoinbaseAccountPages {
  let exchange: Exchange
  let rules: VenueRules
  let account: VenueAccount
  let scopes: CoinbaseScopes

  /// Wallets of a page, where not asked otherwise and at most.
  static let pageSize = (usual: 49, maximum: 250)

  /// `GET /accounts`.
  func wallets(_ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let asked = try query.count("limit") ?? 0
    let limit = asked == 0 ? Self.pageSize.usual : min(asked, Self.pageSize.maximum)
    let start = try query.count("cursor") ?? 0
    let balances = exchange.balances(account.name)
    let shown = balances.dropFirst(start).prefix(limit)
    let hasNext = start + shown.count < balances.count
    return [
      "accounts": .array(shown.map(wallet)), "has_next": .boolean(hasNext),
      "cursor": .string(hasNext ? "\(start + shown.count)" : ""), "size": .integer(shown.count),
    ]
  }

  /// `GET /accounts/{uuid}`.
  func wallet(_ uuid: String) throws(CoinbaseError) -> JSONValue {
    guard let balance = exchange.balances(account.name).first(where: { self.uuid($0.currency) == uuid }) else {
      throw .notFound("account not found")
    }
    return ["account": wallet(balance)]
  }

  private func wallet(_ balance: Balance) -> JSONValue {
    [
      "uuid": .string(uuid(balance.currency)), "name": .string("\(balance.currency) Wallet"),
      "currency": .string(balance.currency),
      "available_balance": CoinbaseText.money(balance.available, balance.currency), "default": .boolean(true),
      "active": .boolean(true), "created_at": CoinbaseText.time(account.openedAt),
      "updated_at": CoinbaseText.time(account.openedAt), "deleted_at": .null,
      "type": balance.currency == "USD" ? "ACCOUNT_TYPE_FIAT" : "ACCOUNT_TYPE_CRYPTO", "ready": .boolean(true),
      "hold": CoinbaseText.money(balance.held, balance.currency),
      "retail_portfolio_id": .string(account.identity), "platform": "ACCOUNT_PLATFORM_CONSUMER",
    ]
  }

  /// A wallet's own id, the same for ever.
  private func uuid(_ currency: String) -> String {
    IDText.uuid(Noise(seed: 0, name: "\(account.identity)/\(currency)").key, salt: 4)
  }

  /// `GET /key_permissions`.
  var permissions: JSONValue {
    [
      "can_view": .boolean(scopes.canView), "can_trade": .boolean(scopes.canTrade),
      "can_transfer": .boolean(scopes.canTransfer), "can_receive": .boolean(false),
      "portfolio_uuid": .string(account.identity), "portfolio_type": "DEFAULT",
    ]
  }

  /// `GET /portfolios`.
  var portfolios: JSONValue {
    [
      "portfolios": [
        [
          "name": "Default", "uuid": .string(account.identity), "type": "DEFAULT", "deleted": .boolean(false),
        ]
      ]
    ]
  }

  /// `GET /transaction_summary`: volume and fees of all time. A few of its numbers are no strings.
  func transactionSummary() throws(CoinbaseError) -> JSONValue {
    let name = account.name
    let sums = exchange.read { state -> (volume: ExactDecimal, fees: ExactDecimal)? in
      try? (state.accounts[name]?.fills ?? []).reduce((volume: .zero, fees: .zero)) { sums, number in
        (try sums.volume + state.fills[number].cost, try sums.fees + state.fills[number].fee)
      }
    }
    guard let sums else { throw .broken("the volume cannot be added up") }
    let volume = JSONValue.number("\(sums.volume)")
    let fees = JSONValue.number("\(sums.fees)")
    return [
      "total_fees": fees,
      "fee_tier": [
        "pricing_tier": "Advanced 1", "taker_fee_rate": .string("\(rules.fees.taker)"),
        "maker_fee_rate": .string("\(rules.fees.maker)"), "aop_from": "", "aop_to": "",
      ],
      "margin_rate": .null, "goods_and_services_tax": .null, "advanced_trade_only_volume": volume,
      "advanced_trade_only_fees": fees, "coinbase_pro_volume": .integer(0), "coinbase_pro_fees": .integer(0),
      "total_balance": "", "has_cost_plus_commission": .boolean(false),
    ]
  }
}
