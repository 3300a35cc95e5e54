import Core
import Foundation
import Testing

@testable import Sandbox

/// Every fault of the wire, seen from the other end of it.
@Suite struct WireFaultTests {
  /// What an order's sender sees of a fault, and whether the venue has the order in the end.
  struct Case: CustomTestStringConvertible {
    let fault: String
    let end: Wire.End
    var status: Int?
    let executes: Bool
    /// How long it takes at least.
    var milliseconds = 0
    /// How long the tester looks.
    var wait = 5.0
    var testDescription: String { fault }
  }

  static let cases = [
    Case(fault: "drop_before", end: .closed, executes: false), Case(fault: "drop_after", end: .closed, executes: true),
    Case(fault: "reset_before", end: .reset, executes: false),
    Case(fault: "reset_after", end: .reset, executes: true),
    Case(fault: "hang", end: .silent, executes: false, wait: 0.3),
    Case(fault: "hang_after", end: .silent, executes: true, wait: 0.3),
    Case(fault: "delay:300", end: .whole, status: 200, executes: true, milliseconds: 300),
    Case(fault: "delay_before:300", end: .whole, status: 200, executes: true, milliseconds: 300),
    Case(fault: "lost:100", end: .closed, executes: true),
    Case(fault: "http:503", end: .whole, status: 503, executes: false),
    Case(fault: "http_after:504", end: .whole, status: 504, executes: true),
    Case(fault: "rate_limit", end: .whole, status: 429, executes: false),
    Case(fault: "rate_limit:7", end: .whole, status: 429, executes: false),
    Case(fault: "cut:0", end: .closed, status: 200, executes: true),
    Case(fault: "cut:50%", end: .closed, status: 200, executes: true),
    Case(fault: "drip:2", end: .whole, status: 200, executes: true, milliseconds: 100),
  ]

  @Test(arguments: cases) func `both venues fail in the same way on the wire`(_ expected: Case) throws {
    let bench = try FaultBench()
    for venue in ["kraken", "coinbase"] {
      try bench.set(expected.fault, venue: venue, endpoint: venue == "kraken" ? "AddOrder" : "POST /orders")
      let outcome =
        venue == "kraken"
        ? try bench.placeAtKraken(wait: expected.wait) : try bench.placeAtCoinbase(wait: expected.wait)
      #expect(outcome.end == expected.end, "\(venue)")
      #expect(outcome.status == expected.status, "\(venue)")
      // The two clocks differ by a little.
      #expect(outcome.took >= .milliseconds(expected.milliseconds - 10), "\(venue)")
      func orders() throws -> Int { try venue == "kraken" ? bench.krakenOrders() : bench.coinbaseOrders() }
      // A lost request is executed after its sender has gone.
      let patience = ContinuousClock.now + .seconds(5)
      while expected.executes, try orders() == 0, ContinuousClock.now < patience { usleep(5_000) }
      #expect(try orders() == (expected.executes ? 1 : 0), "\(venue)")
      // The next call is as if nothing had been.
      let next = venue == "kraken" ? try bench.placeAtKraken() : try bench.placeAtCoinbase()
      #expect(next.end == .whole && next.status == 200, "\(venue)")
      #expect(try orders() == (expected.executes ? 2 : 1), "\(venue)")
    }
  }

  @Test func `an edge answers with a page that is no JSON, and a limit tells when it ends`() throws {
    let bench = try FaultBench()
    try bench.set("http:502", venue: "kraken")
    let page = try bench.kraken("Balance")
    #expect(page.text.contains("<h1>502 Bad Gateway</h1>") && page.head.contains("text/html"))
    try bench.set("rate_limit:7")
    #expect(try bench.coinbase("GET", "accounts").head.contains("Retry-After: 7"))
    try bench.set("rate_limit", venue: "coinbase")
    let limited = try bench.coinbase("GET", "accounts")
    #expect(!limited.head.contains("Retry-After"))
    #expect(try limited.json.array("errors").first?["id"]?.text == "rate_limit_exceeded")
  }

  @Test func `an error's text is said by either venue in its own form, before or after the order`() throws {
    let bench = try FaultBench()
    for (index, fault) in ["error", "error_after"].enumerated() {
      try bench.set("\(fault):EService:Busy", venue: "kraken", endpoint: "AddOrder")
      #expect(try bench.placeAtKraken().error == "EService:Busy")
      #expect(try bench.krakenOrders() == index)
      try bench.set("\(fault):try later", venue: "coinbase", endpoint: "POST /orders")
      let refused = try bench.placeAtCoinbase()
      #expect(refused.status == 500)
      #expect(try refused.json.string("message") == "try later")
      #expect(try bench.coinbaseOrders() == index)
    }
  }

