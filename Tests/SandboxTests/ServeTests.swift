import Core
import Foundation
import Glibc
import Testing

@testable import Sandbox

@Suite struct ServeTests {
  @Test func `it tells where it listens, and ends with its standard input`() throws {
    let sandbox = try ServedSandbox(options: ["--speed", "120"])
    #expect(try sandbox.announcement.string("format") == "nija-sandbox/1")
    #expect(try sandbox.announcement.integer("pid") == Int(sandbox.process.processIdentifier))
    #expect(try sandbox.announcement.object("market_clock").integer("speed") == 120)
    #expect(try sandbox.announcement.object("endpoints").string("kraken").hasPrefix("http://127.0.0.1:"))
    var mode = stat()
    for (path, permissions) in [("", 0o700), ("/control.sock", 0o600), ("/ledger.jsonl", 0o600)] as [(String, mode_t)] {
      #expect(stat(sandbox.directory + path, &mode) == 0)
      #expect(mode.st_mode & 0o777 == permissions, "\(path)")
    }
    try sandbox.input.fileHandleForWriting.close()
    sandbox.process.waitUntilExit()
    #expect(sandbox.process.terminationStatus == 0)
  }

  @Test func `SIGTERM ends it with 0`() throws {
    let sandbox = try ServedSandbox()
    kill(sandbox.process.processIdentifier, SIGTERM)
    sandbox.process.waitUntilExit()
    #expect(sandbox.process.terminationReason == .exit)
    #expect(sandbox.process.terminationStatus == 0)
  }

