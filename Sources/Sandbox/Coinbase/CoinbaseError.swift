import Core

/// A refusal in one of the venue's shapes (simulator reference B1, B2). Refused orders are no such error: they are
/// answers with status 200.
struct CoinbaseError: Error, Hashable, Sendable {
  /// The HTTP status.
  let status: Int
  /// The body; plain text for 401.
  let body: Body

  /// What is said.
  enum Body: Hashable, Sendable {
    case text(String)
    /// `{"error", "error_details", "message"}`
    case detailed(code: String, text: String)
    /// `{"errors": [{"id", "message"}]}`
    case listed(id: String, text: String)
  }

  /// The answer on the wire.
  var response: VenueResponse {
    switch body {
    case .text(let text): return .text(text, status: status)
    case .detailed(let code, let text):
      return .json(
        ["error": .string(code), "error_details": .string(text), "message": .string(text)], status: status)
    case .listed(let id, let text):
      return .json(["errors": [["id": .string(id), "message": .string(text)]]], status: status)
    }
  }

  /// No token, or one that is not good for this request: the venue never says why.
  static let unauthorized = CoinbaseError(status: 401, body: .text("Unauthorized"))
  /// The key may not do this.
  static let missingScopes = CoinbaseError(
    status: 403, body: .detailed(code: "PERMISSION_DENIED", text: "Missing required scopes"))
  /// Too many requests; not executed.
  static let rateLimited = CoinbaseError(
    status: 429, body: .listed(id: "rate_limit_exceeded", text: "Too many requests"))
  /// The venue is closed for work on it.
  static let maintenance = CoinbaseError(
    status: 503, body: .detailed(code: "UNAVAILABLE", text: "service is down for maintenance"))
  /// No such market.
  static let unknownProduct = notFound("valid product_id is required")

  /// The body is not JSON, or a field has the wrong type.
  static func unreadable(_ field: String) -> CoinbaseError {
    CoinbaseError(status: 400, body: .detailed(code: "unknown", text: "parsing field \(field)"))
  }

  /// An argument that makes no sense.
  static func invalidArgument(_ text: String) -> CoinbaseError {
    CoinbaseError(status: 400, body: .detailed(code: "INVALID_ARGUMENT", text: text))
  }

  /// Something named is not there.
  static func notFound(_ text: String) -> CoinbaseError {
    CoinbaseError(status: 404, body: .detailed(code: "NOT_FOUND", text: text))
  }

  /// The venue itself is in trouble.
  static func broken(_ text: String) -> CoinbaseError {
    CoinbaseError(status: 500, body: .detailed(code: "INTERNAL", text: text))
  }
}
