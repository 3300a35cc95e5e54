import Broker
import Core
import Testing

@testable import Coinbase

/// Answers that others recorded, read through the plugin's own calls.
@Suite struct CoinbaseReadingTests {
  static func capture(_ name: String) throws -> String? {
    guard let file = try Shared.fixtures("captures-coinbase.json") else { return nil }
    let found = try file.array("cases").first { try $0.string("id") == "coinbase/capture/\(name)/0" }
    return try #require(found).member("raw").encoded
  }

  static func documented(_ title: String, with key: String) throws -> String? {
    guard let file = try Shared.fixtures("doc-examples/coinbase-doc-examples.json") else { return nil }
    let found = try #require(file.elements).first { try $0.string("title") == title && $0.member("json")[key] != nil }
    return try #require(found).member("json").encoded
  }

  @Test func `an alias trades in the same book, but out of another wallet: a market of its own`() async throws {
    guard let body = try Self.capture("http_products") else { return }
    let instruments = try await makeCoinbase(ScriptedTransport(body)).fetchInstruments()
    let alias = try #require(instruments.first { $0.venueID == "BTC-USDC" })
    #expect(alias.symbol == Symbol(base: "BTC", quote: "USDC") && alias.venueQuote == "USDC")
    #expect(instruments.contains { $0.venueID == "BTC-USD" && $0.symbol == bitcoin.symbol })
  }

