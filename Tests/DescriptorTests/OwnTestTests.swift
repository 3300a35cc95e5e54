import Config
import Core
import Descriptor
import Testing

/// Each kind of a file's own tests passes for what is so and fails for what is not.
@Suite struct OwnTestTests {
  /// What the test of one line finds of the sample.
  private func differences(_ test: String, of file: String = Sample.text) throws -> [String] {
    let reading = Sample.read(file + "  - {source: by hand, \(test)}\n")
    let descriptor = try #require(reading.descriptor, "\(reading.errors)")
    return try #require(OwnTests.run(descriptor).last).differences
  }

  private static let candles =
    #"operation: candles, variables: {symbol: BTCUSDT, interval: 1h, limit: "5"}, ask: {request: "GET https://api.sample.example/klines""#

  @Test func `a call asks for what is written, and for nothing else`() throws {
    let query = #"query: {symbol: BTCUSDT, interval: 1h, limit: "5"}"#
    #expect(try differences("\(Self.candles), \(query), cost: {weight: 2}}") == [])
    #expect(try differences("\(Self.candles), \(query), cost: {weight: 3}}").count == 1)
    #expect(try differences("\(Self.candles), \(query), signed: true}").count == 1)
    #expect(try differences("\(Self.candles), \(query), form: {}}").count == 1)
    #expect(try differences("\(Self.candles), \(query), each: followed}").count == 1)
    #expect(try differences("\(Self.candles), \(query), most: 5}").count == 1)
    #expect(try differences(#"\#(Self.candles), query: {symbol: BTCUSDT, interval: 1h}}"#).count == 1)
    #expect(try differences(#"\#(Self.candles), query: {symbol: BTCUSD, interval: 1h, limit: "5"}}"#).count == 1)
  }

  @Test func `what signing adds is left out, a page's parameter is not`() throws {
    let fills =
      #"operation: fills, variables: {symbol: BTCUSDT, since_ms: "5", last: "9"}, ask: {request: "GET https://api.sample.example/trades", signed: true, each: followed, most: 1000, query: {symbol: BTCUSDT, startTime: "5", limit: "1000""#
    #expect(try differences(#"\#(fills), fromId: "9"}}"#) == [])
    #expect(try differences("\(fills)}}").count == 1)
    let place =
      #"operation: place, variables: {symbol: BTCUSDT, kind: market, side: sell, quantity: "1", client_id: a}, ask: {request: "POST https://api.sample.example/order", signed: true, form: {symbol: BTCUSDT, side: SELL, clientId: a, type: MARKET, quantity: "1"}}"#
    #expect(try differences(place) == [])
    #expect(try differences(place.replacing("SELL", with: "BUY")).count == 1)
  }

  @Test func `facts are held against what the file says as a whole`() throws {
    #expect(
      try differences(
        "facts: {name: sample, sides: {buy: BUY, sell: SELL}, lifetime: 10s, symbol: BTCUSD, aliases: [BTC/USD], currencies: {XBT: BTC}, limits: {weight: {most: 6000, per: 1m}, orders: {scope: key}}, fees: {maker: \"0.001\", taker: \"0.002\"}}"
      ) == [])
    for wrong in [
      "sides: {buy: BUY}", "lifetime: 11s", "symbol: BTC-USD", "limits: {weight: {most: 6000}}",
      "limits: {weight: {most: 1}, orders: {}}", "intervals: {1m: 1m}", "instrument_status: {TRADING: online}",
    ] {
      #expect(try differences("facts: {\(wrong)}").count == 1, "\(wrong)")
    }
  }

  @Test func `a failure's class, reach, doubt, words and retry are compared`() throws {
    let answer = #"operation: place, status: 429, headers: {Retry-After: "7"}, answer: {msg: slow down}"#
    #expect(
      try differences(
        "\(answer), error: {class: rate_limited, scope: account, executed: no, words: slow down, retry: 7s}") == [])
    for wrong in ["scope: order", "executed: unknown", "words: other", "retry: 60s", "retry: never"] {
      #expect(try differences("\(answer), error: {class: rate_limited, \(wrong)}").count == 1, "\(wrong)")
    }
    #expect(try differences("\(answer), error: {class: unknown}").count == 1)
  }

  @Test func `what the next page is asked by is compared, in rows that the market names too`() throws {
    let fill =
      "id: 7, orderId: 1, symbol: BTCUSDT, price: '1', qty: '1', commission: '0', commissionAsset: BTC, time: 1, isMaker: true, isBuyer: true"
    let fills = "operation: fills, answer: [{\(fill)}], expected: [{id: '7', symbol: BTCUSDT}]"
    #expect(try differences("\(fills), next: '7'") == [])
    #expect(try differences("\(fills), next: '8'") == ["next: expected 8, seen 7"])
    let named = Sample.text.replacing(
      #"rows: "[]"\#n    read:\#n      id: id"#, with: #"rows: "{symbol}[]"\#n    read:\#n      id: id"#)
    #expect(named != Sample.text)
    let test = "operation: fills, answer: {BTCUSDT: [{\(fill)}]}, expected: [{id: '7', symbol: BTCUSDT}]"
    #expect(try differences("\(test), next: '7'", of: named) == [])
    #expect(try differences("\(test), next: ''", of: named) == ["next: expected , seen 7"])
  }

  @Test func `the order of candles is compared`() throws {
    let old = "[1, 1, 1, 1, 1, 1]"
    let new = "[2, 1, 1, 1, 1, 1]"
    #expect(try differences("operation: candles, answer: [\(old), \(new)], expected: [{}, {}]") == [])
    #expect(try differences("operation: candles, answer: [\(new), \(old)], expected: [{}, {}]").count == 1)
  }

  @Test(arguments: [
    "facts: {colour: red}", "operation: candles, ask: {query: {}}", "operation: candles, ask: {request: GET, body: x}",
    "operation: candles, call: second, ask: {request: GET}", "operation: place, answer: {}, error: {class: nonsense}",
    "operation: place, answer: {}, error: {class: unknown, executed: perhaps}",
    "operation: place, answer: {}, error: {class: unknown, retry: soon}",
  ]) func `a test that says something else is refused at its place`(_ test: String) {
    let reading = Sample.read(Sample.text + "  - {source: by hand, \(test)}\n")
    #expect(reading.descriptor == nil)
    #expect(reading.errors.allSatisfy { $0.mark != nil && $0.path.hasPrefix("tests") }, "\(reading.errors)")
    #expect(!reading.errors.isEmpty)
  }
}
