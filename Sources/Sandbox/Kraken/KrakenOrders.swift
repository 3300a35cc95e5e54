import Core
import Synchronization

/// The private calls that place and cancel.
struct KrakenOrders: Sendable {
  private let exchange: Exchange
  private let settings: KrakenSettings
  private let counters = EngineCounters()

  init(exchange: Exchange, settings: KrakenSettings) {
    self.exchange = exchange
    self.settings = settings
  }

  private var now: Timestamp { exchange.now(at: KrakenVenue.rules.name) }

  // MARK: Placing

  func add(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let now = now
    let (ticket, listing) = try KrakenTicket.read(call.parameters, now: now)
    let account = call.key.account
    guard counters.add(1, account, listing.symbol, settings, now) else {
      throw KrakenError("EOrder:Rate limit exceeded")
    }
    let deadline = try KrakenTicket.deadline(call.parameters, now: now)
    let described: JSONValue = ["order": .string(KrakenText.description(ticket, listing))]
    if call.parameters["validate"] == "true" {
      try check(ticket, call)
      do throws(OrderRefusal) {
        try exchange.check(ticket, account: account)
      } catch {
        throw Self.error(error)
      }
      return ["descr": described]
    }
    try check(ticket, call)
    let resting = exchange.openOrders(account).filter { $0.ticket.symbol == listing.symbol }
    guard resting.count < settings.openOrders else { throw KrakenError("EOrder:Orders limit exceeded") }
    do throws(OrderRefusal) {
      let order = try exchange.place(ticket, account: account, deadline: deadline)
      return ["txid": [.string(order.id)], "descr": described]
    } catch {
      throw Self.error(error)
    }
  }

  /// What faults that hold have against an order.
  private func check(_ ticket: OrderTicket, _ call: KrakenCall) throws(KrakenError) {
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

  private static func error(_ refusal: OrderRefusal) -> KrakenError {
    switch refusal {
    case .unknownInstrument: .unknownPair
    case .marketStatus(let status): KrakenError("EService:Market in \(status.rawValue) mode")
    case .quantityPrecision, .quantityTooLarge: .invalidArgument("volume")
    case .quantityTooSmall: KrakenError("EOrder:Order minimum not met")
    case .notionalTooSmall: KrakenError("EOrder:Cost minimum not met")
    case .pricePrecision: .invalidArgument("price")
    case .priceNotOnTick: KrakenError("EOrder:Tick size check failed")
    case .clientOrderIDInUse: .invalidArgument("cl_ord_id not unique")
    case .insufficientFunds: KrakenError("EOrder:Insufficient funds")
    case .postOnlyWouldTake: KrakenError("EOrder:Post only order")
    case .deadlineElapsed: KrakenError("EService:Deadline elapsed")
    case .unsupported: .invalidArguments
    case .unknownAccount, .unavailable: .unavailable
    }
  }

  // MARK: Cancelling

  func cancel(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let account = call.key.account
    let ids = try targets(call, account)
    var count = 0
    for id in ids {
      charge(id, account)
      do throws(CancelRefusal) {
        if call.conditions.losesCancelRaces {
          _ = try exchange.fill(id, account: account)
        } else {
          _ = try exchange.cancel(id, account: account, reason: "User requested")
        }
        count += 1
      } catch {
        throw Self.error(error)
      }
    }
    return call.conditions.losesCancelRaces
      ? ["count": .integer(count), "pending": .boolean(true)] : ["count": .integer(count)]
  }

  /// The ids that a call names by id, by its own name, or by the number that several may share.
  private func targets(_ call: KrakenCall, _ account: String) throws(KrakenError) -> [String] {
    if let name = call.parameters["cl_ord_id"] {
      let open = exchange.openOrders(account).first { $0.ticket.clientOrderID == name }
      if let open { return [open.id] }
      let known = exchange.order(clientOrderID: name, account: account)
      throw KrakenError(known == nil ? "EOrder:Invalid order" : "EOrder:Unknown order")
    }
    guard let id = call.parameters["txid"] else { throw .invalidArguments }
    guard Int32(id) != nil else { return [id] }
    let same = exchange.openOrders(account).filter { $0.ticket.detail["userref"] == id }
    guard !same.isEmpty else { throw KrakenError("EOrder:Unknown order") }
    return same.map(\.id)
  }

  /// A young order is dear to cancel.
  private func charge(_ id: String, _ account: String) {
    guard let order = exchange.order(id, account: account), order.status == .open else { return }
    counters.charge(
      EngineCounters.cancelCost(age: now - order.createdAt), account, order.ticket.symbol, settings,
      now)
  }

  private static func error(_ refusal: CancelRefusal) -> KrakenError {
    switch refusal {
    case .neverExisted: KrakenError("EOrder:Invalid order")
    case .ended: KrakenError("EOrder:Unknown order")
    case .unavailable: .unavailable
    }
  }

  func cancelAll(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    do throws(CancelRefusal) {
      return ["count": .integer(try exchange.cancelAll(account: call.key.account, reason: "User requested").count)]
    } catch {
      throw Self.error(error)
    }
  }
}

/// What the matching engine counts, per account and market.
final class EngineCounters: Sendable {
  private let counters = Mutex<[String: DecayingCounter]>([:])

  /// Counts a placement; `false` when it goes over the limit.
  func add(_ cost: Double, _ account: String, _ symbol: Symbol, _ settings: KrakenSettings, _ now: Timestamp) -> Bool {
    counters.withLock {
      $0["\(account) \(symbol)", default: DecayingCounter()]
        .add(cost, limit: settings.engineLimit, decay: settings.engineDecay, at: now)
    }
  }

  /// Counts a cancellation, which is never refused for it.
  func charge(_ cost: Double, _ account: String, _ symbol: Symbol, _ settings: KrakenSettings, _ now: Timestamp) {
    counters.withLock {
      $0["\(account) \(symbol)", default: DecayingCounter()].charge(cost, decay: settings.engineDecay, at: now)
    }
  }

  /// What cancelling an order of this age costs.
  static func cancelCost(age: Duration) -> Double {
    let steps: [(Int64, Double)] = [(5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1)]
    return steps.first { age < .seconds($0.0) }?.1 ?? 0
  }
}
