import Core

@testable import Journal
@testable import Trading

/// The venue's side: orders of ours and of others, at some point of their lives.
struct VenueSide {
  struct Made {
    let id: ClientOrderID
    let isForeign: Bool
    let venueOrderID: VenueOrderID
    let request: OrderRequest
    let fills: [Fill]
    let filled: Quantity
    let status: Order.Status
    let state: OrderState
    let ordered: Int
    let filledUnits: Int
  }

  let ours: [Made]

  init(_ random: inout StrategyRandom) {
    ours = (0..<Int.random(in: 1...6, using: &random)).map { Self.made($0, &random) }
  }

  private static func made(_ number: Int, _ random: inout StrategyRandom) -> Made {
    let ordered = Int.random(in: 1...1_000, using: &random)
    let id = ClientOrderID(journal: "0123456789ab", sequence: UInt64(number))
    let name = VenueOrderID("O\(number)")
    var left = ordered
    var fills: [Fill] = []
    for part in 0..<Int.random(in: 0...4, using: &random) where left > 0 {
      let units = Int.random(in: 1...left, using: &random)
      fills.append(fill("T\(number)-\(part)", name, units, at: 1_000 + part))
      left -= units
    }
    let filled = ordered - left
    let status: Order.Status
    let state: OrderState
    switch (left, Int.random(in: 0..<3, using: &random)) {
    case (0, _): (status, state) = (.filled, .filled)
    case (_, 0): (status, state) = (.cancelled, .cancelled)
    case (_, 1): (status, state) = (.expired, .expired)
    default: (status, state) = (.open, filled > 0 ? .partiallyFilled : .accepted)
    }
    return Made(
      id: id, isForeign: Int.random(in: 0..<4, using: &random) == 0, venueOrderID: name,
      request: request(id, ordered), fills: fills, filled: Quantity(ExactDecimal(integer: filled)), status: status,
      state: state, ordered: ordered, filledUnits: filled)
  }

  var foreignOpen: Set<VenueOrderID> {
    Set(ours.filter { $0.isForeign && !$0.status.isFinal }.map(\.venueOrderID))
  }

  func request(_ id: ClientOrderID) -> OrderRequest {
    ours.first { $0.id == id }?.request ?? Self.request(id, 1)
  }

  func fills(of id: ClientOrderID) -> [Fill] { ours.first { $0.id == id }?.fills ?? [] }

  func snapshot(_ random: inout StrategyRandom) -> VenueSnapshot {
    let orders = ours.map { made in
      Self.order(
        made.venueOrderID.rawValue, made.isForeign ? nil : made.id, made.status, ordered: made.ordered,
        filled: made.filledUnits, at: 1_000)
    }
    return VenueSnapshot(
      open: orders.filter { !$0.status.isFinal }.shuffled(using: &random),
      closed: orders.filter(\.status.isFinal).shuffled(using: &random),
      fills: ours.flatMap(\.fills).shuffled(using: &random))
  }

  /// As the venue showed it at some time before: orders pending or open that have ended since, less of them filled, some
  /// not there yet.
  func olderSnapshot(_ random: inout StrategyRandom) -> VenueSnapshot {
    var orders: [Order] = []
    var fills: [Fill] = []
    for made in ours where Int.random(in: 0..<5, using: &random) > 0 {
      let known = made.fills.prefix(Int.random(in: 0...made.fills.count, using: &random))
      fills += known
      let filled = known.reduce(ExactDecimal.zero) { (try? $0 + $1.quantity.value) ?? $0 }
      var order = Self.order(
        made.venueOrderID.rawValue, made.isForeign ? nil : made.id, Bool.random(using: &random) ? .pending : .open,
        ordered: made.ordered, filled: 0, at: 1_000)
      order.filledQuantity = Quantity(filled)
      orders.append(order)
    }
    return VenueSnapshot(open: orders.shuffled(using: &random), fills: fills.shuffled(using: &random))
  }

  static func order(
    _ name: String, _ id: ClientOrderID?, _ status: Order.Status, ordered: Int, filled: Int, at seconds: Int64
  ) -> Order {
    Order(
      venueOrderID: VenueOrderID(name), clientOrderID: id, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      status: status, quantity: Quantity(ExactDecimal(integer: ordered)),
      filledQuantity: Quantity(ExactDecimal(integer: filled)),
      createdAt: Timestamp(nanoseconds: seconds * 1_000_000_000))
  }

  private static func request(_ id: ClientOrderID, _ ordered: Int) -> OrderRequest {
    OrderRequest(
      clientOrderID: id, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      quantity: Quantity(ExactDecimal(integer: ordered)), limit: Price(ExactDecimal(integer: 100)),
      timeInForce: .immediateOrCancel, deadline: Timestamp(nanoseconds: 0))
  }

  private static func fill(_ id: String, _ order: VenueOrderID, _ units: Int, at seconds: Int) -> Fill {
    Fill(
      id: id, venueOrderID: order, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      price: Price(ExactDecimal(integer: 100)), quantity: Quantity(ExactDecimal(integer: units)), fee: .zero,
      feeCurrency: "USD", time: Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000))
  }
}
