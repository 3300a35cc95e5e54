import Core

/// Several orders in one call.
extension KrakenOrders {
  /// How many orders a call places.
  static let placed = 2...15
  /// How many orders a call cancels.
  static let cancelled = 1...50

  /// `AddOrderBatch`: all are looked at before any is taken; what the account cannot cover fails alone.
  func addBatch(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let now = now
    let rows = call.parameters.elements("orders")
    guard let pair = call.parameters["pair"], Self.placed.contains(rows.count) else { throw .invalidArguments }
    guard let listing = KrakenVenue.rules.listing(named: pair) else { throw .unknownPair }
    try count(Double(rows.count) / 2, call, listing, now)
    let deadline = try KrakenTicket.deadline(call.parameters, now: now)
    var tickets: [OrderTicket] = []
    var names: Set<String> = []
    for row in rows {
      let ticket = try KrakenTicket.read(row.adding("pair", pair), now: now).ticket
      try check(ticket, call)
      try checkForm(ticket, call.key.account)
      if let name = ticket.clientOrderID, !names.insert(name).inserted {
        throw .invalidArgument("cl_ord_id not unique")
      }
      tickets.append(ticket)
    }
    try checkOpenOrders(tickets.count, call, listing)
    let validates = call.parameters["validate"] == "true"
    return [
      "orders": .array(
        try tickets.map { ticket throws(KrakenError) in
          try outcome(ticket, listing, call, validates ? nil : .some(deadline))
        })
    ]
  }

  /// Everything that can be said against an order but that it is not covered.
  private func checkForm(_ ticket: OrderTicket, _ account: String) throws(KrakenError) {
    do throws(OrderRefusal) {
      try exchange.check(ticket, account: account)
    } catch {
      guard error != .insufficientFunds else { return }
      throw Self.error(error)
    }
  }

  /// One order of a batch; `deadline` is `nil` where it is only looked at.
  private func outcome(
    _ ticket: OrderTicket, _ listing: Listing, _ call: KrakenCall, _ deadline: Timestamp??
  ) throws(KrakenError) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    if let deadline {
      do throws(KrakenError) {
        members.append(("txid", .string(try place(ticket, call, deadline).id)))
      } catch {
        members.append(("error", .string(error.text)))
      }
    }
    members.append(("descr", ["order": .string(KrakenText.description(ticket, listing))]))
    let close = KrakenText.close(ticket, listing)
    if !close.isEmpty { members.append(("close", .string(close))) }
    return .object(members)
  }

  /// `CancelOrderBatch`: by id, by number or by own name; how many of them were open.
  func cancelBatch(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let ids = call.parameters.list("orders")
    let names = call.parameters.list("cl_ord_ids")
    guard Self.cancelled.contains(ids.count + names.count) else { throw .invalidArguments }
    var targets: [String] = []
    for id in ids { targets += (try? target(KrakenParameters(form: "").adding("txid", id), call.key.account)) ?? [] }
    for name in names {
      targets += (try? target(KrakenParameters(form: "").adding("cl_ord_id", name), call.key.account)) ?? []
    }
    var count = 0
    var seen: Set<String> = []
    for id in targets where seen.insert(id).inserted {
      do throws(KrakenError) {
        try cancel(id, call)
        count += 1
      } catch {
        // What is gone already is not counted; a venue that keeps no record has to say so.
        guard error != .unavailable else { throw error }
      }
    }
    return cancelled(count, call)
  }
}