  @Test(arguments: [
    ("", Instrument.Status.online), (#","is_disabled":true"#, .offline), (#","trading_disabled":true"#, .offline),
    (#","view_only":true,"cancel_only":true"#, .offline), (#","cancel_only":true,"limit_only":true"#, .cancelOnly),
    (#","auction_mode":true"#, .postOnly), (#","post_only":true,"limit_only":true"#, .postOnly),
    (#","limit_only":true"#, .limitOnly), (#","status":"delisted""#, .offline),
    (#","status":"SOMETHING_NEW""#, .offline), (#","status":"""#, .offline),
  ])
  func `flags make the status, the narrowest wins, and an unknown word takes no orders`(
    flags: String, status: Instrument.Status
  ) async throws {
    let instruments = try await makeCoinbase(ScriptedTransport(Products.answer(flags))).fetchInstruments()
    #expect(instruments.map(\.status) == [status])
  }

  @Test func `a product whose increments are not stated is left out, one of a wrong type fails the call`() async throws
  {
    let none = Products.answer(#","base_increment":"""#)
    #expect(try await makeCoinbase(ScriptedTransport(none)).fetchInstruments().isEmpty)
    let coinbase = try makeCoinbase(ScriptedTransport(Products.answer(#","base_increment":true"#)))
    let error = await failure { () throws(BrokerError) in
      try await coinbase.fetchInstruments()
    }
    #expect(error?.code == .malformedAnswer)
    #expect(error?.message.contains("base_increment") == true)
  }

  @Test func `tickers have price and volume of what was learnt, and no quote`() async throws {
    guard let body = try Self.capture("http_products") else { return }
    let tickers = try await makeCoinbase(ScriptedTransport(body)).fetchTickers()
    #expect(
      tickers == [
        Ticker(
          symbol: bitcoin.symbol, bid: nil, ask: nil, last: Price(decimal("68925.98")),
          volume24h: Quantity(decimal("11005.02587005")), asOf: FixedClock().now)
      ])
  }

  @Test func `a recorded book has its levels, best first, no more than asked for`() async throws {
    guard let body = try Self.capture("http_product_book") else { return }
    let transport = ScriptedTransport(body, body)
    let coinbase = try makeCoinbase(transport)
    let book = try await coinbase.fetchOrderBook(bitcoin.symbol, depth: 20)
    #expect(book.bids.count > 1 && book.asks.count > 1 && book.asOf == FixedClock().now)
    #expect(zip(book.bids, book.bids.dropFirst()).allSatisfy { $0.price > $1.price })
    #expect(zip(book.asks, book.asks.dropFirst()).allSatisfy { $0.price < $1.price })
    #expect(try #require(book.bids.first).price < #require(book.asks.first).price)
    #expect(
      transport.requests.map(\.url) == [
        "https://api.coinbase.com/api/v3/brokerage/market/product_book?product_id=BTC-USD&limit=20"
      ])
    let one = try await coinbase.fetchOrderBook(bitcoin.symbol, depth: 1)
    #expect(one.bids == [book.bids[0]] && one.asks == [book.asks[0]])
  }

  @Test func `a book without one side is no quote`() async throws {
    let coinbase = try makeCoinbase(ScriptedTransport(#"{"trades":[],"best_bid":"","best_ask":"2"}"#))
    let error = await failure { () throws(BrokerError) in try await coinbase.fetchQuote(bitcoin.symbol) }
    #expect(error?.code == .instrumentUnavailable && error?.scope == .instrument)
  }

  @Test func `recorded candles come oldest first, and the unfinished one is dropped`() async throws {
    guard let body = try Self.capture("http_candles") else { return }
    let first = try #require(Timestamp(seconds: 1_712_188_800)), second = first + .seconds(3_600)
    for (now, starts) in [(second + .seconds(3_600), [first, second]), (second + .seconds(3_599), [first])] {
      let candles = try await makeCoinbase(ScriptedTransport(body)).fetchCandles(
        bitcoin.symbol, interval: .seconds(3_600), limit: 10, marketNow: now)
      #expect(candles.map(\.start) == starts)
      #expect(candles.first?.open == Price(decimal("65984.18")))
      #expect(candles.first?.high == Price(decimal("66387.77")))
      #expect(candles.first?.low == Price(decimal("65857.35")))
      #expect(candles.first?.close == Price(decimal("66314.59")))
      #expect(candles.first?.volume == Quantity(decimal("358.74851052")))
    }
  }

  @Test func `pages of accounts are added up, and a vault's coins are held`() async throws {
    func account(_ type: String, _ available: String, _ hold: String) -> String {
      #"{"currency":"BTC","type":"\#(type)","available_balance":{"value":"\#(available)"},"hold":{"value":"\#(hold)"}}"#
    }
    let transport = ScriptedTransport(
      #"{"accounts":[\#(account("ACCOUNT_TYPE_CRYPTO", "1", "0.5"))],"has_next":true,"cursor":"a b+/"}"#,
      #"{"accounts":[\#(account("ACCOUNT_TYPE_VAULT", "7", "0"))],"has_next":false,"cursor":"x"}"#)
    let balances = try await makeCoinbase(transport).fetchBalances()
    #expect(
      balances == [
        Balance(currency: "BTC", total: decimal("8.5"), held: decimal("7.5"), available: decimal("1"))
      ])
    #expect(
      transport.requests.map { $0.url.split(separator: "?").last.map(String.init) } == [
        "limit=250", "limit=250&cursor=a%20b%2B%2F",
      ])
  }

  @Test func `a cursor that leads to itself ends in an error, not in a loop`() async throws {
    let page = #"{"accounts":[],"has_next":true,"cursor":"a"}"#
    let coinbase = try makeCoinbase(ScriptedTransport(page, page, page))
    let error = await failure { () throws(BrokerError) in try await coinbase.fetchBalances() }
    #expect(error?.code == .malformedAnswer)
  }

  @Test func `missing rights are named, and a question left open stays open`() async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport(#"{"can_view":true,"can_trade":false,"portfolio_uuid":"","portfolio_type":"UNDEFINED"}"#))
    let permissions = try await coinbase.fetchPermissions()
    #expect(permissions == Permissions(canQuery: true, canTrade: false, canWithdraw: nil, missing: ["trade"]))
  }

  @Test func `the venue's clock is read to the millisecond`() async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport(#"{"iso":"2023-11-14T22:13:20Z","epochSeconds":"1700000000","epochMillis":"1700000000123"}"#))
    #expect(try await coinbase.fetchServerTime() == Timestamp(nanoseconds: 1_700_000_000_123_000_000))
  }
}

/// One product's answer, to be bent.
enum Products {
  static func answer(_ change: String) -> String {
    var fields = [
      "product_id": #""BTC-USD""#, "base_currency_id": #""BTC""#, "quote_currency_id": #""USD""#,
      "product_type": #""SPOT""#, "status": #""online""#, "price_increment": #""0.01""#,
      "base_increment": #""0.00000001""#, "is_disabled": "false", "trading_disabled": "false", "cancel_only": "false",
      "post_only": "false", "limit_only": "false",
    ]
    for part in change.split(separator: ",") {
      let pair = part.split(separator: ":").map(String.init)
      fields[pair[0].filter { $0 != "\"" }] = pair[1]
    }
    return #"{"products":[{"# + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}]}"
  }
}

extension JSON {
  /// The value as text again.
  var encoded: String { value.encoded }
  private var value: JSONValue {
    switch kind {
    case .null: .null
    case .boolean: .boolean(boolean ?? false)
    case .number: .number(text ?? "")
    case .string: .string(text ?? "")
    case .array: .array((elements ?? []).map(\.value))
    case .object: .object((members ?? []).map { (key: $0.key, value: $0.value.value) })
    }
  }
}
