/// The venues that the sandbox serves: the one list.
enum Venues {
  /// By the order in which they are told.
  static let all: [any VenueHandler.Type] = [KrakenVenue.self, CoinbaseVenue.self]
}
