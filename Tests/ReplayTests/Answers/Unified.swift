import Broker
import Core

/// Our domain values in ccxt's unified vocabulary: the one mapping between the two.
struct Unified {
  let venue: Venue

  func value(_ seen: Seen) -> JSONValue {
    switch seen {
    case .time(let time): .integer(time.milliseconds)
    case .status(let status): .object([("status", .string(status.rawValue))])
    case .instruments(let instruments): .array(instruments.map(market))
    case .tickers(let tickers): .object(tickers.map { ($0.symbol.description, ticker($0)) })
    case .ticker(let quote, let row): ticker(quote, row)
    case .book(let book): self.book(book)
    case .candles(let candles): .array(candles.map(candle))
    case .permissions(let permissions): self.permissions(permissions)
    case .balances(let balances): self.balances(balances)
    case .fees(let rates): .object([("maker", number(rates.maker)), ("taker", number(rates.taker))])
    case .orders(let orders): .array(orders.map(order))
    case .fills(let fills): .array(fills.map(trade))
    case .ledger(let entries): .array(entries.map(entry))
    default: change(seen)
    }
  }

  private func change(_ seen: Seen) -> JSONValue {
    switch seen {
    case .placed(let acknowledgement, let request): placed(acknowledgement, request)
    case .placedSeveral(let outcomes):
      .array(
        outcomes.map { outcome in
          switch outcome {
          case .success(let acknowledgement): .object([("id", .string(acknowledgement.venueOrderID.rawValue))])
          case .failure(let error): .object([("error", .optional(error.venueText))])
          }
        })
    case .previewed(let refusals): .object([("errors", .array(refusals.map(JSONValue.string)))])
    case .cancelled(let outcome): .object([("outcome", .string(Self.word(outcome)))])
    case .cancelledSeveral(let outcomes):
      .array(
        outcomes.map { outcome in
          switch outcome {
          case .success(let outcome): .object([("outcome", .string(Self.word(outcome)))])
          case .failure(let error): .object([("error", .optional(error.venueText))])
          }
        })
    case .cancelledAll(let count): .object([("count", .integer(count))])
    case .armed(let time): .object([("triggerTime", .optional(time?.milliseconds))])
    default: .object([])
    }
  }

  private static func word(_ outcome: CancelOutcome) -> String { outcome == .cancelled ? "cancelled" : "pending" }

  private func number(_ number: ExactDecimal?) -> JSONValue { .exact(number) }

  // MARK: Markets

  private func market(_ instrument: Instrument) -> JSONValue {
    func bounds(_ least: ExactDecimal?, _ most: ExactDecimal?) -> JSONValue {
      .object([("min", number(least)), ("max", number(most))])
    }
    return .object([
      ("id", .string(instrument.venueID)), ("symbol", .string(instrument.symbol.description)),
      ("base", .string(instrument.symbol.base)), ("quote", .string(instrument.symbol.quote)),
      ("baseId", .string(instrument.venueBase)), ("quoteId", .string(instrument.venueQuote)),
      ("active", .boolean(instrument.status == .online)), ("status", .string(instrument.status.rawValue)),
      ("precision", .object([("amount", number(instrument.lotStep)), ("price", number(instrument.tickSize))])),
      (
        "limits",
        .object([
          ("amount", bounds(instrument.minimumQuantity?.value, instrument.maximumQuantity?.value)),
          ("cost", bounds(instrument.minimumNotional?.value, instrument.maximumNotional?.value)),
        ])
      ),
    ])
  }

  private func ticker(_ ticker: Ticker) -> JSONValue {
    .object([
      ("symbol", .string(ticker.symbol.description)), ("bid", number(ticker.bid?.value)),
      ("ask", number(ticker.ask?.value)), ("last", number(ticker.last.value)), ("close", number(ticker.last.value)),
      ("baseVolume", number(ticker.volume24h.value)),
    ])
  }

