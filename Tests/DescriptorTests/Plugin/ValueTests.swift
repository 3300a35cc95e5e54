import Broker
import Core
import Descriptor
import Testing

/// Texts and numbers on their way out and in.
@Suite struct ValueTests {
  @Test func `whatever a parameter holds comes back out of its query and form`() async throws {
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0 ... .max, using: &random)
    print("seed \(seed)")
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let bench = try Bench()
    for _ in 0..<200 {
      let text = String(
        String.UnicodeScalarView((0..<next(24) + 1).compactMap { _ in Unicode.Scalar(next(0xD7FF) + 1) }))
      bench.plugin.learn([
        Instrument(
          symbol: Symbol(base: "BTC", quote: "USDT"), venueID: text, venueBase: "B", venueQuote: "Q", status: .online,
          tickSize: .one, lotStep: .one)
      ])
      bench.venue.answer(.json("{}"))
      _ = try? await bench.plugin.fetchQuote(Symbol(base: "BTC", quote: "USDT"))
      let url = try #require(bench.venue.requests.last).url
      #expect(url.utf8.allSatisfy { $0 > 32 && $0 < 127 })
      let value = try #require(url.split(separator: "=", maxSplits: 1).last)
      #expect(value.utf8.allSatisfy { !"&=+ ?#".utf8.contains($0) })
      #expect(String(value).removingPercents == text)
    }
  }

  @Test(arguments: [
    "0.00000001", "123456789.123456789", "0.1", "30000", "1e-8", "99999999999999999999.999999999", "0.3000",
  ]) func `a decimal is exact from the wire to the amount`(_ text: String) async throws {
    let bench = try Bench()
    bench.venue.answer(
      .json(
        """
        {"balances": [{"asset": "BTC", "free": "\(text)", "locked": "0"}, {"asset": "ETH", "free": \(text), "locked": 0}]}
        """))
    let exact = try ExactDecimal(parsing: text)
    #expect(try await bench.plugin.fetchBalances().map(\.available) == [exact, exact])
  }

  @Test func `candles that have not ended are none, and come oldest first`() async throws {
    let bench = try Bench()
    let hour = bench.clock.now.floored(to: .seconds(3_600)).milliseconds
    let rows = [0, -3_600_000, -7_200_000].map { "[\(hour + $0), \"1\", \"2\", \"0.5\", \"1.5\", \"10\"]" }
    bench.venue.answer(.json("[\(rows.joined(separator: ","))]"))
    let candles = try await bench.plugin.fetchCandles(
      Symbol(base: "BTC", quote: "USDT"), interval: .seconds(3_600), limit: 5, marketNow: bench.clock.now)
    #expect(candles.map(\.start.milliseconds) == [hour - 7_200_000, hour - 3_600_000])
  }

  @Test func `a host that an account does not name is where the account's endpoint is, when that is this machine`()
    async throws
  {
    let descriptor = try ShippedBrokerage("bitfinex").descriptor
    let venue = StubVenue([.json("[1]", headers: ["date": "Sun, 06 Nov 1994 08:49:37 GMT"])])
    let plugin = try DescriptorPlugin(
      descriptor,
      PluginContext(
        endpoint: try Broker.Endpoint(parsing: "http://127.0.0.1:8080"), credentials: [:], options: [:],
        transport: venue, nonces: nil, clock: StubClock()))
    #expect(try await plugin.fetchServerTime().description == "1994-11-06T08:49:37Z")
    #expect(venue.requests.map(\.url) == ["http://127.0.0.1:8080/v2/platform/status"])
  }

  @Test func `without credentials no private call leaves`() async throws {
    let venue = StubVenue()
    let descriptor = try ShippedBrokerage("binance").descriptor
    let plugin = try DescriptorPlugin(
      descriptor,
      PluginContext(
        endpoint: try #require(descriptor.hosts.first?.endpoint), credentials: [:], options: [:], transport: venue,
        nonces: nil, clock: StubClock()))
    await #expect {
      try await plugin.fetchBalances()
    } throws: { error in (error as? BrokerError)?.code == .notSent }
    #expect(venue.requests.isEmpty)
  }
}

extension String {
  fileprivate var removingPercents: String {
    var bytes: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let decoded = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)) {
        bytes += decoded
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
