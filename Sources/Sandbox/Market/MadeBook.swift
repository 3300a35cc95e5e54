import Core

/// One price of a book and what stands there.
struct BookLevel: Hashable, Sendable {
  var price: ExactDecimal
  var quantity: ExactDecimal
}

/// Both sides of a market at an instant, best prices first.
struct MadeBook: Hashable, Sendable {
  var bids: [BookLevel]
  var asks: [BookLevel]
  /// The price of the last trade.
  var last: ExactDecimal
  /// When it was so (market clock); a book stands for a second.
  var time: Timestamp

  /// The side that an order of `side` takes from.
  func opposite(of side: Side) -> [BookLevel] { side == .buy ? asks : bids }
}

/// What a market did in the 24 hours up to now.
struct DayStatistics: Hashable, Sendable {
  var open: ExactDecimal
  var high: ExactDecimal
  var low: ExactDecimal
  var volume: ExactDecimal
  var averagePrice: ExactDecimal
  var trades: Int
}

extension MarketData {
  /// Half the distance between bid and ask, as a share of the middle.
  static let halfSpread = 0.000_15
  /// The distance between two prices of a side, as a share of the middle.
  static let levelDistance = 0.000_4

  /// The book of the market second in which `now` lies, `depth` prices a side, before anybody took from it.
  func book(_ listing: Listing, depth: Int, now: Timestamp) -> MadeBook? {
    let second = now.floored(to: .seconds(1))
    guard let middle = model.midpoint(of: listing.symbol.base, at: second),
      let profile = MarketProfile.named(listing.symbol.base)
    else { return nil }
    let maker = LevelMaker(
      listing: listing, profile: profile, noise: Noise(seed: model.seed, name: listing.symbol.description),
      middle: middle, second: second.seconds)
    let last = max(1, Int((middle / maker.tick).rounded()))
    do throws(DecimalError) {
      return MadeBook(
        bids: try maker.levels(depth, upwards: false), asks: try maker.levels(depth, upwards: true),
        last: try ExactDecimal(integer: last) * listing.instrument.tickSize, time: second)
    } catch {
      return nil
    }
  }

  /// The 24 hours up to `now`.
  func day(_ listing: Listing, now: Timestamp) -> DayStatistics? {
    let minutes = candles(listing, interval: 3_600, from: now.seconds - 86_399, to: now.seconds, now: now)
    guard let first = minutes.first else { return nil }
    var day = DayStatistics(
      open: first.open, high: first.high, low: first.low, volume: .zero, averagePrice: first.averagePrice, trades: 0)
    for minute in minutes {
      day.high = max(day.high, minute.high)
      day.low = min(day.low, minute.low)
      day.volume = (try? day.volume + minute.volume) ?? day.volume
      day.trades += minute.trades
    }
    return day
  }
}

/// Makes the levels of a book.
private struct LevelMaker {
  let listing: Listing
  let profile: MarketProfile
  let noise: Noise
  let middle: Double
  let second: Int
  var tick: Double { listing.tick }

  func levels(_ depth: Int, upwards: Bool) throws(DecimalError) -> [BookLevel] {
    let half = middle * MarketData.halfSpread / tick
    let best = upwards ? (middle / tick + half).rounded(.up) : (middle / tick - half).rounded(.down)
    let distance = max(1, Int((middle * MarketData.levelDistance / tick).rounded()))
    var levels: [BookLevel] = []
    for index in 0..<depth {
      let ticks = Int(best) + (upwards ? 1 : -1) * index * distance
      guard ticks > 0 else { break }
      let quantity = try quantity(index, upwards)
      guard quantity.isPositive else { continue }
      levels.append(
        BookLevel(price: try ExactDecimal(integer: ticks) * listing.instrument.tickSize, quantity: quantity))
    }
    return levels
  }

  private func quantity(_ index: Int, _ upwards: Bool) throws(DecimalError) -> ExactDecimal {
    let share = 0.3 + 1.4 * noise.unit(second &* 512 &+ index, upwards ? 1 : 2)
    let coins = profile.levelDepth * share * (1 + Double(index) * 0.1) / middle
    let steps = Int((coins / listing.step).rounded(.down))
    return try ExactDecimal(integer: steps) * listing.instrument.lotStep
  }
}
