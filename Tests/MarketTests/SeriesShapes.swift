import Core
import Market

/// Series that markets make, and some that they hardly do.
enum SeriesShapes {
  static let length = 720

  static func all(seed: UInt64) -> [(name: String, bars: [Bar])] {
    var random = SeededRandom(seed: seed)
    var shapes = (1...4).map { ("random walk \($0)", walk(&random, price: 100)) }
    shapes.append(("tiny prices", walk(&random, price: 0.00001)))
    shapes.append(("huge prices", walk(&random, price: 1e9)))
    shapes.append(("flat", flat(price: 42)))
    // Behind the candles that seed the indicators: what stands in the seed is not forgotten to 1e-9.
    let walked = walk(&random, price: 10)
    let level = flat(price: walked[550].close, from: 551)
    shapes.append(("flat at the end", Array(walked[...550] + level)))
    shapes.append(("gaps", gaps(walk(&random, price: 7), &random)))
    shapes.append(("jumps", jumps(walk(&random, price: 1_000), &random)))
    shapes.append(("only up", straight { 100 + Double($0) }))
    shapes.append(("only down", straight { 1_000 - Double($0) }))
    return shapes.map { (name: $0.0, bars: $0.1) }
  }

  static func bar(_ index: Int, _ open: Double, _ close: Double, _ up: Double, _ down: Double, _ volume: Double) -> Bar
  {
    Bar(
      start: time(index * 300), open: open, high: max(open, close) + up, low: min(open, close) - down, close: close,
      volume: volume)
  }

  static func walk(_ random: inout SeededRandom, price: Double) -> [Bar] {
    var close = price
    return (0..<length).map { index in
      let open = close
      close = open * (1 + Double.random(in: -0.01...0.01, using: &random))
      let reach = open * Double.random(in: 0...0.005, using: &random)
      return bar(index, open, close, reach, reach / 2, Double.random(in: 0...100, using: &random))
    }
  }

  static func flat(price: Double, from first: Int = 0) -> [Bar] {
    (first..<length).map { bar($0, price, price, 0, 0, 3) }
  }

  private static func straight(_ price: (Int) -> Double) -> [Bar] {
    (0..<length).map { bar($0, price($0), price($0 + 1), 0, 0, 5) }
  }

  /// As the series has them once filled: the close carried, no volume.
  private static func gaps(_ bars: [Bar], _ random: inout SeededRandom) -> [Bar] {
    var filled: [Bar] = []
    for current in bars {
      if let last = filled.last, Int.random(in: 0..<3, using: &random) == 0 {
        filled.append(
          Bar(
            start: current.start, open: last.close, high: last.close, low: last.close, close: last.close, volume: 0,
            isFilled: true))
      } else {
        filled.append(current)
      }
    }
    return filled
  }

  private static func jumps(_ bars: [Bar], _ random: inout SeededRandom) -> [Bar] {
    var factor = 1.0
    return bars.enumerated().map { index, bar in
      if index > 100, index % 60 == 0 { factor = Double.random(in: 0.001...1_000, using: &random) }
      return Bar(
        start: bar.start, open: bar.open * factor, high: bar.high * factor, low: bar.low * factor,
        close: bar.close * factor, volume: bar.volume * factor)
    }
  }
}
