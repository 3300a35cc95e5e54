internal import Broker
internal import Core

/// Turns rows into what the host works with, by a descriptor's words and the names learnt.
struct ReportReader: Sendable {
  let words: Words
  let names: DescriptorNames
  let ids: ClientIDs
  /// When the answer came.
  let now: Timestamp

  // MARK: Words

  func side(_ row: FieldValues) throws(JSONError) -> Side {
    let value = try row.required("side")
    guard let text = value.text else { throw .wrongType("side", expected: "text") }
    if case .ours = value, let side = Side(rawValue: text) { return side }
    guard let match = words.sides.first(where: { $0.value == text }) else {
      throw .wrongType("side", expected: "a word that the descriptor knows")
    }
    return match.key
  }

  func status(_ row: FieldValues) throws(JSONError) -> Order.Status {
    let value = try row.required("status")
    guard let text = value.text else { throw .wrongType("status", expected: "text") }
    if case .ours = value, let status = Order.Status(rawValue: text) { return status }
    guard let match = words.orderStatuses.first(where: { $0.theirs == text }) else {
      throw .wrongType("status", expected: "a word that the descriptor knows")
    }
    return match.ours
  }

  func instrumentStatus(_ row: FieldValues) throws(JSONError) -> Instrument.Status {
    let value = try row.required("status")
    guard let text = value.text else { throw .wrongType("status", expected: "text") }
    if case .ours = value, let status = Instrument.Status(rawValue: text) { return status }
    guard let match = words.instrumentStatuses.first(where: { $0.theirs == text }) else {
      guard let other = words.otherInstrumentStatus else {
        throw .wrongType("status", expected: "a word that the descriptor knows")
      }
      return other
    }
    return match.ours
  }

  // MARK: Markets

  /// `nil` for a market whose rules the venue does not state: no order could be made for it.
  func instrument(_ row: FieldValues) throws(JSONError) -> Instrument? {
    let (base, quote) = (try row.text("base"), try row.text("quote"))
    let symbol = Symbol(base: names.currency(base), quote: names.currency(quote))
    guard let tick = try row.optionalDecimal("tick"), let step = try row.optionalDecimal("step"), tick.isPositive,
      step.isPositive
    else { return nil }
    var given: (id: String?, aliases: [String])
    do throws(RequestError) {
      given = try names.names(base: base, quote: quote)
    } catch {
      throw .wrongType("base", expected: "a name")
    }
    if row.reads("id") { given.id = try row.text("id") }
    if let alias = try row.optionalText("alias") { given.aliases.append(alias) }
    guard let id = given.id else { throw .missing("id") }
    return Instrument(
      symbol: symbol, venueID: id, venueAliases: given.aliases.filter { $0 != id }, venueBase: base,
      venueQuote: quote, status: try instrumentStatus(row), tickSize: tick, lotStep: step,
      minimumQuantity: try quantity(row, "minimum_quantity"), maximumQuantity: try quantity(row, "maximum_quantity"),
      minimumNotional: try notional(row, "minimum_notional"), maximumNotional: try notional(row, "maximum_notional"))
  }

  private func quantity(_ row: FieldValues, _ name: String) throws(JSONError) -> Quantity? {
    guard let number = try row.optionalPositive(name) else { return nil }
    return Quantity(number)
  }

  private func notional(_ row: FieldValues, _ name: String) throws(JSONError) -> Notional? {
    guard let number = try row.optionalPositive(name) else { return nil }
    return Notional(number)
  }

  private func signed(_ row: FieldValues, _ name: String) throws(JSONError) -> Notional? {
    guard let number = try row.optionalDecimal(name) else { return nil }
    return Notional(number)
  }

  private func price(_ row: FieldValues, _ name: String) throws(JSONError) -> Price? {
    guard let number = try row.optionalPositive(name) else { return nil }
    return Price(number)
  }

  /// `nil` for a market that was not learnt, or in which nothing was ever traded.
  func ticker(_ row: FieldValues, asked: Symbol?) throws(JSONError) -> Ticker? {
    let symbol = try market(row, asked)
    guard let symbol, let last = try price(row, "last") else { return nil }
    return Ticker(
      symbol: symbol, bid: try price(row, "bid"), ask: try price(row, "ask"), last: last,
      volume24h: Quantity(try row.amount("volume")), asOf: now)
  }

