import Core
import Market
import Testing

@Suite struct CandleSeriesTests {
  private let minute = Duration.seconds(60)

  @Test func `a gap carries the close with no volume and is marked`() throws {
    let series = try CandleSeries(filling: [candle(5, start: 0), candle(7, start: 180)], interval: minute)
    #expect(series.bars.map(\.start) == [time(0), time(60), time(120), time(180)])
    #expect(series.bars.map(\.isFilled) == [false, true, true, false])
    #expect(series.bars.map(\.close) == [5, 5, 5, 7])
    #expect(series.bars[1].open == 5 && series.bars[1].high == 5 && series.bars[1].low == 5)
    #expect(series.bars.map(\.volume) == [5, 0, 0, 7])
    #expect(series.end == time(240))
  }

  @Test func `it is filled up to where the candles are known, and an unfinished candle is dropped`() throws {
    let candles = [candle(5, start: 0), candle(7, start: 60)]
    #expect(try CandleSeries(filling: candles, interval: minute, through: time(119)).bars.map(\.close) == [5])
    #expect(try CandleSeries(filling: candles, interval: minute, through: time(120)).bars.map(\.close) == [5, 7])
    let later = try CandleSeries(filling: candles, interval: minute, through: time(250))
    #expect(later.bars.map(\.close) == [5, 7, 7, 7])
    #expect(later.end == time(240))
    #expect(try CandleSeries(filling: [], interval: minute, through: time(250)).bars == [])
  }

  @Test func `candles that are no series are refused, each for its reason`() {
    func problem(_ candles: [Candle], _ interval: Duration? = nil) -> CandleSeriesError? {
      do throws(CandleSeriesError) {
        _ = try CandleSeries(filling: candles, interval: interval ?? minute)
        return nil
      } catch {
        return error
      }
    }
    #expect(problem([candle(1, start: 60), candle(1, start: 0)]) == .misplaced(time(0)))
    #expect(problem([candle(1, start: 60), candle(1, start: 60)]) == .misplaced(time(60)))
    #expect(problem([candle(1, start: 0), candle(1, start: 90)]) == .misplaced(time(90)))
    #expect(problem([candle(0, start: 0)]) == .impossible(time(0)))
    #expect(problem([candle(-1, start: 0)]) == .impossible(time(0)))
    var inverted = candle(5, start: 0)
    inverted.low = price("6")
    #expect(problem([inverted]) == .impossible(time(0)))
    #expect(problem([candle(1, start: 0), candle(1, start: 60 * 20_160)]) == .tooLong)
    #expect(problem([candle(1, start: 0), candle(1, start: 60 * 20_159)]) == nil)
    #expect(problem([], .zero) == .noInterval)
    #expect(problem([], .nanoseconds(1) / 2) == .noInterval)
    let ends = [Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max)].map {
      Candle(start: $0, open: price("1"), high: price("1"), low: price("1"), close: price("1"), volume: .zero)
    }
    #expect(problem(ends, .nanoseconds(1)) == .tooLong)
  }

  @Test func `leaving out candles in which nothing traded changes nothing but the mark`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("gap filling: seed \(seed)")
    var random = SeededRandom(seed: seed)
    var whole: [Candle] = [candle(10, start: 0)]
    for index in 1..<300 {
      var next = candle(Int.random(in: 1...50, using: &random), start: index * 60)
      if Bool.random(using: &random), let last = whole.last {
        next = Candle(
          start: next.start, open: last.close, high: last.close, low: last.close, close: last.close, volume: .zero)
      }
      whole.append(next)
    }
    let traded = whole.filter { !$0.volume.value.isZero }
    let (full, sparse) = (
      try CandleSeries(filling: whole, interval: minute, through: time(18_000)),
      try CandleSeries(filling: traded, interval: minute, through: time(18_000))
    )
    #expect(full.bars.map(\.close) == sparse.bars.map(\.close) && full.bars.map(\.start) == sparse.bars.map(\.start))
    #expect(sparse.bars.filter(\.isFilled).count == whole.count - traded.count)
    #expect(MACD().series(full.bars.map(\.close)) == MACD().series(sparse.bars.map(\.close)))
  }
}
