import Core
import Testing

@testable import Sandbox

@Suite struct KrakenAccessTests {
  @Test(arguments: ["", "abc", "-1", "1.5", "18446744073709551616", "999", "1000"])
  func `a nonce must be a higher 64-bit number`(_ nonce: String) throws {
    let bench = try KrakenBench()
    #expect(try bench.error("Balance") == "")
    let answer = try bench.send(bench.request("Balance", body: "nonce=\(nonce)", nonce: nonce))
    #expect(try KrakenBench.error(answer) == "EAPI:Invalid nonce")
  }

  @Test func `the highest nonce is taken once and ends the key`() throws {
    let bench = try KrakenBench()
    let highest = String(UInt64.max)
    let request = bench.request("Balance", body: "nonce=\(highest)", nonce: highest)
    #expect(try KrakenBench.error(try bench.send(request)) == "")
    #expect(try KrakenBench.error(try bench.send(request)) == "EAPI:Invalid nonce")
  }

  @Test func `a refused call uses its nonce up, a wrongly signed one does not`() throws {
    let bench = try KrakenBench()
    let wrong = bench.request("Balance", body: "nonce=5000", nonce: "5000", sign: "AAAA")
    #expect(try KrakenBench.error(try bench.send(wrong)) == "EAPI:Invalid signature")
    let right = bench.request("AddOrder", body: "nonce=5000&pair=NONE", nonce: "5000")
    #expect(try KrakenBench.error(try bench.send(right)).hasPrefix("EGeneral:Invalid arguments"))
    let again = bench.request("Balance", body: "nonce=5000", nonce: "5000")
    #expect(try KrakenBench.error(try bench.send(again)) == "EAPI:Invalid nonce")
  }

  @Test func `two keys of an account count their nonces apart`() throws {
    let bench = try KrakenBench()
    bench.addKey("other", KrakenPermission.trading)
    for key in ["key", "other"] {
      let answer = try bench.send(bench.request("Balance", body: "nonce=7000", nonce: "7000", key: key))
      #expect(try KrakenBench.error(answer) == "")
    }
  }

  @Test func `a JSON body is signed and read like a form`() throws {
    let bench = try KrakenBench()
    for nonce in ["\"5001\"", "5002"] {
      let digits = nonce.filter(\.isNumber)
      let request = bench.request(
        "Balance", body: "{\"nonce\": \(nonce)}", nonce: digits, type: "application/json; charset=utf-8")
      #expect(try KrakenBench.error(try bench.send(request)) == "")
    }
  }

  @Test func `an unknown or revoked key is refused before its signature is looked at`() throws {
    let bench = try KrakenBench()
    #expect(try bench.error("Balance", key: "stranger") == "EAPI:Invalid key")
    #expect(bench.venue.revokeKeys(account: KrakenBench.account) == 1)
    #expect(try bench.error("Balance") == "EAPI:Invalid key")
  }

  @Test func `ten failures in a minute lock one key out, and asking prolongs it`() throws {
    let bench = try KrakenBench()
    bench.addKey("other", KrakenPermission.trading)
    for _ in 0..<10 { _ = try bench.send(bench.request("Balance", body: "nonce=1", nonce: "1", sign: "AAAA")) }
    #expect(try bench.error("Balance") == "EGeneral:Temporary lockout")
    bench.clock.advance(by: .seconds(800))
    #expect(try bench.error("Balance") == "EGeneral:Temporary lockout")
    bench.clock.advance(by: .seconds(800))
    #expect(try bench.error("Balance") == "EGeneral:Temporary lockout")
    #expect(try bench.error("Balance", key: "other") == "")
    bench.clock.advance(by: .seconds(901))
    #expect(try bench.error("Balance") == "")
  }

  @Test func `each call needs its permission`() throws {
    let calls: [(String, Set<KrakenPermission>)] = [
      ("Balance", [.queryFunds]), ("BalanceEx", [.queryFunds]), ("TradeVolume", [.queryFunds]),
      ("OpenOrders", [.queryOpenTrades]), ("ClosedOrders", [.queryClosedTrades]),
      ("TradesHistory", [.queryClosedTrades]), ("QueryOrders", [.queryOpenTrades, .queryClosedTrades]),
      ("AddOrder", [.modifyTrades]), ("CancelOrder", [.modifyTrades, .closeTrades]),
      ("CancelAll", [.modifyTrades, .closeTrades]),
    ]
    for (name, opening) in calls {
      for permission in KrakenPermission.allCases {
        let bench = try KrakenBench(permissions: [permission])
        let isDenied = try bench.error(name) == "EGeneral:Permission denied"
        #expect(isDenied == !opening.contains(permission), "\(name) with \(permission)")
      }
    }
    let powerless = try KrakenBench(permissions: [])
    #expect(try powerless.error("GetApiKeyInfo") == "")
  }

  @Test func `a key tells its permissions and its account's stable identity`() throws {
    let bench = try KrakenBench(permissions: [.queryFunds, .withdrawFunds])
    let info = try bench.result("GetApiKeyInfo")
    #expect(try info.array("permissions").map(\.text) == ["query-funds", "withdraw-funds"])
    let identity = try #require(bench.exchange.account(KrakenBench.account)?.identity)
    #expect(try info.string("iban") == identity)
    #expect(identity.wholeMatch(of: /AA\d\d N84G [A-Z2-7]{4} [A-Z2-7]{4}/) != nil)
    #expect(try info.string("apiKey") == "key")
  }

  @Test func `the call counter fills, refuses without doing, and falls`() throws {
    let bench = try KrakenBench()
    for _ in 0..<20 { #expect(try bench.error("Balance", patient: false) == "") }
    #expect(try bench.error("Balance", patient: false) == "EAPI:Rate limit exceeded")
    #expect(
      try bench.error("AddOrder", "pair=NONE&type=buy&ordertype=limit", patient: false) != "EAPI:Rate limit exceeded")
    bench.clock.advance(by: .seconds(3))
    #expect(try bench.error("TradesHistory", patient: false) == "EAPI:Rate limit exceeded")
    bench.clock.advance(by: .seconds(1))
    #expect(try bench.error("TradesHistory", patient: false) == "")
  }

  @Test func `public calls are counted by address`() throws {
    let bench = try KrakenBench()
    for _ in 0..<60 { #expect(try KrakenBench.error(try bench.open("Time")) == "") }
    #expect(try KrakenBench.error(try bench.open("Time")) == "EGeneral:Too many requests")
    bench.clock.advance(by: .seconds(1))
    #expect(try KrakenBench.error(try bench.open("Time")) == "")
  }

  @Test func `unknown names and wrong methods are unknown methods`() throws {
    let bench = try KrakenBench()
    #expect(try bench.error("balance") == "EGeneral:Unknown method")
    #expect(try KrakenBench.error(try bench.open("time")) == "EGeneral:Unknown method")
    let get = VenueRequest(
      method: "GET", target: "/0/private/Balance", headers: [], body: [], remote: "", receivedAt: bench.clock.now)
    #expect(try KrakenBench.error(try bench.send(get)) == "EGeneral:Unknown method")
  }
}