  private func ticker(_ quote: Quote, _ row: Ticker?) -> JSONValue {
    .object([
      ("symbol", .string(quote.symbol.description)), ("bid", number(quote.bid.value)), ("ask", number(quote.ask.value)),
      ("last", number(row?.last.value)), ("close", number(row?.last.value)),
      ("baseVolume", number(row?.volume24h.value)),
    ])
  }

  private func book(_ book: OrderBook) -> JSONValue {
    func levels(_ levels: [OrderBook.Level]) -> JSONValue {
      .array(levels.map { .array([number($0.price.value), number($0.quantity.value)]) })
    }
    return .object([
      ("symbol", .string(book.symbol.description)), ("bids", levels(book.bids)), ("asks", levels(book.asks)),
    ])
  }

  private func candle(_ candle: Candle) -> JSONValue {
    .array([
      .integer(candle.start.milliseconds), number(candle.open.value), number(candle.high.value),
      number(candle.low.value), number(candle.close.value), number(candle.volume.value),
    ])
  }

  // MARK: The account

  private func balances(_ balances: [Balance]) -> JSONValue {
    func column(_ amount: (Balance) -> ExactDecimal) -> JSONValue {
      .object(balances.map { ($0.currency, number(amount($0))) })
    }
    let rows: [(key: String, value: JSONValue)] = balances.map {
      let amounts: [(key: String, value: JSONValue)] = [
        ("free", number($0.available)), ("used", number($0.held)), ("total", number($0.total)),
      ]
      return ($0.currency, .object(amounts))
    }
    return .object(rows + [("free", column(\.available)), ("used", column(\.held)), ("total", column(\.total))])
  }

  private func permissions(_ permissions: Permissions) -> JSONValue {
    .object([
      ("canQuery", .boolean(permissions.canQuery)), ("canTrade", .boolean(permissions.canTrade)),
      ("canWithdraw", permissions.canWithdraw.map(JSONValue.boolean) ?? .null),
      ("account", .optional(permissions.accountIdentity)),
    ])
  }

  private func fee(_ cost: ExactDecimal?, _ currency: String?) -> (fee: JSONValue, fees: JSONValue) {
    let fee = JSONValue.object([("cost", number(cost)), ("currency", .optional(currency))])
    return (fee, .array([fee]))
  }

  private func order(_ order: Order) -> JSONValue {
    let isFilled = order.status == .filled
    // What was ordered in money is, once all is filled, what was filled.
    let amount = order.quantity?.value ?? (isFilled ? order.filledQuantity.value : nil)
    let remaining = amount.flatMap { try? $0 - order.filledQuantity.value }
    let cost = order.filledNotional?.value ?? (order.filledQuantity == .zero ? .zero : nil)
    let (fee, fees) = fee(order.fees?.value, order.symbol?.quote)
    let more: [(key: String, value: JSONValue)] = [
      ("id", .string(order.venueOrderID.rawValue)), ("clientOrderId", .optional(order.clientOrderID?.hex)),
      ("symbol", .optional(order.symbol?.description)), ("side", .string(order.side.rawValue)),
      ("status", .optional(status(order.status))), ("amount", number(amount)),
      ("filled", number(order.filledQuantity.value)), ("remaining", number(remaining)),
      ("average", number(order.averagePrice?.value)), ("cost", number(cost)), ("fee", fee), ("fees", fees),
      ("timestamp", .optional(order.createdAt?.milliseconds)),
      ("datetime", .optional(order.createdAt?.text(fractionDigits: 3))), ("reason", .optional(order.reason)),
    ]
    return .object(
      more + terms(order.kind, order.timeInForce, order.isPostOnly, limit: order.limit, average: order.averagePrice))
  }