  @Test func `an address that is blocked gets nowhere until the time is over`() throws {
    let bench = try FaultBench()
    try bench.set("block:60", venue: "kraken", endpoint: "Balance")
    for _ in 0..<2 {
      let page = try bench.kraken("Balance")
      #expect(page.status == 403 && page.text.contains("1015"))
    }
    #expect(try bench.open("coinbase", "/api/v3/brokerage/time").status == 403)
    try bench.step(59)
    #expect(try bench.kraken("Balance").status == 403)
    try bench.step(1)
    #expect(try bench.kraken("Balance").error == "")
    try bench.set("block:60", venue: "kraken")
    #expect(try bench.kraken("Balance").status == 403)
    try bench.clear()
    #expect(try bench.kraken("Balance").error == "")
  }

  @Test func `a cut answer tells its whole length and is a piece of the right one`() throws {
    let bench = try FaultBench()
    let whole = try bench.open("kraken", "/0/public/Assets")
    for (fault, count) in [("cut:17", 17), ("cut:50%", whole.body.count / 2), ("cut:99999", whole.body.count)] {
      try bench.set(fault, endpoint: "Assets")
      let cut = try bench.open("kraken", "/0/public/Assets")
      #expect(cut.promised == whole.body.count && cut.body == Array(whole.body.prefix(count)), "\(fault)")
    }
  }

  @Test(arguments: Garbage.allCases) func `garbage is what its name says, and the order is there`(_ garbage: Garbage)
    throws
  {
    let bench = try FaultBench()
    try bench.set("garbage:\(garbage.rawValue)", venue: "kraken", endpoint: "AddOrder")
    let outcome = try bench.placeAtKraken()
    #expect(outcome.end == .whole && outcome.status == 200)
    #expect(try bench.krakenOrders() == 1)
    let text = outcome.text
    switch garbage {
    case .empty: #expect(outcome.body.isEmpty)
    case .html: #expect(text.hasPrefix("<html>") && outcome.head.contains("text/html"))
    case .noResult: #expect(text == #"{"error":[]}"#)
    case .notJSON: #expect(throws: JSONError.self) { try outcome.json }
    case .bom: #expect(outcome.body.starts(with: [0xEF, 0xBB, 0xBF, 0x7B]))
    case .huge: #expect(outcome.body.count > 5 << 20 && text.hasPrefix(#"{"error":[],"result":{"txid""#))
    case .duplicateKeys: #expect(text.components(separatedBy: #""txid":"#).count == 3)
    case .extraFields: #expect(try outcome.json.object("result")["new_field"] != nil)
    case .wrongType: #expect(try outcome.json.object("result").array("txid").first?.kind == .number)
    case .unknownStatus: #expect(try outcome.error == "")
    case .nullFields: #expect(try outcome.json.object("result").array("txid").first?.isNull == true)
    }
  }

  @Test func `an unknown status, fields that nobody knows, and ids that stay ids`() throws {
    let bench = try FaultBench()
    let id = try #require(try bench.placeAtKraken().json.object("result").array("txid").first?.text)
    try bench.set("garbage:unknown_status", endpoint: "OpenOrders")
    let order = try bench.kraken("OpenOrders").json.object("result").object("open").object(id)
    #expect(try order.string("status") == "something_new")
    try bench.set("garbage:extra_fields", endpoint: "OpenOrders")
    let open = try bench.kraken("OpenOrders").json.object("result").object("open")
    #expect(open.members?.map(\.key) == [id])
    #expect(try open.object(id)["new_field"] != nil && open.object(id).object("descr")["new_field"] != nil)
    try bench.set("garbage:unknown_status", venue: "coinbase")
    _ = try bench.placeAtCoinbase()
    try bench.set("garbage:unknown_status", venue: "coinbase")
    let orders = try bench.coinbase("GET", "orders/historical/batch").json.array("orders")
    #expect(try orders.first?.string("status") == "SOMETHING_NEW")
    try bench.set("garbage:wrong_type", endpoint: "BalanceEx")
    let balance = try bench.kraken("BalanceEx").json.object("result").object("ZUSD")
    #expect(balance["balance"]?.kind == .number && balance["hold_trade"]?.kind == .boolean)
  }

  @Test func `what comes too late is refused by its own deadline`() throws {
    let bench = try FaultBench()
    let deadline = (WallClock().now + .milliseconds(700)).text(fractionDigits: 3)
    for fault in ["delay_before:1500", "lost:1500"] {
      try bench.set(fault, venue: "kraken", endpoint: "AddOrder")
      let outcome = try bench.kraken("AddOrder", FaultBench.krakenOrder + "&deadline=\(deadline)")
      if fault.hasPrefix("delay") { #expect(try outcome.error == "EService:Deadline elapsed") }
    }
    // A later one that is in time shows that the lost one has had its turn.
    try bench.set("delay_before:1600", venue: "kraken", endpoint: "AddOrder")
    #expect(try bench.placeAtKraken().error == "")
    #expect(try bench.krakenOrders() == 1)
  }

  @Test func `a slow answer holds nobody else up`() throws {
    let bench = try FaultBench()
    try bench.set("hang", endpoint: "Balance")
    let hanging = try Wire(port: try bench.sandbox.port("kraken"))
    try hanging.send("POST /0/private/Balance HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    let start = ContinuousClock.now
    #expect(try bench.kraken("OpenOrders").error == "")
    #expect(start.duration(to: .now) < .seconds(2))
  }
}
