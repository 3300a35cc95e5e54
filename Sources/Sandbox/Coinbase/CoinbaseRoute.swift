/// What can be asked of the venue.
enum CoinbaseEndpoint: Hashable, Sendable {
  case time, products, product, candles, ticker, bestBidAsk, productBook
  case accounts, account, keyPermissions, portfolios, transactionSummary
  case placeOrder, previewOrder, cancelOrders, editOrder, previewEdit, listOrders, order, fills
}

/// A request's method and path, recognised.
struct CoinbaseRoute: Hashable, Sendable {
  let endpoint: CoinbaseEndpoint
  /// The pattern, for logs and faults: `GET /products/*`.
  let name: String
  /// What stands at the pattern's star.
  let parameter: String?
  /// Whether anybody may ask.
  let isPublic: Bool

  /// Whether a key needs the right to trade.
  var needsTrade: Bool {
    switch endpoint {
    case .placeOrder, .cancelOrders, .editOrder: true
    default: false
    }
  }

  static let prefix = "/api/v3/brokerage/"

  private struct Pattern {
    let method: String
    let path: String
    let endpoint: CoinbaseEndpoint
    let isPublic: Bool

    init(_ method: String, _ path: String, _ endpoint: CoinbaseEndpoint, isPublic: Bool = false) {
      self.method = method
      self.path = path
      self.endpoint = endpoint
      self.isPublic = isPublic
    }
  }

  /// The first that fits is meant.
  private static let patterns = [
    Pattern("GET", "time", .time, isPublic: true),
    Pattern("GET", "market/products", .products, isPublic: true),
    Pattern("GET", "market/products/*", .product, isPublic: true),
    Pattern("GET", "market/products/*/candles", .candles, isPublic: true),
    Pattern("GET", "market/products/*/ticker", .ticker, isPublic: true),
    Pattern("GET", "market/product_book", .productBook, isPublic: true),
    Pattern("GET", "products", .products),
    Pattern("GET", "products/*", .product),
    Pattern("GET", "products/*/candles", .candles),
    Pattern("GET", "products/*/ticker", .ticker),
    Pattern("GET", "best_bid_ask", .bestBidAsk),
    Pattern("GET", "product_book", .productBook),
    Pattern("GET", "accounts", .accounts),
    Pattern("GET", "accounts/*", .account),
    Pattern("GET", "key_permissions", .keyPermissions),
    Pattern("GET", "portfolios", .portfolios),
    Pattern("GET", "transaction_summary", .transactionSummary),
    Pattern("POST", "orders", .placeOrder),
    Pattern("POST", "orders/preview", .previewOrder),
    Pattern("POST", "orders/batch_cancel", .cancelOrders),
    Pattern("POST", "orders/edit", .editOrder),
    Pattern("POST", "orders/edit_preview", .previewEdit),
    Pattern("GET", "orders/historical/batch", .listOrders),
    Pattern("GET", "orders/historical/fills", .fills),
    Pattern("GET", "orders/historical/*", .order),
  ]

  /// The names of all routes.
  static let names = patterns.map { "\($0.method) /\($0.path)" }

  /// `nil` when the venue has no such route.
  init?(method: String, path: String) {
    guard path.hasPrefix(Self.prefix) else { return nil }
    let parts = path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
    for pattern in Self.patterns where pattern.method == method {
      guard let parameter = Self.match(parts, pattern.path) else { continue }
      self.endpoint = pattern.endpoint
      self.name = "\(method) /\(pattern.path)"
      self.parameter = parameter.isEmpty ? nil : parameter
      self.isPublic = pattern.isPublic
      return
    }
    return nil
  }

  /// What stands at the star, empty without one; `nil` when the path is another.
  private static func match(_ parts: [Substring], _ pattern: String) -> String? {
    let wanted = pattern.split(separator: "/")
    guard wanted.count == parts.count else { return nil }
    var parameter = ""
    for (part, want) in zip(parts, wanted) {
      if want == "*", !part.isEmpty {
        parameter = String(part)
      } else if part != want {
        return nil
      }
    }
    return parameter
  }
}

extension CoinbaseVenue {
  static var endpoints: [String] { CoinbaseRoute.names }
}
