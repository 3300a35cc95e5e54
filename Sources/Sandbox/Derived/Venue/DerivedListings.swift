import Broker
import Core
import Descriptor

/// Assets and markets of a derived venue, under the names that its descriptor reads.
struct DerivedListings {
  let assets: [VenueAsset]
  let listings: [Listing]
  let fees: FeeRates
  private let descriptor: Descriptor

  /// What there is to be listed: tick, step and least quantity, small enough for any account's first orders.
  private struct Market {
    let base: String
    let quote: String
    let tick: String
    let step: String
    let least: String
    var status = Instrument.Status.online
  }

  private static let rules: [(base: String, tick: String, step: String, least: String)] = [
    ("BTC", "0.01", "0.000001", "0.00001"), ("ETH", "0.01", "0.00001", "0.0001"), ("SOL", "0.01", "0.0001", "0.001"),
    ("DOGE", "0.00001", "0.1", "1"),
  ]

  private static let markets =
    ["USD", "USDT"].flatMap { quote in
      rules.map { Market(base: $0.base, quote: quote, tick: $0.tick, step: $0.step, least: $0.least) }
    } + [
      Market(base: "BTC", quote: "USDC", tick: "0.01", step: "0.000001", least: "0.00001"),
      Market(base: "XRP", quote: "USD", tick: "0.0001", step: "0.1", least: "1", status: .cancelOnly),
    ]

  init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
    let theirs = Dictionary(descriptor.naming.currencies.map { ($0.value, $0.key) }.sorted { $0.1 < $1.1 }) { a, _ in a
    }
    assets = ["USD", "USDT", "USDC", "BTC", "ETH", "SOL", "DOGE", "XRP"].map { name in
      // Sixteen digits hold every price times quantity times fee rate exactly.
      VenueAsset(name: name, venueName: theirs[name] ?? name, altName: name, decimals: 16)
    }
    if descriptor.operations[.fills]?.call.fields["fee"] == .literal("0") {
      // A brokerage whose fills tell no fee takes none here.
      fees = FeeRates(maker: .zero, taker: .zero)
    } else if let fixed = descriptor.fixedFees, descriptor.reckonsFees {
      // What a fill does not tell is reckoned at the taker's rate, whoever rested.
      fees = FeeRates(maker: fixed.taker, taker: fixed.taker)
    } else if let fixed = descriptor.fixedFees {
      fees = FeeRates(maker: fixed.maker, taker: fixed.taker)
    } else {
      fees = FeeRates(maker: .literal("0.002"), taker: .literal("0.004"))
    }
    let names = Dictionary(uniqueKeysWithValues: assets.map { ($0.name, $0.venueName) })
    listings = Self.markets.compactMap { Self.listing($0, names, descriptor) }
  }

  /// A market as the descriptor will read it: what it cannot say is as its file has it.
  private static func listing(_ market: Market, _ names: [String: String], _ descriptor: Descriptor) -> Listing? {
    guard let operation = descriptor.operations[.instruments] else { return nil }
    let base = names[market.base] ?? market.base
    let quote = names[market.quote] ?? market.quote
    let named = descriptor.naming.symbol?.text(["base": base, "quote": quote]) ?? base + quote
    // Where the id's own text says base and quote it is not free: then it is what they make of it.
    for (call, wanted) in ([operation.call] + operation.also).flatMap({ [($0, named), ($0, String?.none)] }) {
      var fields: [String: AnswerValue] = [
        "base": .text(base), "quote": .text(quote), "tick": .text(market.tick), "step": .text(market.step),
        "minimum_quantity": .text(market.least), "minimum_notional": .text("1"),
        "maximum_quantity": .text("100000000"), "maximum_notional": .text("1000000000"),
      ]
      guard let status = word(market.status, call.fields["status"], descriptor.words) else { return nil }
      fields["status"] = .text(status)
      let spot = AnswerSpot(AnswerDraft(), key: base + quote)
      if let wanted { fields["id"] = .text(wanted) }
      let readings = call.fields.filter { $0.key != "alias" && ($0.key != "id" || wanted != nil) }
      let failed = AnswerWriter(spot).write(fields, by: readings)
      guard !failed.contains(where: { ["id", "base", "quote", "status"].contains($0) }) else { continue }
      let reader = AnswerReader(spot)
      func number(_ name: String) -> ExactDecimal? {
        guard let reading = call.fields[name], let text = reader.text(reading) else { return nil }
        return AnswerReader.number(text)
      }
      guard let tick = number("tick"), let step = number("step"), tick.isPositive, step.isPositive else { continue }
      return Listing(
        instrument: Instrument(
          symbol: Symbol(base: market.base, quote: market.quote), venueID: id(base, quote, call, reader, descriptor),
          venueBase: base, venueQuote: quote, status: market.status, tickSize: tick, lotStep: step,
          minimumQuantity: Quantity(least(number("minimum_quantity"), step)),
          maximumQuantity: number("maximum_quantity").map(Quantity.init),
          minimumNotional: number("minimum_notional").map(Notional.init),
          maximumNotional: number("maximum_notional").map(Notional.init)),
        priceDecimals: Int(tick.scale), quantityDecimals: Int(step.scale))
    }
    return nil
  }

  /// A venue has a least quantity also where its descriptor does not read it.
  private static func least(_ told: ExactDecimal?, _ step: ExactDecimal) -> ExactDecimal {
    if let told { return told }
    let ten = try? step * ExactDecimal(integer: 10)
    if let ten { return ten }
    return step
  }

  /// What requests call it.
  private static func id(
    _ base: String, _ quote: String, _ call: Call, _ reader: AnswerReader, _ descriptor: Descriptor
  ) -> String {
    if let reading = call.fields["id"], let there = reader.text(reading) { return there }
    return descriptor.naming.symbol?.text(["base": base, "quote": quote]) ?? base + quote
  }

  /// The venue's word for a market's state; `nil` where it has none.
  static func word(_ status: Instrument.Status, _ reading: Reading?, _ words: Words) -> String? {
    if case .cases(let cases) = reading {
      let wanted = [status.rawValue, Instrument.Status.offline.rawValue]
      return status == .online
        ? status.rawValue : wanted.first { word in cases.contains { $0.then == word } }
    }
    if case .literal(let text) = reading { return status == .online ? text : nil }
    if let word = words.instrumentStatuses.first(where: { $0.ours == status }) { return word.theirs }
    if status == .online { return words.otherInstrumentStatus == .online ? "anything" : nil }
    if let word = words.instrumentStatuses.first(where: { $0.ours == .offline }) { return word.theirs }
    return words.otherInstrumentStatus == .offline || words.otherInstrumentStatus == status ? "halted" : nil
  }

  /// What trading there is like.
  var rules: VenueRules {
    let uniqueness = descriptor.clientIDs.uniqueness
    return VenueRules(
      name: descriptor.name, assets: assets, listings: listings, fees: fees,
      clientOrderIDScope: Self.scope(uniqueness),
      postOnlyCrossing: DerivedFailures(table: descriptor.failures).knowsForCertain(.orderRejected)
        ? .refused : .acceptedThenCancelled,
      reachedTrigger: .fires,
      // Numbers of fifteen digits are ids that every venue could have, as text and as a number.
      orderID: { String($0 >> 14) }, fillID: { String($0 >> 14) }, identity: { "account-" + IDText.hex($0) })
  }
}

