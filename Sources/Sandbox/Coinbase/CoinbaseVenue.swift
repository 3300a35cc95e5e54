import Core

/// The Coinbase Advanced Trade venue.
struct CoinbaseVenue: VenueHandler {
  static let rules = VenueRules(
    name: "coinbase", assets: CoinbaseListings.assets, listings: CoinbaseListings.all, fees: CoinbaseListings.fees,
    clientOrderIDScope: .allOrders, postOnlyCrossing: .refused,
    orderID: { IDText.uuid($0, salt: 1) }, fillID: { IDText.uuid($0, salt: 2) }, identity: { IDText.uuid($0, salt: 3) })

  private let exchange: Exchange

  init(exchange: Exchange) { self.exchange = exchange }

  func subject(of request: VenueRequest) -> RequestSubject {
    RequestSubject(account: nil, endpoint: "\(request.method) \(request.path)")
  }

  func respond(to request: VenueRequest) -> VenueResponse { .text("Not Found", status: 404) }

  func errorResponse(_ text: String) -> VenueResponse {
    .json(["error": .string(text), "error_details": "", "message": .string(text)], status: 500)
  }

  func issueKey(account: String) -> IssuedKey { IssuedKey(credentials: []) }

  func revokeKeys(account: String) -> Int { 0 }
}
