import Core

/// An injected error in the shape in which the venue says it: by status, or for a call about orders with status 200 in
/// its body.
enum CoinbaseInjectedError {
  static func response(_ text: String, to request: VenueRequest) -> VenueResponse {
    switch text {
    case "Unauthorized": return CoinbaseError.unauthorized.response
    case "PERMISSION_DENIED", "Missing required scopes": return CoinbaseError.missingScopes.response
    case "INVALID_ARGUMENT", "unknown":
      return CoinbaseError(status: 400, body: .detailed(code: text, text: "injected")).response
    case "NOT_FOUND": return CoinbaseError.notFound("injected").response
    case "rate_limit_exceeded", "resource_exhausted":
      return CoinbaseError(status: 429, body: .listed(id: text, text: "Too many requests")).response
    default: return refusal(text, to: request) ?? CoinbaseError.broken(text).response
    }
  }

  /// A word about an order; `nil` for other calls, and for what is said of the venue itself.
  private static func refusal(_ text: String, to request: VenueRequest) -> VenueResponse? {
    let isWord = text.utf8.allSatisfy { (65...90).contains($0) || $0 == 95 }
    guard text != "INTERNAL", isWord || text == CoinbaseRejection.noWallet.message,
      let route = CoinbaseRoute(method: request.method, path: request.path)
    else { return nil }
    switch route.endpoint {
    case .placeOrder:
      let refusal = CoinbaseRejection(
        reason: isWord ? text : "UNKNOWN_FAILURE_REASON", message: isWord ? "injected" : text)
      return .json(["success": .boolean(false), "error_response": refusal.body, "order_configuration": [:]])
    case .previewOrder: return .json(["errs": [.string(text)], "preview_id": ""])
    case .cancelOrders:
      let orders = (try? JSON(parsing: request.body))?["order_ids"]?.elements?.compactMap(\.text) ?? []
      return .json([
        "results": .array(
          orders.map { ["success": .boolean(false), "failure_reason": .string(text), "order_id": .string($0)] })
      ])
    case .editOrder:
      return .json([
        "success": .boolean(false),
        "errors": [["edit_failure_reason": .string(text), "preview_failure_reason": "UNKNOWN_PREVIEW_FAILURE_REASON"]],
      ])
    default: return nil
    }
  }
}
