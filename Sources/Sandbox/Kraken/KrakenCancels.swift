import Core
import Synchronization

/// The private calls that cancel.
extension KrakenOrders {
  func cancel(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let ids = try target(call.parameters, call.key.account)
    for id in ids { try cancel(id, call) }
    return cancelled(ids.count, call)
  }

  /// What a cancellation is answered with; one that comes too late is still under way.
  func cancelled(_ count: Int, _ call: KrakenCall) -> JSONValue {
    call.conditions.losesCancelRaces && count > 0
      ? ["count": .integer(count), "pending": .boolean(true)] : ["count": .integer(count)]
  }

  /// Cancels one order. A young one is dear.
  func cancel(_ id: String, _ call: KrakenCall) throws(KrakenError) {
    let account = call.key.account
    if let order = exchange.order(id, account: account), order.status == .open {
      let cost = KrakenEngineCost.cancel.penalty(age: now - order.changedAt)
      counters.charge(cost, account, order.ticket.symbol, call.tier, now)
    }
    do throws(CancelRefusal) {
      if call.conditions.losesCancelRaces {
        _ = try exchange.fill(id, account: account)
      } else {
        _ = try exchange.cancel(id, account: account, reason: "User requested")
      }
    } catch {
      throw Self.error(error)
    }
  }

  /// The ids that a call names by id, by its own name, or by the number that several may share.
  func target(_ parameters: KrakenParameters, _ account: String) throws(KrakenError) -> [String] {
    if let name = parameters["cl_ord_id"] { return [try id(named: name, account)] }
    if let number = parameters["userref"], parameters["txid"] == nil { return try ids(sharing: number, account) }
    guard let id = parameters["txid"] else { throw .invalidArguments }
    return Int32(id) == nil ? [id] : try ids(sharing: id, account)
  }

  private func id(named name: String, _ account: String) throws(KrakenError) -> String {
    if let open = exchange.openOrders(account).first(where: { $0.ticket.clientOrderID == name }) { return open.id }
    let known = exchange.order(clientOrderID: name, account: account)
    throw KrakenError(known == nil ? "EOrder:Invalid order" : "EOrder:Unknown order")
  }

  private func ids(sharing number: String, _ account: String) throws(KrakenError) -> [String] {
    let same = exchange.openOrders(account).filter { $0.ticket.detail["userref"] == number }
    guard !same.isEmpty else { throw KrakenError("EOrder:Unknown order") }
    return same.map(\.id)
  }

  static func error(_ refusal: CancelRefusal) -> KrakenError {
    switch refusal {
    case .neverExisted: KrakenError("EOrder:Invalid order")
    case .ended: KrakenError("EOrder:Unknown order")
    case .unavailable: .unavailable
    }
  }

  func cancelAll(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let account = call.key.account
    let markets = Set(exchange.openOrders(account).map(\.ticket.symbol))
    do throws(CancelRefusal) {
      let orders = try exchange.cancelAll(account: account, reason: "User requested")
      for market in markets { counters.charge(1, account, market, call.tier, now) }
      return ["count": .integer(orders.count)]
    } catch {
      throw Self.error(error)
    }
  }

  // MARK: Dead-man switch

  /// `CancelAllOrdersAfter`: whoever of the account calls sets the one timer that it has.
  func cancelAllAfter(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    guard let seconds = call.parameters["timeout"].flatMap({ Int($0) }), (0..<86_400).contains(seconds) else {
      throw .invalidArgument("timeout")
    }
    let now = now
    let end = seconds == 0 ? nil : now + .seconds(seconds)
    deadManSwitches.set(call.key.account, end)
    return [
      "currentTime": .string(now.text(fractionDigits: 0)), "triggerTime": .string(end?.text(fractionDigits: 0) ?? "0"),
    ]
  }

  /// Cancels for every account whose time is over.
  func fireDeadManSwitches() {
    for account in deadManSwitches.due(at: now) {
      // A record that cannot be kept leaves the orders; the account's next call is told so.
      _ = try? exchange.cancelAll(account: account, reason: "Cancel all orders after timeout")
    }
  }
}

/// When the orders of accounts that set a switch are cancelled.
final class DeadManSwitches: Sendable {
  private let ends = Mutex<[String: Timestamp]>([:])

  /// Arms, re-arms or, with `nil`, disarms.
  func set(_ account: String, _ end: Timestamp?) { ends.withLock { $0[account] = end } }

  /// The accounts whose time is over, each told once.
  func due(at now: Timestamp) -> [String] {
    ends.withLock { ends in
      guard !ends.isEmpty else { return [] }
      let due = ends.filter { $0.value <= now }.keys.sorted()
      for account in due { ends[account] = nil }
      return due
    }
  }
}