  @Test func `pipelined requests on one connection are answered in their order`() throws {
    let sandbox = try ServedSandbox()
    let wire = try Wire(port: try sandbox.port("kraken"))
    let names = ["Time", "SystemStatus", "Nonsense", "Ticker?pair=XBTUSD", "Time"]
    try wire.send(names.map { "GET /0/public/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    let answers = try wire.answers(names.count)
    #expect(answers.map(\.status) == [200, 200, 200, 200, 200])
    let marks = ["unixtime", "online", "EGeneral:Unknown method", "XXBTZUSD", "unixtime"]
    #expect(zip(answers, marks).allSatisfy { $0.body.contains($1) })
  }

  @Test func `a body over the limit is refused and the connection ends`() throws {
    let sandbox = try ServedSandbox()
    let wire = try Wire(port: try sandbox.port("kraken"))
    let size = (1 << 20) + 1
    try wire.send("POST /0/private/Balance HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
    for _ in 0..<17 { try? wire.send(String(repeating: "a", count: 1 << 16)) }
    #expect(try wire.answers(2).map(\.status) == [413])
  }

  @Test func `what was acknowledged survives kill -9, and the market goes on`() throws {
    let directory = ServedSandbox.freshDirectory()
    let first = try ServedSandbox(directory)
    let key = try first.openAccount("kraken/a", funds: ["USD": "500.0000"])
    let placed = try first.call(
      "AddOrder", "pair=XBTUSD&type=buy&ordertype=market&volume=0.001", key, nonce: 1)
    let id = try #require(try placed.object("result").array("txid").first?.text)
    let resting = try first.call(
      "AddOrder", "pair=XBTUSD&type=buy&ordertype=limit&price=20000&volume=0.001&cl_ord_id=a", key, nonce: 2)
    let restingID = try #require(try resting.object("result").array("txid").first?.text)
    let before = try first.control(["do": "ledger"]).object("ledger")
    let clock = try Self.marketTime(first)
    first.kill()

    let second = try ServedSandbox(directory)
    #expect(try Self.marketTime(second) >= clock)
    let after = try second.control(["do": "ledger"]).object("ledger")
    #expect(try Self.text(after) == Self.text(before))
    let old = try second.call("Balance", "", key, nonce: 3)
    #expect(try KrakenBench.error(old) == "EAPI:Invalid key")
    let fresh = try second.openAccount("kraken/a", funds: ["USD": "9.0000"])
    let orders = try second.call("QueryOrders", "txid=\(id),\(restingID)", fresh, nonce: 1).object("result")
    #expect(try orders.object(id).string("status") == "closed")
    #expect(try orders.object(restingID).string("status") == "open")
    let cancelled = try second.call("CancelOrder", "cl_ord_id=a", fresh, nonce: 2)
    #expect(try cancelled.object("result").integer("count") == 1)
  }

  private static func marketTime(_ sandbox: ServedSandbox) throws -> Int {
    let wire = try Wire(port: try sandbox.port("kraken"))
    try wire.send("GET /0/public/Depth?pair=XBTUSD&count=1 HTTP/1.1\r\nHost: a\r\n\r\n")
    let depth = try JSON(parsing: try #require(try wire.answers(1).first).body).object("result").object("XXBTZUSD")
    return try #require(try depth.array("asks").first?.elements?.last?.text.flatMap { Int($0) })
  }

  /// A document as text, by its own members.
  private static func text(_ ledger: JSON) throws -> String {
    let accounts = try ledger.array("accounts")
    return try accounts.map { account in
      let fills = try account.array("fills").map { try "\($0.string("id")) \($0.string("price")) \($0.string("fee"))" }
      let orders = try account.array("orders").map { try "\($0.string("id")) \($0.string("status"))" }
      let balances = try account.object("balances").members ?? []
      return try "\(account.string("account")) \(account.string("identity")) \(fills) \(orders) "
        + "\(balances.map { "\($0.key) \($0.value.text ?? "")" })"
    }.joined(separator: "\n")
  }

  @Test func `the ledger command agrees with the wire to the last digit`() throws {
    let sandbox = try ServedSandbox()
    let key = try sandbox.openAccount("kraken/a")
    _ = try sandbox.call("AddOrder", "pair=XBTUSD&type=buy&ordertype=market&volume=0.0123", key, nonce: 1)
    let command = Process()
    let output = Pipe()
    command.executableURL = ServedSandbox.program
    command.arguments = ["ledger", "--state", sandbox.directory, "--json"]
    command.standardOutput = output
    try command.run()
    let ledger = try JSON(parsing: Array(output.fileHandleForReading.readDataToEndOfFile()))
    command.waitUntilExit()
    #expect(try ledger.string("format") == "nija-sandbox-ledger/1")
    let account = try #require(try ledger.array("accounts").first)
    let trades = try sandbox.call("TradesHistory", "", key, nonce: 2).object("result").object("trades")
    let fills = try account.array("fills")
    #expect(fills.count == trades.count && !fills.isEmpty)
    for fill in fills {
      let trade = try trades.object(try fill.string("id"))
      #expect(try trade.decimal("price") == fill.decimal("price"))
      #expect(try trade.decimal("vol") == fill.decimal("quantity"))
      #expect(try trade.decimal("fee") == fill.decimal("fee"))
      #expect(try trade.string("ordertxid") == fill.string("order_id"))
      #expect(try Timestamp(seconds: trade.decimal("time"))?.description == fill.string("time"))
      #expect(try fill.string("symbol") == "BTC/USD")
      #expect(try fill.string("fee_currency") == "USD")
    }
    let balances = try sandbox.call("Balance", "", key, nonce: 3).object("result")
    #expect(try balances.decimal("ZUSD") == account.object("balances").decimal("USD"))
    #expect(try balances.decimal("XXBT") == account.object("balances").decimal("BTC"))
  }

  @Test func `a lost answer is an order all the same, a lost request is none`() throws {
    let sandbox = try ServedSandbox()
    let key = try sandbox.openAccount("kraken/a")
    let order = "pair=XBTUSD&type=buy&ordertype=market&volume=0.0001"
    for (nonce, fault) in [(1, "drop_after"), (2, "drop_before")] {
      let rule: JSONValue = [
        "do": "fault", "account": "kraken/a", "endpoint": "AddOrder", "fault": .string(fault),
      ]
      #expect(try sandbox.control(rule).boolean("ok"))
      let wire = try Wire(port: try sandbox.port("kraken"))
      try wire.send(ServedSandbox.request("AddOrder", order, key, nonce: nonce))
      #expect(try wire.answers(1).isEmpty)
      let account = try #require(try sandbox.control(["do": "ledger"]).object("ledger").array("accounts").first)
      #expect(try account.array("orders").count == 1)
    }
  }

  @Test func `faults strike the call they name, for the account they name`() throws {
    let sandbox = try ServedSandbox()
    let key = try sandbox.openAccount("kraken/a")
    let other = try sandbox.openAccount("kraken/b")
    let rules: [JSONValue] = [
      ["do": "fault", "account": "kraken/a", "endpoint": "Balance", "nth": .integer(2), "fault": "http:502"],
      [
        "do": "fault", "account": "kraken/a", "endpoint": "Balance", "nth": .integer(3),
        "fault": "error:EService:Busy",
      ],
      ["do": "fault", "venue": "kraken", "endpoint": "OpenOrders", "fault": "delay:50"],
    ]
    for rule in rules { #expect(try sandbox.control(rule).boolean("ok")) }
    let wire = try Wire(port: try sandbox.port("kraken"))
    var sent = ""
    for nonce in 1...4 { sent += ServedSandbox.request("Balance", "", key, nonce: nonce) }
    try wire.send(sent)
    let answers = try wire.answers(4)
    #expect(answers.map(\.status) == [200, 502, 200, 200])
    #expect(answers[2].body == "{\"error\":[\"EService:Busy\"]}")
    #expect(answers[3].body.contains("ZUSD"))
    #expect(try KrakenBench.error(try sandbox.call("Balance", "", other, nonce: 1)) == "")
    let begin = ContinuousClock.now
    #expect(try KrakenBench.error(try sandbox.call("OpenOrders", "", other, nonce: 2)) == "")
    #expect(ContinuousClock.now - begin >= .milliseconds(50))
  }

  @Test(arguments: [
    ("nonsense", "malformed"), ("{}", "do is missing"), ("{\"do\":\"dance\"}", "nothing is called dance"),
    ("{\"do\":\"open_account\",\"venue\":\"x\",\"account\":\"a\"}", "no venue is called x"),
    ("{\"do\":\"open_account\",\"venue\":\"kraken\",\"account\":\"a\",\"funds\":{\"USD\":\"much\"}}", "funds"),
    ("{\"do\":\"fault\",\"fault\":\"http:200\"}", "it is written http:STATUS"),
    ("{\"do\":\"fault\",\"fault\":\"drop_after\",\"nth\":0}", "nth"),
    ("{\"do\":\"revoke_key\",\"account\":\"nobody\"}", "no account is called nobody"),
  ])
  func `a control request that makes no sense is told why`(_ line: String, _ word: String) throws {
    let bench = try KrakenBench()
    let desk = ControlDesk(
      exchange: bench.exchange, venues: ["kraken": bench.venue], faults: FaultTable(),
      clock: SteppableClock(bench.clock))
    let answer = try JSON(parsing: desk.answer(Array(line.utf8)).encoded)
    #expect(try !answer.boolean("ok"))
    #expect(try answer.string("error").contains(word))
  }

  @Test func `a state directory of any depth can be controlled`() throws {
    let deep =
      ServedSandbox.freshDirectory() + "/" + Array(repeating: "0123456789abcdef", count: 10).joined(separator: "/")
    let sandbox = try ServedSandbox(deep)
    let key = try sandbox.openAccount("kraken/a")
    #expect(try KrakenBench.error(try sandbox.call("Balance", "", key, nonce: 1)) == "")
    #expect(try sandbox.control(["do": "revoke_key", "account": "kraken/a"]).integer("revoked") == 1)
    #expect(try KrakenBench.error(try sandbox.call("Balance", "", key, nonce: 2)) == "EAPI:Invalid key")
  }

  @Test func `no secret is ever written to disk`() throws {
    let sandbox = try ServedSandbox()
    let key = try sandbox.openAccount("kraken/a")
    _ = try sandbox.call("AddOrder", "pair=XBTUSD&type=buy&ordertype=market&volume=0.0001", key, nonce: 1)
    let files = try FileManager.default.contentsOfDirectory(atPath: sandbox.directory).filter { $0 != "control.sock" }
    #expect(files.count >= 2)
    for file in files {
      let text = try String(contentsOfFile: sandbox.directory + "/" + file, encoding: .utf8)
      #expect(!text.contains(Base64.encoded(key.secret)) && !text.contains(key.key))
    }
  }
}
