import Broker
import Core
import Trading

/// A generator of random numbers that a printed seed repeats (SplitMix64).
struct StrategyRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

enum Crafted {
  static let interval = Duration.seconds(300)
  /// A midnight, so that VWAP covers the whole of a series of up to 288 candles.
  static let origin = Timestamp(nanoseconds: 1_768_521_600_000_000_000)

  static func number(_ text: String) -> ExactDecimal {
    guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no decimal") }
    return number
  }

  static func price(_ text: String) -> Price { Price(number(text)) }
  static func quantity(_ text: String) -> Quantity { Quantity(number(text)) }
  static func money(_ text: String) -> Notional { Notional(number(text)) }

  /// The number of hundredths nearest to `value`.
  static func cents(_ value: Double) -> ExactDecimal {
    guard let number = try? ExactDecimal(coefficient: Int128((value * 100).rounded()), scale: 2) else {
      preconditionFailure("\(value) has no cents")
    }
    return number
  }

  static func instrument(tick: String = "0.01", step: String = "0.00000001") -> Instrument {
    Instrument(
      symbol: Symbol(base: "BTC", quote: "USD"), venueID: "XXBTZUSD", venueBase: "XXBT", venueQuote: "ZUSD",
      status: .online, tickSize: number(tick), lotStep: number(step), minimumQuantity: quantity("0.0001"),
      minimumNotional: money("0.5"))
  }

  static func candle(
    _ index: Int, open: Double, close: Double, high: Double? = nil, low: Double? = nil, volume: Double = 10
  ) -> Candle {
    Candle(
      start: origin + interval * index, open: Price(cents(open)),
      high: Price(cents(high ?? max(open, close) + 0.05)), low: Price(cents(low ?? min(open, close) - 0.05)),
      close: Price(cents(close)), volume: Quantity(cents(volume)))
  }

  /// 200 candles of a rising market, the last a bullish engulfing of the one before, which fell back a little.
  static var pullback: [Candle] {
    var candles: [Candle] = []
    var close = 100.0
    for index in 0..<198 {
      let open = close
      // Four steps up, then three half as long down.
      close += index % 7 < 4 ? 0.2 : -0.1
      candles.append(candle(index, open: open, close: close, volume: 10 + Double(index % 3)))
    }
    candles.append(candle(198, open: close, close: close - 0.15))
    candles.append(candle(199, open: close - 0.2, close: close + 0.3, volume: 14))
    return candles
  }

  /// A view just after the last candle's end, bid and ask a cent around its close.
  static func view(_ candles: [Candle], taker: String = "0.0001", instrument: Instrument = instrument()) -> MarketView {
    let close = candles.last?.close.value ?? .one
    let end = (candles.last?.start ?? origin) + interval
    let cent = number("0.01")
    guard let bid = try? close - cent, let ask = try? close + cent else { preconditionFailure("a price to quote") }
    return MarketView(
      instrument: instrument, candles: candles, interval: interval, candlesAsOf: end + .seconds(5),
      quote: Quote(symbol: instrument.symbol, bid: Price(bid), ask: Price(ask), asOf: end),
      fees: FeeRates(maker: .zero, taker: number(taker)), time: end + .seconds(6))
  }

  static func strategy(_ texts: [String: String] = [:]) throws -> TrendPullback { try TrendPullback(texts: texts) }
}