extension Descriptor {
  /// Whether a fill's fee is reckoned from its price and quantity: such a venue takes it from what was received.
  var reckonsFees: Bool {
    guard let fields = operations[.fills]?.call.fields, case .cases(let cases)? = fields["fee"],
      let price = fields["price"], let quantity = fields["quantity"]
    else { return false }
    let known = Set(price.plainPaths + quantity.plainPaths)
    return cases.allSatisfy { $0.reading.map { Set($0.plainPaths).isSubset(of: known) } ?? false }
  }
}

extension Reading {
  /// Every path that it is made of.
  fileprivate var plainPaths: [Path] {
    switch self {
    case .path(let path): [path]
    case .literal, .cases: []
    case .apply(_, let parts), .first(let parts): parts.flatMap(\.plainPaths)
    }
  }
}

extension DerivedListings {
  /// Among which orders a name may stand once.
  private static func scope(_ uniqueness: ClientOrderIDRule.Uniqueness) -> VenueRules.ClientOrderIDScope {
    switch uniqueness {
    case .none: .none
    case .open: .openOrders
    case .ever, .day, .returnsExisting: .allOrders
    }
  }
}

extension Template {
  /// The template with these variables put in; `nil` where one is missing.
  func text(_ variables: [String: String]) -> String? {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let literal): text += literal
      case .variable(let name, let filter):
        guard let value = variables[name] else { return nil }
        text += filter == .upper ? value.uppercased() : filter == .lower ? value.lowercased() : value
      }
    }
    return text
  }
}
