import Core

extension PricePath {
  /// What a minute does, up to `until` where that is given.
  func minute(_ index: Int, until: Timestamp?) -> MinuteBar {
    let first = index * 60 / MarketModel.step
    let open = price(atPoint: first)
    var bar = MinuteBar(open: open, high: open, low: open, close: open, volume: 0)
    let limit = until.map { $0.nanoseconds } ?? .max
    var elapsed = 60.0
    for point in (first + 1)...(first + 60 / MarketModel.step) {
      guard Int64(point * MarketModel.step) * 1_000_000_000 <= limit else { break }
      bar.include(price(atPoint: point))
    }
    if let until, limit < Int64((index + 1) * 60) * 1_000_000_000 {
      bar.include(price(at: until))
      elapsed = max(0, Double(until.nanoseconds) / 1e9 - Double(index * 60))
    }
    bar.volume = turnover(index) / open * elapsed / 60
    return bar
  }

  /// Dollars traded in a minute: more in busy hours, more when the price rises fast.
  private func turnover(_ index: Int) -> Double {
    let first = index * 60 / MarketModel.step
    let change = price(atPoint: first + 60 / MarketModel.step) / price(atPoint: first) - 1
    let mood = 1 + 0.25 * noise.smooth(Double(index) / 47, 20) + 0.5 * noise.signed(index, 21)
    return profile.minuteTurnover * mood * (1 + min(2, max(-0.3, change * 300)))
  }
}

extension MinuteBar {
  /// Goes on to `price`.
  mutating func include(_ price: Double) {
    high = max(high, price)
    low = min(low, price)
    close = price
  }
}
