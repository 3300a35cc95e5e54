import Broker
import Core
import Testing

import struct Coinbase.Coinbase

@testable import Sandbox

/// The plugin against the venue: both were written from the references alone, neither from the other.
@Suite struct CoinbasePluginTests {
  /// Hands requests to the venue as its server would.
  private struct Wire: Transport {
    let bench: CoinbaseBench

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
      bench.clock.advance(by: .milliseconds(110))
      let target = String(request.url.dropFirst("http://\(CoinbaseBench.host)".count))
      let answer = bench.venue.respond(
        to: VenueRequest(
          method: request.method, target: target, headers: [("Host", CoinbaseBench.host)] + request.headers,
          body: request.body, remote: "127.0.0.1", receivedAt: bench.clock.now))
      return HTTPAnswer(status: answer.status, headers: [:], body: answer.body)
    }
  }

  private func plugin(_ bench: CoinbaseBench, _ type: CoinbaseKeyType = .es256) throws -> Coinbase {
    let issued = bench.venue.issueKey(account: CoinbaseBench.account, type: type, scopes: CoinbaseScopes())
    let credentials = issued.credentials.map { ($0.slot, Secret(Array($0.value.utf8))) }
    return try Coinbase(
      PluginContext(
        endpoint: Endpoint(parsing: "http://\(CoinbaseBench.host)"),
        credentials: Dictionary(uniqueKeysWithValues: credentials), options: [:], transport: Wire(bench: bench),
        nonces: nil, clock: bench.clock))
  }

  @Test(arguments: [CoinbaseKeyType.es256, .edDSA])
  func `the plugin reads the venue's markets and trades there`(_ type: CoinbaseKeyType) async throws {
    let bench = try CoinbaseBench()
    let plugin = try plugin(bench, type)
    let instruments = try await plugin.fetchInstruments()
    plugin.learn(instruments)
    let bitcoin = try #require(instruments.first { $0.symbol == Symbol(base: "BTC", quote: "USD") })
    #expect(bitcoin.tickSize == .literal("0.01"))
    #expect(try await plugin.fetchServerTime().seconds == bench.clock.now.seconds)
    let permissions = try await plugin.fetchPermissions()
    #expect(permissions.canTrade && permissions.canWithdraw == false && permissions.missing.isEmpty)
    #expect(permissions.accountIdentity == bench.exchange.account(CoinbaseBench.account)?.identity)
    #expect(try await plugin.fetchFees(bitcoin.symbol).taker == CoinbaseListings.fees.taker)
    #expect(try await !plugin.fetchTickers().isEmpty)
    let candles = try await plugin.fetchCandles(
      bitcoin.symbol, interval: .seconds(300), limit: 300, marketNow: bench.exchange.marketNow)
    #expect(candles.count == 300)
    let before = bench.clock.now
    let quote = try await plugin.fetchQuote(bitcoin.symbol)
    let acknowledgement = try await plugin.place(try order(quote, bench, 1))
    let fills = try await plugin.fetchFills(of: acknowledgement.venueOrderID)
    let kept = bench.exchange.read { $0.fills }
    #expect(Set(fills.map(\.id)) == Set(kept.map(\.id)) && !fills.isEmpty)
    #expect(Set(fills.map(\.fee)) == Set(kept.map(\.fee)))
    #expect(Set(fills.map(\.quantity.value)) == Set(kept.map(\.quantity)))
    #expect(try await plugin.fetchFills(since: before).count == fills.count)
    // Sent again, it is the same order.
    #expect(try await plugin.place(try order(quote, bench, 1)).venueOrderID == acknowledgement.venueOrderID)
    let balances = try await plugin.fetchBalances()
    #expect(Set(balances) == Set(bench.exchange.balances(CoinbaseBench.account)))
  }

  @Test func `the plugin finds a resting order by its own name and cancels it`() async throws {
    let bench = try CoinbaseBench()
    let plugin = try plugin(bench)
    plugin.learn(try await plugin.fetchInstruments())
    let symbol = Symbol(base: "BTC", quote: "USD")
    var request = try order(try await plugin.fetchQuote(symbol), bench, 7)
    request.timeInForce = .goodTillCancelled
    request.kind = .limit(Price(.literal("10000")))
    let start = bench.clock.now
    let placed = try await plugin.place(request).venueOrderID
    #expect(try await plugin.fetchOpenOrders().map(\.venueOrderID) == [placed])
    let found = try await plugin.fetchOrders(.client(request.clientOrderID, since: start))
    #expect(found.map(\.venueOrderID) == [placed] && found.map(\.status) == [.open])
    let held = try await plugin.fetchBalances().first { $0.currency == "USD" }?.held
    #expect(held == .literal("201.2"))
    _ = try await plugin.cancel(placed)
    #expect(try await plugin.fetchOrders(.venue(placed)).map(\.status) == [.cancelled])
    await #expect(throws: BrokerError.self) { try await plugin.cancel(placed) }
    request = try order(try await plugin.fetchQuote(symbol), bench, 8)
    request.amount = .base(Quantity(.literal("2")))
    let failure = await #expect(throws: BrokerError.self) { try await plugin.place(request) }
    #expect(failure?.code == .insufficientFunds)
  }

  private func order(_ quote: Quote, _ bench: CoinbaseBench, _ number: UInt64) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: number), symbol: quote.symbol, side: .buy,
      quantity: Quantity(.literal("0.02")),
      limit: Price(try (try quote.ask.value * .literal("1.02")).rounded(places: 2, .up)),
      timeInForce: .immediateOrCancel, deadline: bench.clock.now + .seconds(10))
  }
}
