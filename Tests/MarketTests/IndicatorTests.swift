import Core
import Foundation
import Market
import Testing

@Suite struct IndicatorTests {
  private static func lines(_ bars: [Bar]) -> [String: [Double?]] {
    let closes = bars.map(\.close)
    let movement = DirectionalMovement(period: 14).series(bars)
    let macd = MACD().series(closes)
    return [
      "ema9": EMA(period: 9).series(closes), "ema21": EMA(period: 21).series(closes),
      "ema50": EMA(period: 50).series(closes), "rsi9": RSI(period: 9).series(closes),
      "rsi14": RSI(period: 14).series(closes), "atr14": ATR(period: 14).series(bars),
      "adx14": movement.map { $0?.adx }, "plusDI14": movement.map { $0?.plusDI },
      "minusDI14": movement.map { $0?.minusDI }, "macd": macd.map { $0?.line },
      "macdSignal": macd.map { $0?.signal }, "macdHistogram": macd.map { $0?.histogram },
      "volume20": SimpleMean(period: 20).series(bars.map(\.volume)), "vwap": VWAP().series(bars),
    ]
  }

  @Test func `every indicator agrees with TA-Lib to 1e-9 from bar 400 on`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("TA-Lib agreement: seed \(seed)")
    let shapes = SeriesShapes.all(seed: seed)
    guard case .lines(let reference) = try TALibReference.lines(of: shapes.map(\.bars)) else {
      let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
      if isCI { Issue.record("TA-Lib is not there (python3 with TA-Lib and numpy; make test installs them)") }
      print("left out, no TA-Lib: every indicator agrees with TA-Lib to 1e-9 from bar 400 on")
      return
    }
    try #require(reference.count == shapes.count)
    for (shape, expected) in zip(shapes, reference) {
      let ours = Self.lines(shape.bars)
      try #require(expected.count == 13)
      for (name, theirs) in expected {
        let mine = try #require(ours[name])
        for index in 400..<SeriesShapes.length {
          let value = try #require(mine[index], "\(shape.name) \(name) \(index)")
          // A difference of averages is only as exact as the averages are.
          let noise = name.hasPrefix("macd") ? abs(shape.bars[index].close) * 1e-14 : 0
          let tolerance = max(abs(value), abs(theirs[index])) * 1e-9 + noise
          guard abs(value - theirs[index]) <= tolerance else {
            Issue.record("\(shape.name): \(name) at bar \(index) is \(value), TA-Lib has \(theirs[index])")
            break
          }
        }
      }
    }
  }

  @Test func `a series cut anywhere goes on to the same bits, and none is ever not a number`() {
    let seed = UInt64.random(in: 0 ... .max)
    print("indicator streams: seed \(seed)")
    var random = SeededRandom(seed: seed)
    func check<Indicator: StreamingIndicator>(_ fresh: Indicator, _ inputs: [Indicator.Input])
    where Indicator.Output: Equatable {
      let whole = fresh.series(inputs)
      let cut = Int.random(in: 0..<inputs.count, using: &random)
      var streamed = fresh
      let head = inputs[..<cut].map { streamed.add($0) }
      #expect(head + streamed.series(inputs[cut...]) == whole)
      #expect(whole.contains { $0 != nil })
    }
    for shape in SeriesShapes.all(seed: seed) {
      let closes = shape.bars.map(\.close)
      check(EMA(period: 21), closes)
      check(RSI(period: 14), closes)
      check(MACD(), closes)
      check(ATR(period: 14), shape.bars)
      check(DirectionalMovement(period: 14), shape.bars)
      check(VWAP(), shape.bars)
      check(SimpleMean(period: 20), shape.bars.map(\.volume))
      #expect(Self.lines(shape.bars).values.joined().allSatisfy { $0?.isFinite ?? true })
    }
  }

  @Test func `indices stay between 0 and 100 and means between the least and the greatest`() {
    let seed = UInt64.random(in: 0 ... .max)
    print("indicator bounds: seed \(seed)")
    for shape in SeriesShapes.all(seed: seed) {
      let lines = Self.lines(shape.bars)
      for name in ["rsi9", "rsi14", "adx14", "plusDI14", "minusDI14"] {
        // One rounding above: a quotient of two sums that ought to be equal.
        #expect((lines[name] ?? []).allSatisfy { $0.map { (0...100.000_001).contains($0) } ?? true })
      }
      let (low, high) = (shape.bars.map(\.low).min() ?? 0, shape.bars.map(\.high).max() ?? 0)
      for name in ["ema9", "ema50", "vwap"] {
        let range = (low * (1 - 1e-12))...(high * (1 + 1e-12))
        #expect((lines[name] ?? []).allSatisfy { $0.map(range.contains) ?? true })
      }
    }
  }

  @Test func `the first value comes with the bar that completes the seed`() {
    let lines = Self.lines(SeriesShapes.flat(price: 5))
    let first = lines.mapValues { $0.firstIndex { $0 != nil } }
    #expect(first["ema9"] == 8 && first["rsi14"] == 14 && first["atr14"] == 14 && first["plusDI14"] == 14)
    #expect(first["adx14"] == 27 && first["macd"] == 33 && first["volume20"] == 19 && first["vwap"] == 0)
  }

  @Test func `the values of a short series are those worked out by hand`() {
    #expect(EMA(period: 3).series([1, 2, 3, 5, 5]) == [nil, nil, 2, 3.5, 4.25])
    #expect(SimpleMean(period: 2).series([1, 3, 7]) == [nil, 2, 5])
    // Changes +1, −1, +2: gains 1 0 2, losses 0 1 0; seed over two, then (0.5 + 2)/2 = 1.25 and 0.25.
    #expect(RSI(period: 2).series([10, 11, 10, 12]) == [nil, nil, 50, 100 * (1.25 / 1.5)])
    let bars = [(10.0, 8.0, 9.0), (12, 9, 11), (11, 10, 10)].enumerated().map { index, prices in
      Bar(start: time(index * 60), open: prices.2, high: prices.0, low: prices.1, close: prices.2, volume: 1)
    }
    #expect(ATR(period: 2).series(bars) == [nil, nil, 2])
    // Up 2 and 0, down 0 and 0 (the low rose), ranges 3 and 1.
    let movement = DirectionalMovement(period: 2).series(bars).last.flatMap { $0 }
    #expect(movement?.plusDI == 50 && movement?.minusDI == 0 && movement?.adx == nil)
  }

  @Test func `VWAP begins anew at midnight UTC and is nothing before the first trade`() {
    func bar(_ seconds: Int, _ price: Double, _ volume: Double) -> Bar {
      Bar(start: time(seconds), open: price, high: price, low: price, close: price, volume: volume)
    }
    let day = 86_400
    let bars = [bar(day - 600, 10, 1), bar(day - 300, 20, 3), bar(day, 50, 0), bar(day + 300, 40, 2)]
    #expect(VWAP().series(bars) == [10, 17.5, nil, 40])
  }
}
