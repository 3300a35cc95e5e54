import Core

/// How an entry looks in the file: one JSON object on one line.
enum LedgerCodec {
  static func line(_ entry: LedgerEntry) -> String {
    let value: JSONValue = [
      "time": .string(String(entry.time.nanoseconds)), "market": .string(String(entry.marketTime.nanoseconds)),
      "events": .array(entry.events.map(value)),
    ]
    return value.encoded + "\n"
  }

  static func entry(_ line: [UInt8]) throws(JSONError) -> LedgerEntry {
    let json = try JSON(parsing: line)
    let time = try json.timestamp("time")
    var events: [LedgerEvent] = []
    for event in try json.array("events") { events.append(try self.event(event, at: time)) }
    return LedgerEntry(time: time, marketTime: try json.timestamp("market"), events: events)
  }

  private static func value(_ event: LedgerEvent) -> JSONValue {
    switch event {
    case .started(let seed, let clock):
      [
        "event": "started", "seed": .string(String(seed)),
        "wall_origin": .string(String(clock.wallOrigin.nanoseconds)),
        "origin": .string(String(clock.origin.nanoseconds)), "speed": .integer(clock.speed),
      ]
    case .accountOpened(let name, let venue, let identity, let funds):
      [
        "event": "account", "account": .string(name), "venue": .string(venue), "identity": .string(identity),
        "funds": .object(funds.sorted { $0.key < $1.key }.map { ($0.key, .optional($0.value)) }),
      ]
    case .orderAccepted(let order): orderValue(order)
    case .filled(let fill): fillValue(fill)
    case .amended(let order, let change, let detail):
      [
        "event": "amended", "order": .integer(order), "limit": .optional(change.limit),
        "trigger": .optional(change.trigger), "quantity": .optional(change.quantity),
        "detail": value(detail),
      ]
    case .triggered(let order): ["event": "triggered", "order": .integer(order)]
    case .moved(let account, let currency, let amount):
      [
        "event": "moved", "account": .string(account), "currency": .string(currency), "amount": .optional(amount),
      ]
    case .ended(let order, let status, let reason):
      ["event": "ended", "order": .integer(order), "status": .string(status.rawValue), "reason": .string(reason)]
    }
  }

  private static func event(_ json: JSON, at time: Timestamp) throws(JSONError) -> LedgerEvent {
    switch try json.string("event") {
    case "started":
      let clock = MarketClock(
        wallOrigin: try json.timestamp("wall_origin"), origin: try json.timestamp("origin"),
        speed: try json.integer("speed"))
      return .started(seed: try json.word("seed") { UInt64($0) }, clock: clock)
    case "account":
      var funds: [String: ExactDecimal] = [:]
      for (currency, _) in try json.object("funds").members ?? [] {
        funds[currency] = try json.object("funds").decimal(currency)
      }
      return .accountOpened(
        name: try json.string("account"), venue: try json.string("venue"), identity: try json.string("identity"),
        funds: funds)
    case "order": return .orderAccepted(try order(json))
    case "fill": return .filled(try fill(json))
    case "amended":
      // Lines of earlier versions have no trigger.
      let change = OrderAmendment(
        limit: try json.optionalDecimal("limit"), trigger: try json.optionalDecimal("trigger"),
        quantity: try json.decimal("quantity"), time: time)
      return .amended(order: try json.integer("order"), change, detail: try detail(json))
    case "triggered": return .triggered(order: try json.integer("order"))
    case "moved":
      return .moved(
        account: try json.string("account"), currency: try json.string("currency"), amount: try json.decimal("amount"))
    case "ended":
      return .ended(
        order: try json.integer("order"), try json.word("status", VenueOrder.Status.init),
        reason: try json.string("reason"))
    default: throw .wrongType("event", expected: "a known event")
    }
  }
}

extension JSON {
  /// Nanoseconds since 1970.
  func timestamp(_ key: String) throws(JSONError) -> Timestamp {
    Timestamp(nanoseconds: try word(key) { Int64($0) })
  }

  /// A string that means something.
  func word<Value>(_ key: String, _ read: (String) -> Value?) throws(JSONError) -> Value {
    guard let value = read(try string(key)) else { throw .wrongType(key, expected: "a word this version knows") }
    return value
  }
}
