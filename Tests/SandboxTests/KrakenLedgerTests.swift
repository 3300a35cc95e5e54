import Core
import Testing

@testable import Sandbox

@Suite struct KrakenLedgerTests {
  @Test func `the ledger's last balances are the account's, and each row follows from the one before`() throws {
    let bench = try KrakenBench()
    _ = try bench.place("pair=XBTUSD&type=buy&ordertype=market&volume=0.01")
    _ = try bench.place("pair=XBTUSD&type=buy&ordertype=market&volume=0.005")
    let sale = try bench.price("0.98")
    _ = try bench.place("pair=XBTUSD&type=sell&ordertype=limit&price=\(sale)&volume=0.003&oflags=fcib")
    #expect(try bench.exchange.move(KrakenBench.account, currency: "USD", amount: .literal("12.5")).isPositive)
    _ = try bench.exchange.move(KrakenBench.account, currency: "BTC", amount: .literal("-0.001"))
    let answer = try bench.result("Ledgers")
    let rows = try #require(try answer.object("ledger").members).reversed()
    #expect(try answer.integer("count") == rows.count && rows.count >= 9)
    var totals: [String: ExactDecimal] = [:]
    for (id, row) in rows {
      #expect(id.hasPrefix("L") && id.utf8.count == 19)
      let asset = try row.string("asset")
      let total = try (totals[asset] ?? .zero) + row.decimal("amount") - row.decimal("fee")
      #expect(try row.decimal("balance") == total, "\(id)")
      totals[asset] = total
    }
    let balance = try bench.result("Balance")
    for (asset, total) in totals { #expect(try balance.decimal(asset) == total) }
    let kinds = try rows.map { try $0.value.string("type") }
    #expect(kinds.first == "deposit" && kinds.suffix(2) == ["deposit", "withdrawal"])
    let trades = try bench.result("TradesHistory").object("trades")
    for (_, row) in rows where try row.string("type") == "trade" {
      #expect(trades[try row.string("refid")] != nil)
    }
  }

  @Test func `the ledger is asked by type, asset and time, page by page`() throws {
    let bench = try KrakenBench()
    for _ in 0..<60 { _ = try bench.exchange.move(KrakenBench.account, currency: "USD", amount: .one) }
    bench.clock.advance(by: .seconds(30))
    let middle = bench.clock.now
    _ = try bench.place("pair=XBTUSD&type=buy&ordertype=market&volume=0.001")
    func count(_ parameters: String) throws -> (rows: Int, count: Int) {
      let answer = try bench.result("Ledgers", parameters)
      return (try answer.object("ledger").count, try answer.integer("count"))
    }
    #expect(try count("type=deposit") == (50, 61))
    #expect(try count("type=deposit&ofs=50") == (11, 61))
    #expect(try count("type=trade").rows == 2)
    #expect(try count("asset=XXBT").rows == 1)
    #expect(try count("start=\(middle.seconds)").rows == 2)
    #expect(try bench.error("Ledgers", "asset=NONE") == "EQuery:Unknown asset")
  }

  @Test func `nobody takes out what is not free`() throws {
    let bench = try KrakenBench()
    _ = try bench.place("pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.1")
    for (currency, amount) in [("USD", "-7000"), ("USD", "0"), ("EUR", "5"), ("USD", "0.00001")] {
      #expect(throws: AccountRefusal.self, "\(amount)") {
        try bench.exchange.move(KrakenBench.account, currency: currency, amount: .literal(amount))
      }
    }
    #expect(try bench.exchange.move(KrakenBench.account, currency: "USD", amount: .literal("-6988")).isPositive)
    #expect(try bench.balance("USD").available == .zero)
  }

  @Test func `trades of a market follow one another from wherever one was`() throws {
    let bench = try KrakenBench()
    let answer = try bench.open("Trades?pair=XBTUSD&count=5").object("result")
    let rows = try answer.array("XXBTZUSD")
    #expect(rows.count == 5)
    #expect(rows[0].elements?.map(\.kind) == [.string, .string, .number, .string, .string, .string, .number])
    let second = try #require(rows[1].elements?[2].text.flatMap { Int($0.prefix { $0 != "." }) })
    let next = try bench.open("Trades?pair=XBTUSD&since=\(second)000000000").object("result").array("XXBTZUSD")
    #expect(next.count == 3 && next[0].elements?.last?.text == rows[2].elements?.last?.text)
    let last = try answer.string("last")
    #expect(try bench.open("Trades?pair=XBTUSD&since=\(last)").object("result").array("XXBTZUSD").isEmpty)
    #expect(try KrakenBench.error(try bench.open("Trades?pair=XBTUSD&count=0")) == "EGeneral:Invalid arguments:count")
  }

  @Test func `as many markets are listed as are asked for, and nobody trades those beyond the usual`() throws {
    let bench = try KrakenBench(inertPairs: 1_094)
    let pairs = try bench.open("AssetPairs").object("result")
    #expect(pairs.count == 1_100)
    #expect(try pairs.object("N0042USD").string("status") == "cancel_only")
    #expect(
      try bench.error("AddOrder", "pair=N0042USD&type=buy&ordertype=limit&price=1&volume=1")
        == "EQuery:Unknown asset pair")
  }
}
