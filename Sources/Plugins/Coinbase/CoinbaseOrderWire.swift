internal import Broker
internal import Core

/// Orders as they go out and come back.
enum CoinbaseOrderWire {
  /// The body of `POST /orders`.
  static func body(
    _ order: OrderRequest, quantity: Quantity, limit: Price, product: String, clientOrderID: String
  ) -> JSONValue {
    let (name, extra) = configuration(order.timeInForce)
    let amounts: [(key: String, value: JSONValue)] = [
      ("base_size", .string(quantity.description)), ("limit_price", .string(limit.description)),
    ]
    return .object([
      ("client_order_id", .string(clientOrderID)), ("product_id", .string(product)),
      ("side", order.side == .buy ? "BUY" : "SELL"),
      ("order_configuration", .object([(name, .object(amounts + extra))])),
    ])
  }

  private static func configuration(
    _ timeInForce: TimeInForce
  ) -> (name: String, extra: [(key: String, value: JSONValue)]) {
    switch timeInForce {
    case .immediateOrCancel: ("sor_limit_ioc", [])
    case .fillOrKill: ("limit_limit_fok", [])
    case .goodTillCancelled: ("limit_limit_gtc", [("post_only", .boolean(false))])
    case .goodTillDate(let end):
      ("limit_limit_gtd", [("end_time", .string(end.description)), ("post_only", .boolean(false))])
    }
  }

  /// An order of `historical/…`; `symbol` knows the products that were learnt.
  static func order(_ json: JSON, symbol: (String) -> Symbol?) throws(JSONError) -> Order {
    let configuration = try configuration(json)
    let average = try json.filledDecimal("average_filled_price")
    let filled = try json.decimal("filled_size")
    return Order(
      venueOrderID: VenueOrderID(try json.string("order_id")),
      clientOrderID: try json.optionalString("client_order_id").flatMap(ClientOrderID.init(parsing:)),
      symbol: symbol(try json.string("product_id")), side: try side(json), status: status(try json.string("status")),
      quantity: try configuration?.filledDecimal("base_size").map(Quantity.init), filledQuantity: Quantity(filled),
      limit: try configuration?.filledDecimal("limit_price").map(Price.init),
      averagePrice: filled.isPositive ? average.flatMap { $0.isPositive ? Price($0) : nil } : nil,
      fees: try json.filledDecimal("total_fees").map(Notional.init), createdAt: try created(json),
      reason: try reason(json))
  }

  /// The settings under the configuration's name, whichever it is; `nil` when there is not exactly one: then the amounts
  /// of the order are not known.
  private static func configuration(_ json: JSON) throws(JSONError) -> JSON? {
    guard json["order_configuration"]?.isNull == false else { return nil }
    let members = try json.object("order_configuration").members ?? []
    return members.count == 1 ? members.first?.value : nil
  }

  static func side(_ json: JSON) throws(JSONError) -> Side {
    switch try json.string("side") {
    case "BUY": .buy
    case "SELL": .sell
    default: throw .wrongType("side", expected: "BUY or SELL")
    }
  }

  static func status(_ word: String) -> Order.Status {
    switch word {
    case "PENDING", "QUEUED": .pending
    case "OPEN", "CANCEL_QUEUED", "EDIT_QUEUED": .open
    case "FILLED": .filled
    case "CANCELLED": .cancelled
    case "EXPIRED": .expired
    case "FAILED": .rejected
    default: .unknown
    }
  }

  /// `0001-01-01T00:00:00Z` stands for "not set".
  private static func created(_ json: JSON) throws(JSONError) -> Timestamp? {
    guard let text = try json.optionalString("created_time"), !text.isEmpty, !text.hasPrefix("0001-01-01") else {
      return nil
    }
    return try json.instant("created_time")
  }

  private static func reason(_ json: JSON) throws(JSONError) -> String? {
    for key in ["reject_reason", "reject_message", "cancel_message"] {
      if let text = try json.optionalString(key), !text.isEmpty, text != "REJECT_REASON_UNSPECIFIED" { return text }
    }
    return nil
  }
}

/// What `POST /orders` answered with status 200.
enum CoinbasePlaced {
  case accepted(VenueOrderID)
  /// Refused: the word that says why, and all of the venue's words.
  case refused(word: String?, text: String)

  /// - Throws: when the answer is for another order than `clientOrderID`, or neither yes nor no.
  init(_ answer: JSON, clientOrderID: String) throws(JSONError) {
    guard try answer.boolean("success") else {
      self = try Self.refusal(answer)
      return
    }
    let success = try answer.object("success_response")
    let id = try success.string("order_id")
    guard !id.isEmpty else { throw .wrongType("order_id", expected: "an order's id") }
    guard try success.optionalString("client_order_id") ?? clientOrderID == clientOrderID else {
      throw .wrongType("client_order_id", expected: "the id that was sent")
    }
    self = .accepted(VenueOrderID(id))
  }

  /// Which field carries the real reason varies: the first that says something.
  private static func refusal(_ answer: JSON) throws(JSONError) -> CoinbasePlaced {
    let response = answer["error_response"]?.kind == .object ? try answer.object("error_response") : answer
    func words(_ keys: [String]) throws(JSONError) -> [String] {
      var words: [String] = []
      for key in keys {
        if let word = try response.optionalString(key), !word.isEmpty { words.append(word) }
      }
      return words
    }
    let enums = try words(["new_order_failure_reason", "preview_failure_reason", "error", "failure_reason"])
    let sentences = try words(["message", "error_details"])
    let telling = enums.first { !$0.hasPrefix("UNKNOWN_") }
    let word = telling ?? sentences.first { CoinbaseReason.ofOrder($0) != nil } ?? enums.first ?? sentences.first
    return .refused(word: word, text: (enums.prefix(1) + sentences).joined(separator: ": "))
  }
}