  /// What kind of order it is. ccxt gives an order without a limit its average as price, and says IOC of every market
  /// order.
  private func terms(
    _ kind: OrderKind?, _ timeInForce: TimeInForce?, _ isPostOnly: Bool?, limit: Price?, average: Price?
  ) -> [(key: String, value: JSONValue)] {
    var type: String?
    var stopLoss: Price?
    var takeProfit: Price?
    switch kind {
    case .limit: type = "limit"
    case .market: type = "market"
    case .stopLoss(let trigger, let limit):
      type = limit == nil ? "market" : "limit"
      stopLoss = trigger
    case .takeProfit(let trigger, let limit):
      type = limit == nil ? "market" : "limit"
      takeProfit = trigger
    case .bracket: type = "bracket"
    case nil: break
    }
    var word = timeInForce.map(Self.word)
    if word == nil || (venue == .kraken && word == "GTC"), isPostOnly == true { word = "PO" }
    if word == nil, kind == .market { word = "IOC" }
    return [
      ("type", .optional(type)), ("timeInForce", .optional(word)),
      ("postOnly", (isPostOnly ?? (kind == .market ? false : nil)).map(JSONValue.boolean) ?? .null),
      ("price", number(limit?.value ?? average?.value)), ("triggerPrice", number(kind?.trigger?.value)),
      ("stopPrice", number(kind?.trigger?.value)), ("stopLossPrice", number(stopLoss?.value)),
      ("takeProfitPrice", number(takeProfit?.value)),
    ]
  }

  private static func word(_ timeInForce: TimeInForce) -> String {
    switch timeInForce {
    case .immediateOrCancel: "IOC"
    case .fillOrKill: "FOK"
    case .goodTillCancelled: "GTC"
    case .goodTillDate: "GTD"
    }
  }

  /// ccxt counts the day's end of an order as a cancellation at Coinbase, and knows no refusal after the fact.
  private func status(_ status: Order.Status) -> String? {
    switch status {
    case .pending, .open: "open"
    case .filled: "closed"
    case .cancelled, .rejected: "canceled"
    case .expired: venue == .kraken ? "expired" : "canceled"
    case .unknown: nil
    }
  }

  /// An order that was just taken: what was asked for, under the name that it got.
  private func placed(_ acknowledgement: Acknowledgement, _ request: OrderRequest) -> JSONValue {
    let more: [(key: String, value: JSONValue)] = [
      ("id", .string(acknowledgement.venueOrderID.rawValue)), ("clientOrderId", .string(request.clientOrderID.hex)),
      ("symbol", .string(request.symbol.description)), ("side", .string(request.side.rawValue)),
      ("amount", number(request.quantity?.value)),
    ]
    let timeInForce = request.timeInForce == .goodTillCancelled ? nil : request.timeInForce
    return .object(more + terms(request.kind, timeInForce, request.isPostOnly, limit: request.limit, average: nil))
  }

  private func trade(_ fill: Fill) -> JSONValue {
    let (fee, fees) = fee(fill.fee, fill.feeCurrency)
    return .object([
      ("id", .string(fill.id)), ("order", .string(fill.venueOrderID.rawValue)),
      ("symbol", .string(fill.symbol.description)), ("side", .string(fill.side.rawValue)),
      ("price", number(fill.price.value)), ("amount", number(fill.quantity.value)),
      ("cost", number(try? fill.price.value * fill.quantity.value)), ("fee", fee), ("fees", fees),
      ("timestamp", .integer(fill.time.milliseconds)), ("datetime", .string(fill.time.text(fractionDigits: 3))),
      ("takerOrMaker", fill.isMaker.map { .string($0 ? "maker" : "taker") } ?? .null),
    ])
  }

  /// ccxt calls deposits and withdrawals transactions.
  private func word(_ cause: LedgerEntry.Cause) -> String {
    cause == .deposit || cause == .withdrawal ? "transaction" : cause.rawValue
  }

  private func entry(_ entry: LedgerEntry) -> JSONValue {
    .object([
      ("id", .string(entry.id)), ("referenceId", .optional(entry.reference)), ("type", .string(word(entry.cause))),
      ("direction", .string(entry.amount.isNegative ? "out" : "in")), ("currency", .string(entry.currency)),
      ("amount", number(entry.amount.isNegative ? try? -entry.amount : entry.amount)),
      ("fee", fee(entry.fee, entry.currency).fee),
      ("timestamp", .integer(entry.time.milliseconds)), ("datetime", .string(entry.time.text(fractionDigits: 3))),
    ])
  }
}
