import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseCandleTests {
  @Test(arguments: [1, 349, 350, 351, 700, 720, 3_500, 9_999])
  func `pages cover what is asked for once, each within what one call answers`(limit: Int) throws {
    let now = Timestamp(nanoseconds: 1_767_225_723_000_000_000), minute = Duration.seconds(60)
    let plan = try #require(CoinbaseCandles(interval: minute, limit: limit, marketNow: now))
    var next = now.floored(to: minute) - minute
    for page in plan.pages {
      #expect(page.end == next)
      #expect(page.start <= page.end)
      #expect(page.end - page.start <= minute * 349)
      next = page.start - minute
    }
    #expect(now.floored(to: minute) - minute * min(limit, 3_500) - minute == next)
  }

  @Test func `a length the venue does not have is refused, so is asking for none`() {
    #expect(CoinbaseCandles(interval: .seconds(180), limit: 5, marketNow: FixedClock().now) == nil)
    #expect(CoinbaseCandles(interval: .seconds(60), limit: 0, marketNow: FixedClock().now) == nil)
  }

  @Test func `720 candles take three calls and come as one list`() async throws {
    let now = FixedClock().now + .seconds(30)
    let plan = try #require(CoinbaseCandles(interval: .seconds(60), limit: 720, marketNow: now))
    let bodies = plan.pages.map { page -> String in
      let rows = stride(from: page.end.seconds, through: page.start.seconds, by: -60).map {
        #"{"start":"\#($0)","low":"1","high":"4","open":"2","close":"3","volume":"5"}"#
      }
      return #"{"candles":[\#(rows.joined(separator: ","))]}"#
    }
    let transport = ScriptedTransport(bodies.map { ScriptedTransport.ok($0) })
    let candles = try await makeCoinbase(transport).fetchCandles(
      bitcoin.symbol, interval: .seconds(60), limit: 720, marketNow: now)
    #expect(candles.count == 720)
    #expect(zip(candles, candles.dropFirst()).allSatisfy { $1.start - $0.start == .seconds(60) })
    #expect(candles.last.map { $0.start + .seconds(60) } == now.floored(to: .seconds(60)))
    #expect(transport.requests.count == 3)
    #expect(transport.requests.allSatisfy { request in !request.headers.contains { $0.name == "Authorization" } })
  }

  @Test(arguments: [
    #"{"candles":[{"start":"x","low":"1","high":"1","open":"1","close":"1","volume":"1"}]}"#,
    #"{"candles":[{"start":"1","low":"","high":"1","open":"1","close":"1","volume":"1"}]}"#,
    #"{"candles":[{"start":"1"}]}"#, #"{"candles":{}}"#, "{}", "[]", "", "<html></html>", #"{"candles":["#,
  ])
  func `a broken list of candles is an error, never an empty list`(body: String) async throws {
    let coinbase = try makeCoinbase(ScriptedTransport(body))
    let error = await failure { () throws(BrokerError) in
      try await coinbase.fetchCandles(
        bitcoin.symbol, interval: .seconds(60), limit: 10, marketNow: FixedClock().now)
    }
    #expect(error?.code == .malformedAnswer)
    #expect(error?.operation == "candles")
  }
}
