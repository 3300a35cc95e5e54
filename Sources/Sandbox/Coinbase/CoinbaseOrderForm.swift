import Core

/// The body of an order or of its preview.
struct CoinbaseOrderForm: Sendable {
  /// Empty in a preview.
  let clientOrderID: String
  let productID: String
  /// As sent.
  let side: String
  let configuration: CoinbaseOrderConfiguration
  private let sizes: (base: ExactDecimal?, quote: ExactDecimal?, limit: ExactDecimal?)
  private let stop: ExactDecimal?

  /// Reads a body.
  init(_ body: [UInt8], isPreview: Bool = false) throws(CoinbaseError) {
    let json = try CoinbaseBody(body)
    clientOrderID = try json.text("client_order_id") ?? ""
    productID = try json.text("product_id") ?? ""
    side = try json.text("side") ?? ""
    guard isPreview || !clientOrderID.isEmpty else { throw .invalidArgument("client_order_id is required") }
    guard clientOrderID.utf8.count <= 128 else { throw .invalidArgument("client_order_id is too long") }
    guard let configuration = json["order_configuration"] else {
      throw .invalidArgument("order_configuration is required")
    }
    self.configuration = try CoinbaseOrderConfiguration(configuration)
    sizes = (
      try self.configuration.decimal("base_size"), try self.configuration.decimal("quote_size"),
      try self.configuration.decimal("limit_price")
    )
    let bracket = try self.configuration.decimal("stop_trigger_price")
    stop = if let price = try self.configuration.decimal("stop_price") { price } else { bracket }
  }

  /// What the engine is asked; `now` is the protocol clock, which end times follow.
  func ticket(_ rules: VenueRules, now: Timestamp) throws(CoinbaseRejection) -> OrderTicket {
    guard let listing = rules.listing(named: productID) else { throw .invalidProduct }
    guard let direction = ["BUY": Side.buy, "SELL": .sell][side] else { throw .invalidSide }
    guard let kind = configuration.kind else { throw .unsupported("\(configuration.name) is not supported") }
    var ticket = OrderTicket(
      symbol: listing.symbol, side: direction, size: try size(kind, direction, listing), limit: try limit(kind),
      timeInForce: try timeInForce(kind, now), postOnly: configuration.isPostOnly,
      clientOrderID: clientOrderID.isEmpty ? nil : clientOrderID, detail: configuration.detail)
    ticket.trigger = try trigger(kind, direction)
    return ticket
  }

  /// What a stop waits for, and the other end of a bracket: below the market for a sale, above it for a purchase.
  private func trigger(
    _ kind: CoinbaseOrderConfiguration.Kind, _ side: Side
  ) throws(CoinbaseRejection) -> OrderTrigger? {
    if kind.isBracket {
      guard let stop else { throw .unsupported("stop_trigger_price is required") }
      return OrderTrigger(price: stop, direction: side == .buy ? .up : .down, isBracket: true)
    }
    guard kind.isStop else { return nil }
    guard let stop else { throw .unsupported("stop_price is required") }
    switch configuration.texts["stop_direction"] {
    case "STOP_DIRECTION_STOP_UP": return OrderTrigger(price: stop, direction: .up)
    case "STOP_DIRECTION_STOP_DOWN": return OrderTrigger(price: stop, direction: .down)
    default: throw .unsupported("stop_direction is required")
    }
  }

  private func size(
    _ kind: CoinbaseOrderConfiguration.Kind, _ side: Side, _ listing: Listing
  ) throws(CoinbaseRejection) -> OrderTicket.Size {
    switch (sizes.base, sizes.quote) {
    case (let base?, nil): return .base(base)
    case (nil, let quote?):
      guard kind.isMarket, side == .buy else { throw .unsupported("quote_size is for market buys") }
      guard (try? quote.isMultiple(of: listing.instrument.tickSize)) ?? false else { throw .quotePrecision }
      return .quote(quote, includingFee: true)
    case (nil, nil): throw .emptySize
    case (_?, _?): throw .unsupported("either base_size or quote_size")
    }
  }

  private func limit(_ kind: CoinbaseOrderConfiguration.Kind) throws(CoinbaseRejection) -> ExactDecimal? {
    guard !kind.isMarket else { return nil }
    guard let limit = sizes.limit else { throw .unsupported("limit_price is required") }
    return limit
  }

  private func timeInForce(
    _ kind: CoinbaseOrderConfiguration.Kind, _ now: Timestamp
  ) throws(CoinbaseRejection) -> TimeInForce {
    switch kind {
    case .marketIOC, .limitIOC: return .immediateOrCancel
    case .limitFOK, .marketFOK: return .fillOrKill
    case .limitGTC, .stopLimitGTC, .bracketGTC: return .goodTillCancelled
    case .limitGTD, .stopLimitGTD, .bracketGTD:
      guard let end = configuration.texts["end_time"].flatMap({ Timestamp(rfc3339: $0) }), end > now else {
        throw .unsupported("end_time must be a time to come")
      }
      return .goodTillDate(end)
    }
  }
}

/// A request's body: one JSON object, its members read with the venue's errors.
struct CoinbaseBody: Sendable {
  private let json: JSON

  /// Reads a body.
  init(_ bytes: [UInt8]) throws(CoinbaseError) {
    guard let json = try? JSON(parsing: bytes, maximumDepth: 16), json.kind == .object else {
      throw .unreadable("body")
    }
    self.json = json
  }

  /// A member that is there and not `null`.
  subscript(name: String) -> JSON? {
    guard let value = json[name], !value.isNull else { return nil }
    return value
  }

  /// A string member; `nil` when it is not there.
  func text(_ name: String) throws(CoinbaseError) -> String? {
    guard let value = self[name] else { return nil }
    guard value.kind == .string else { throw .unreadable(name) }
    return value.text
  }
}
