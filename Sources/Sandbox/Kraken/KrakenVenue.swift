import Core

/// The Kraken Spot venue.
struct KrakenVenue: VenueHandler {
  static let rules = VenueRules(
    name: "kraken", assets: KrakenListings.assets, listings: KrakenListings.all, fees: KrakenListings.fees,
    clientOrderIDScope: .openOrders, postOnlyCrossing: .acceptedThenCancelled,
    orderID: { IDText.kraken("O", $0) }, fillID: { IDText.kraken("T", $0) }, identity: KrakenListings.identity)

  private let exchange: Exchange

  init(exchange: Exchange) { self.exchange = exchange }

  func subject(of request: VenueRequest) -> RequestSubject { RequestSubject(account: nil, endpoint: request.path) }
  func respond(to request: VenueRequest) -> VenueResponse { .text("Not Found", status: 404) }
  func errorResponse(_ text: String) -> VenueResponse { .json(["error": [.string(text)]]) }
  func issueKey(account: String) -> IssuedKey { IssuedKey(credentials: []) }
  func revokeKeys(account: String) -> Int { 0 }
}
