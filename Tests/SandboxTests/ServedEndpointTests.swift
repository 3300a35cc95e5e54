import Core
import Foundation
import Testing

@testable import Sandbox

/// The endpoints over real HTTP, and what the control socket gives accounts.
@Suite struct ServedEndpointTests {
  /// The result of a documented answer of a page; `nil` where the examples are not there.
  private static func example(_ page: String, for test: String) throws -> JSON? {
    guard
      let data = try CoinbaseMaterial.read(
        "doc-examples/kraken-doc-examples.json", folder: "fixtures", for: test)
    else { return nil }
    let list = try JSON(parsing: [UInt8](#"{"list":"#.utf8) + Array(data) + [125]).array("list")
    let found = list.first { row in
      row["page"]?.text?.hasSuffix("/\(page)") == true && row["kind"]?.text == "response"
    }
    return try #require(found).object("json").object("result")
  }

  /// Members and their kinds; for a list those of its first element.
  private static func shape(_ json: JSON) -> [String: JSON.Kind] {
    Dictionary((json.members ?? []).map { ($0.key, $0.value.kind) }) { first, _ in first }
  }

  @Test func `every new call of Kraken answers over the wire in the documentation's shape`() throws {
    let bench = try FaultBench()
    let rows = (0..<2).map {
      "orders[\($0)][ordertype]=limit&orders[\($0)][type]=buy&orders[\($0)][price]=2000\($0)"
        + "&orders[\($0)][volume]=0.001"
    }.joined(separator: "&")
    let batch = try bench.kraken("AddOrderBatch", "pair=XBTUSD&" + rows).json.object("result")
    let placed = try batch.array("orders")
    let ids = try placed.map { try $0.string("txid") }
    let stop = try bench.kraken(
      "AddOrder",
      "pair=XBTUSD&type=buy&ordertype=limit&price=20000&volume=0.001&close[ordertype]=stop-loss-limit"
        + "&close[price]=19000&close[price2]=18000"
    ).json.object("result")
    let amended = try bench.kraken("AmendOrder", "txid=\(ids[0])&limit_price=19999").json.object("result")
    #expect(try amended.string("amend_id").count == 19)
    let edited = try bench.kraken("EditOrder", "txid=\(ids[0])&volume=0.002").json.object("result")
    let cancelled = try bench.kraken("CancelOrderBatch", "orders[0]=\(ids[1])").json.object("result")
    #expect(try cancelled.integer("count") == 1)
    let armed = try bench.kraken("CancelAllOrdersAfter", "timeout=60").json.object("result")
    #expect(armed["currentTime"]?.kind == .string && armed["triggerTime"]?.kind == .string)
    #expect(try bench.kraken("Ledgers").json.object("result").object("ledger").count == 1)
    #expect(try bench.kraken("GetWebSocketsToken").error == "EGeneral:Permission denied")
    #expect(try bench.open("kraken", "/0/public/Trades?pair=XBTUSD&count=3").json.object("result").count == 2)
    try bench.step(61)
    #expect(try bench.kraken("OpenOrders").json.object("result").object("open").count == 0)

    guard let batchExample = try Self.example("add-order-batch", for: #function),
      let editExample = try Self.example("edit-order", for: #function),
      let orderExample = try Self.example("add-order", for: #function),
      let cancelExample = try Self.example("cancel-order-batch", for: #function)
    else { return }
    #expect(try Self.shape(placed[1]) == Self.shape(batchExample.array("orders")[1]))
    #expect(Self.shape(stop) == Self.shape(orderExample))
    #expect(try Self.shape(stop.object("descr")) == Self.shape(orderExample.object("descr")))
    #expect(Self.shape(cancelled) == Self.shape(cancelExample))
    // A limit order has one price; the example is of a stop.
    var expected = Self.shape(editExample)
    expected["price2"] = nil
    #expect(Self.shape(edited) == expected)
  }

  @Test func `the dead-man switch fires without anybody asking`() throws {
    let bench = try FaultBench()
    _ = try bench.placeAtKraken()
    #expect(try bench.kraken("CancelAllOrdersAfter", "timeout=1").error == "")
    let end = ContinuousClock.now + .seconds(10)
    func status() throws -> String? {
      let accounts = try bench.sandbox.control(["do": "ledger"]).object("ledger").array("accounts")
      return try accounts.first { try $0.string("account") == FaultBench.kraken }?.array("orders").first?
        .string("status")
    }
    while try status() == "open", ContinuousClock.now < end { usleep(50_000) }
    #expect(try status() == "cancelled")
  }

  @Test func `keys are made with the rights that are asked for, accounts with their tier`() throws {
    let bench = try FaultBench()
    func open(_ venue: String, _ more: [(String, JSONValue)]) throws -> JSON {
      try bench.sandbox.control(
        .object([("do", "open_account"), ("venue", .string(venue)), ("account", .string("\(venue)/b"))] + more))
    }
    let kraken = try open("kraken", [("permissions", ["query-funds", "withdraw-funds"]), ("tier", "starter")])
      .object("credentials")
    let key = (key: try kraken.string("api_key"), secret: try #require(Base64.decoded(try kraken.string("api_secret"))))
    let info = try bench.sandbox.call("GetApiKeyInfo", "", key, nonce: 1).object("result")
    #expect(try info.array("permissions").map(\.text) == ["query-funds", "withdraw-funds"])
    #expect(
      try KrakenBench.error(try bench.sandbox.call("OpenOrders", "", key, nonce: 2)) == "EGeneral:Permission denied")
    let answers = try (3..<20).map { try KrakenBench.error(try bench.sandbox.call("Balance", "", key, nonce: $0)) }
    #expect(answers.contains("EAPI:Rate limit exceeded"))
    #expect(try open("kraken", [("permissions", ["fly"])]).string("error").contains("query-funds"))
    #expect(try open("coinbase", [("tier", "pro")]).string("error") == "coinbase has no tier pro")
    #expect(try open("coinbase", [("permissions", ["view", "transfer"])]).boolean("ok"))
  }

  @Test func `what is paid in and taken out is in balances and ledgers`() throws {
    let bench = try FaultBench()
    func move(_ verb: String, _ amount: String, _ account: String = FaultBench.kraken) throws -> JSON {
      try bench.sandbox.control([
        "do": .string(verb), "account": .string(account), "currency": "USD", "amount": .string(amount),
      ])
    }
    #expect(try move("deposit", "500.25").string("total") == "10500.25")
    #expect(try move("withdraw", "0.25").string("total") == "10500")
    #expect(try move("withdraw", "999999").string("error").contains("nothing was moved"))
    #expect(try move("deposit", "-5").string("error").contains("above zero"))
    #expect(try move("deposit", "5", "nobody").string("error").contains("no account"))
    #expect(try bench.kraken("Balance").json.object("result").decimal("ZUSD") == .literal("10500"))
    let rows = try #require(try bench.kraken("Ledgers").json.object("result").object("ledger").members)
    #expect(try rows.map { try $0.value.string("type") } == ["withdrawal", "deposit", "deposit"])
    #expect(try move("deposit", "7", FaultBench.coinbase).boolean("ok"))
    let wallet = try #require(try bench.coinbase("GET", "accounts").json.array("accounts").first)
    #expect(try wallet.object("available_balance").decimal("value") == .literal("10007"))
    let accounts = try bench.sandbox.control(["do": "ledger"]).object("ledger").array("accounts")
    #expect(try accounts.map { try $0.array("transfers").count } == [2, 1])
  }

  @Test func `a list of markets is as long as is asked for`() throws {
    let bench = try FaultBench(options: ["--pairs", "1100"])
    #expect(try bench.open("kraken", "/0/public/AssetPairs").json.object("result").count == 1_100)
  }
}
