import Core

extension CoinbaseOrderDesk {
  /// `POST /orders/edit`: another price and size for a resting good-till-cancelled limit order; its id stays.
  func edit(_ body: [UInt8]) throws(CoinbaseError) -> JSONValue {
    let json = try CoinbaseBody(body)
    guard let id = try json.text("order_id"), let price = try json.text("price"), let size = try json.text("size")
    else { throw .invalidArgument("order_id, price and size are required") }
    guard let limit = try? ExactDecimal(parsing: price), let quantity = try? ExactDecimal(parsing: size) else {
      throw .invalidArgument("price and size must be decimals")
    }
    if wantedError == "EditOrder_failure" { return Self.edited("UNKNOWN_EDIT_ORDER_FAILURE_REASON") }
    guard let order = exchange.order(id, account: account.name) else { return Self.edited("ORDER_NOT_FOUND") }
    let configuration = CoinbaseOrderConfiguration(remembered: order.ticket.detail)
    guard configuration.kind == .limitGTC else { return Self.edited("ONLY_LIMIT_ORDER_EDITS_SUPPORTED") }
    let detail = configuration.edited(price: price, size: size).detail
    do throws(AmendRefusal) {
      _ = try exchange.amend(id, account: account.name, limit: limit, quantity: quantity, detail: detail)
    } catch {
      return Self.edited(error)
    }
    return ["success": .boolean(true), "errors": []]
  }

  private static func edited(_ refusal: AmendRefusal) -> JSONValue {
    switch refusal {
    case .neverExisted: edited("ORDER_NOT_FOUND")
    case .ended(let order): edited(order.status == .filled ? "ORDER_ALREADY_FILLED" : "ONLY_OPEN_ORDERS_CAN_BE_EDITED")
    case .unsupported: edited("ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
    case .belowFilled: edited("CANNOT_EDIT_TO_BELOW_FILLED_SIZE")
    case .order(.unavailable): edited("COMMANDER_REJECTED_EDIT_ORDER")
    case .order(let refusal):
      edited(reason(refusal), CoinbaseRejection(refusal, sizedInQuote: false).previewReason)
    }
  }

  private static func reason(_ refusal: OrderRefusal) -> String {
    switch refusal {
    case .pricePrecision, .priceNotOnTick: "INVALID_EDITED_PRICE"
    case .quantityPrecision, .quantityTooSmall, .quantityTooLarge, .notionalTooSmall: "INVALID_EDITED_SIZE"
    default: "UNKNOWN_EDIT_ORDER_FAILURE_REASON"
    }
  }

  private static func edited(
    _ reason: String, _ preview: String = "UNKNOWN_PREVIEW_FAILURE_REASON"
  ) -> JSONValue {
    [
      "success": .boolean(false),
      "errors": [["edit_failure_reason": .string(reason), "preview_failure_reason": .string(preview)]],
    ]
  }
}
