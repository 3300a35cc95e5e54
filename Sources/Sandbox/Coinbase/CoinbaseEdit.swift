import Core

extension CoinbaseOrderDesk {
  /// `POST /orders/edit`: another price and size for a resting good-till-cancelled limit order; its id stays.
  func edit(_ body: [UInt8]) throws(CoinbaseError) -> JSONValue {
    let edit = try Edit(body)
    if wantedError == "EditOrder_failure" { return Self.edited(.unknown) }
    do throws(EditRefusal) {
      let order = try editable(edit)
      let detail = CoinbaseOrderConfiguration(remembered: order.ticket.detail)
        .edited(price: edit.price, size: edit.size).detail
      try amend(order, OrderChange(limit: edit.limit, quantity: edit.quantity, detail: detail))
    } catch {
      return Self.edited(error)
    }
    return ["success": .boolean(true), "errors": []]
  }

  /// `POST /orders/edit_preview`: what the order would cost if it were changed so. Nothing is kept.
  func previewEdit(_ body: [UInt8]) throws(CoinbaseError) -> JSONValue {
    let edit = try Edit(body)
    var problems: JSONValue = []
    var estimate = Estimate()
    do throws(EditRefusal) {
      var ticket = try editable(edit).ticket
      ticket.limit = edit.limit
      ticket.size = .base(edit.quantity)
      estimate = self.estimate(ticket)
      // The order's own hold is free for itself: funds are looked at when it is changed.
      do throws(OrderRefusal) {
        ticket.clientOrderID = nil
        try exchange.check(ticket, account: account.name)
      } catch {
        guard error == .insufficientFunds else { throw EditRefusal(error) }
      }
    } catch {
      problems = [error.json]
    }
    return [
      "errors": problems, "slippage": "0", "order_total": .string(estimate.total?.description ?? "0"),
      "commission_total": .string("\(estimate.fees)"), "quote_size": .string("\(estimate.cost)"),
      "base_size": .string("\(estimate.quantity)"), "best_bid": .string(estimate.bid?.description ?? ""),
      "best_ask": .string(estimate.ask?.description ?? ""),
      "average_filled_price": .string(estimate.averagePrice?.description ?? ""), "order_margin_total": "0",
    ]
  }

  /// What an edit asks.
  private struct Edit {
    let id: String
    let price: String
    let size: String
    let limit: ExactDecimal
    let quantity: ExactDecimal

    init(_ body: [UInt8]) throws(CoinbaseError) {
      let json = try CoinbaseBody(body)
      guard let id = try json.text("order_id"), let price = try json.text("price"), let size = try json.text("size")
      else { throw .invalidArgument("order_id, price and size are required") }
      guard let limit = try? ExactDecimal(parsing: price), let quantity = try? ExactDecimal(parsing: size) else {
        throw .invalidArgument("price and size must be decimals")
      }
      (self.id, self.price, self.size, self.limit, self.quantity) = (id, price, size, limit, quantity)
    }
  }

  private func editable(_ edit: Edit) throws(EditRefusal) -> VenueOrder {
    guard let order = exchange.order(edit.id, account: account.name) else { throw EditRefusal("ORDER_NOT_FOUND") }
    guard CoinbaseOrderConfiguration(remembered: order.ticket.detail).kind == .limitGTC else {
      throw EditRefusal("ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
    }
    guard order.status == .open else {
      throw EditRefusal(order.status == .filled ? "ORDER_ALREADY_FILLED" : "ONLY_OPEN_ORDERS_CAN_BE_EDITED")
    }
    return order
  }

  private func amend(_ order: VenueOrder, _ change: OrderChange) throws(EditRefusal) {
    do throws(AmendRefusal) {
      _ = try exchange.amend(order.id, account: account.name, to: change)
    } catch {
      throw EditRefusal(error)
    }
  }

  private static func edited(_ refusal: EditRefusal) -> JSONValue {
    ["success": .boolean(false), "errors": [refusal.json]]
  }
}

/// Why an order was not changed, in the venue's words.
struct EditRefusal: Error, Hashable, Sendable {
  let reason: String
  let preview: String

  init(_ reason: String, preview: String = "UNKNOWN_PREVIEW_FAILURE_REASON") {
    self.reason = reason
    self.preview = preview
  }

  static let unknown = EditRefusal("UNKNOWN_EDIT_ORDER_FAILURE_REASON")

  var json: JSONValue {
    ["edit_failure_reason": .string(reason), "preview_failure_reason": .string(preview)]
  }

  init(_ refusal: AmendRefusal) {
    switch refusal {
    case .neverExisted: self.init("ORDER_NOT_FOUND")
    case .ended(let order):
      self.init(order.status == .filled ? "ORDER_ALREADY_FILLED" : "ONLY_OPEN_ORDERS_CAN_BE_EDITED")
    case .unsupported: self.init("ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
    case .belowFilled: self.init("CANNOT_EDIT_TO_BELOW_FILLED_SIZE")
    case .order(.unavailable): self.init("COMMANDER_REJECTED_EDIT_ORDER")
    case .order(let refusal): self.init(refusal)
    }
  }

  init(_ refusal: OrderRefusal) {
    let preview = CoinbaseRejection(refusal, sizedInQuote: false).previewReason
    switch refusal {
    case .pricePrecision, .priceNotOnTick: self.init("INVALID_EDITED_PRICE", preview: preview)
    case .quantityPrecision, .quantityTooSmall, .quantityTooLarge, .notionalTooSmall:
      self.init("INVALID_EDITED_SIZE", preview: preview)
    default: self.init(Self.unknown.reason, preview: preview)
    }
  }
}
