import Descriptor

/// The venues that are written in Swift: the one list.
enum Venues {
  /// By the order in which they are told.
  static let all: [any BuiltInVenue.Type] = [KrakenVenue.self, CoinbaseVenue.self]

  /// The rights that keys can have, by the venues' own names.
  static let permissionNames = all.flatMap { $0.permissionNames } + DerivedKey.rights
}

/// A venue that a sandbox serves, before there is an exchange.
struct ServedVenue: Sendable {
  let rules: VenueRules
  let make: @Sendable (Exchange) -> any VenueHandler

  /// One that is written in Swift.
  init(_ type: any BuiltInVenue.Type, _ options: VenueOptions) {
    rules = type.rules
    make = { type.init(exchange: $0, options: options) }
  }

  /// One that is made from a descriptor.
  init(_ descriptor: Descriptor) {
    let rules = DerivedListings(descriptor).rules
    self.rules = rules
    make = { DerivedVenue(exchange: $0, descriptor: descriptor, rules: rules) }
  }

  /// All that a sandbox serves: a descriptor's takes the place of a venue in Swift of its name.
  static func all(_ descriptors: [Descriptor], _ options: VenueOptions) -> [ServedVenue] {
    let names = Set(descriptors.map(\.name))
    let builtIn = Venues.all.filter { !names.contains($0.rules.name) }.map { ServedVenue($0, options) }
    return builtIn + descriptors.map { ServedVenue($0) }
  }
}