  /// A side that nobody offers on is none.
  func quote(_ row: FieldValues, of symbol: Symbol) throws(JSONError) -> Quote {
    guard let bid = try price(row, "bid"), let ask = try price(row, "ask") else {
      throw .missing("a bid and an ask")
    }
    return Quote(symbol: symbol, bid: bid, ask: ask, asOf: now)
  }

  func level(_ row: FieldValues) throws(JSONError) -> OrderBook.Level {
    OrderBook.Level(price: Price(try row.positive("price")), quantity: Quantity(try row.positive("quantity")))
  }

  func candle(_ row: FieldValues) throws(JSONError) -> Candle {
    Candle(
      start: try row.time("start"), open: Price(try row.decimal("open")), high: Price(try row.decimal("high")),
      low: Price(try row.decimal("low")), close: Price(try row.decimal("close")),
      volume: Quantity(try row.amount("volume")))
  }

  /// The market that a row names; where it names none, the one that was asked about.
  private func market(_ row: FieldValues, _ asked: Symbol?) throws(JSONError) -> Symbol? {
    guard let name = try row.optionalText("symbol") else { return asked }
    return names.symbol(name)
  }

  // MARK: The account

  /// `total = available + held`, from any two of them.
  func balance(_ row: FieldValues) throws(JSONError) -> Balance {
    let currency = names.currency(try row.text("currency"))
    let reads = ["total", "available", "held"].filter(row.reads)
    do throws(DecimalError) {
      switch reads {
      case ["total", "available"], ["total", "available", "held"]:
        let (total, available) = (try number(row, "total"), try number(row, "available"))
        return Balance(currency: currency, total: total, held: try total - available, available: available)
      case ["total", "held"]:
        let (total, held) = (try number(row, "total"), try number(row, "held"))
        return Balance(currency: currency, total: total, held: held, available: try total - held)
      default:
        let (available, held) = (try number(row, "available"), try number(row, "held"))
        return Balance(currency: currency, total: try available + held, held: held, available: available)
      }
    } catch {
      throw .wrongType("a balance of \(currency)", expected: "amounts that can be held")
    }
  }

  private func number(_ row: FieldValues, _ name: String) throws(DecimalError) -> ExactDecimal {
    guard let number = try? row.decimal(name) else { throw .notANumber }
    return number
  }

  func order(_ row: FieldValues, asked: Symbol?) throws(JSONError) -> Order {
    let filled = try row.amount("filled")
    let text = try row.optionalText("symbol")
    let symbol: Symbol? = if let text { names.symbol(text) } else { asked }
    let paid = try row.optionalPositive("filled_notional")
    return Order(
      venueOrderID: VenueOrderID(try row.text("id")),
      clientOrderID: try row.optionalText("client_id").flatMap(ids.parse), symbol: symbol, side: try side(row),
      status: try status(row), quantity: try quantity(row, "quantity"), filledQuantity: Quantity(filled),
      limit: try price(row, "limit"), averagePrice: try average(row, filled: filled, paid: paid),
      fees: try signed(row, "fees"), createdAt: try row.optionalTime("created"),
      reason: try row.optionalText("reason"), filledNotional: try notional(row, "filled_notional"),
      notional: try notional(row, "notional"))
  }

  /// As the venue says; else what was paid over what was filled, to twelve digits of a price.
  private func average(
    _ row: FieldValues, filled: ExactDecimal, paid: ExactDecimal?
  ) throws(JSONError) -> Price? {
    guard filled.isPositive else { return nil }
    if let told = try price(row, "average") { return told }
    guard let paid, let average = try? paid.divided(by: filled, places: 12, .nearest) else { return nil }
    return Price(average)
  }

  func fill(_ row: FieldValues, asked: Symbol?) throws(JSONError) -> Fill {
    let name = try row.optionalText("symbol")
    // A market that was not learnt keeps the venue's name: its fills are foreign, and still none is hidden.
    let symbol: Symbol
    if let name {
      symbol = names.symbol(name) ?? Symbol(base: name, quote: "")
    } else if let asked {
      symbol = asked
    } else {
      throw .missing("symbol")
    }
    let currency = try row.optionalText("fee_currency")
    return Fill(
      id: try row.text("id"), venueOrderID: VenueOrderID(try row.text("order_id")), symbol: symbol,
      side: try side(row), price: Price(try row.positive("price")), quantity: Quantity(try row.positive("quantity")),
      fee: try row.decimal("fee"), feeCurrency: currency.map(names.currency) ?? symbol.quote,
      time: try row.time("time"),
      isMaker: try row.optionalBoolean("maker"))
  }
}
