import Core

/// The private calls that place, change and cancel.
struct KrakenOrders: Sendable {
  let exchange: Exchange
  let counters = EngineCounters()
  let deadManSwitches = DeadManSwitches()

  init(exchange: Exchange) { self.exchange = exchange }

  var now: Timestamp { exchange.now(at: KrakenVenue.rules.name) }

  // MARK: Placing

  func add(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let now = now
    // The engine counts the attempt, whatever it says to it.
    if let listing = call.parameters["pair"].flatMap({ KrakenVenue.rules.listing(named: $0) }) {
      try count(1, call, listing, now)
    }
    let (ticket, listing) = try KrakenTicket.read(call.parameters, now: now)
    let deadline = try KrakenTicket.deadline(call.parameters, now: now)
    let described = KrakenText.described(ticket, listing)
    try check(ticket, call)
    if call.parameters["validate"] == "true" {
      do throws(OrderRefusal) {
        try exchange.check(ticket, account: call.key.account)
      } catch {
        throw Self.error(error)
      }
      return ["descr": described]
    }
    try checkOpenOrders(1, call, listing)
    let order = try place(ticket, call, deadline)
    return ["txid": [.string(order.id)], "descr": described]
  }

  func place(
    _ ticket: OrderTicket, _ call: KrakenCall, _ deadline: Timestamp?
  ) throws(KrakenError) -> VenueOrder {
    do throws(OrderRefusal) {
      return try exchange.place(ticket, account: call.key.account, deadline: deadline)
    } catch {
      throw Self.error(error)
    }
  }

  /// Adds to the engine's counter unless it is full.
  func count(_ cost: Double, _ call: KrakenCall, _ listing: Listing, _ now: Timestamp) throws(KrakenError) {
    guard counters.add(cost, call.key.account, listing.symbol, call.tier, now) else {
      throw KrakenError("EOrder:Rate limit exceeded")
    }
  }

  func checkOpenOrders(_ added: Int, _ call: KrakenCall, _ listing: Listing) throws(KrakenError) {
    let open = exchange.openOrders(call.key.account).filter { $0.ticket.symbol == listing.symbol }
    guard open.count + added <= call.tier.openOrders else { throw KrakenError("EOrder:Orders limit exceeded") }
  }

  /// What faults that hold have against an order.
  func check(_ ticket: OrderTicket, _ call: KrakenCall) throws(KrakenError) {
    switch call.conditions.mode {
    case .cancelOnly: throw KrakenError("EService:Market in cancel_only mode")
    case .postOnly where !ticket.postOnly: throw KrakenError("EService:Market in post_only mode")
    case .maintenance: throw .unavailable
    case .online, .postOnly: break
    }
    if let lag = call.conditions.settlement, !exchange.isSettled(ticket, account: call.key.account, after: lag) {
      throw .invalidArgument("volume minimum not met")
    }
  }

  static func error(_ refusal: OrderRefusal) -> KrakenError {
    switch refusal {
    case .unknownInstrument: .unknownPair
    case .marketStatus(let status): KrakenError("EService:Market in \(status.rawValue) mode")
    case .quantityPrecision, .quantityTooLarge: .invalidArgument("volume")
    case .quantityTooSmall: KrakenError("EOrder:Order minimum not met")
    case .notionalTooSmall: KrakenError("EOrder:Cost minimum not met")
    case .pricePrecision: .invalidArgument("price")
    case .priceNotOnTick: KrakenError("EOrder:Tick size check failed")
    case .triggerReached, .bracketPrices: KrakenError("EOrder:Invalid price")
    case .clientOrderIDInUse: .invalidArgument("cl_ord_id not unique")
    case .insufficientFunds: KrakenError("EOrder:Insufficient funds")
    case .postOnlyWouldTake: KrakenError("EOrder:Post only order")
    case .deadlineElapsed: KrakenError("EService:Deadline elapsed")
    case .unsupported: .invalidArguments
    case .unknownAccount, .unavailable: .unavailable
    }
  }
}
