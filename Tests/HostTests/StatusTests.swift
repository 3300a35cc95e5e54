import Core
import Testing

@testable import Host

@Suite struct StatusTests {
  @Test func `a trading account has the contract's shape`() throws {
    let json = Sample.account("kraken/tania_gilbert", .trading, report: Sample.report()).json.encoded
    let expected = """
      {"id":"kraken/tania_gilbert","broker":"kraken","plugin":"kraken","role":"user","name":"Tania Gilbert",\
      "mode":"sandbox","control":"independent","state":"trading","since":"2026-01-16T12:00:00Z","reason":null,\
      "next_step":null,"pid":4720,"restarts":0,"ladder":{"declared":"2026-01-16T12:00:01Z",\
      "bound":"2026-01-16T12:00:01Z","locked":"2026-01-16T12:00:01Z","authenticated":"2026-01-16T12:00:01Z",\
      "reconciled":"2026-01-16T12:00:01Z","funded":"2026-01-16T12:00:01Z","scanning":"2026-01-16T12:00:01Z",\
      "traded":null},"cycle":{"number":12,"started_at":"2026-01-16T12:01:00Z",\
      "finished_at":"2026-01-16T12:01:01Z","markets":50,"signals":2,"orders":1,"rejected":{"adx_below_floor":33},\
      "failure":null},"balance":{"currency":"USD","total":"1000.00","available":"940.00","held":"60.00",\
      "as_of":"2026-01-16T12:01:01Z"},"orders":{"open":1,"unknown":0,"placed":7,"foreign":null},\
      "positions":2,"unexplained":{},"unguarded":{},\
      "profit":{"realised":"3.21","fees":"1.10","since":"2026-01-16T12:00:00Z"},\
      "last_private_call_at":"2026-01-16T12:01:01Z","last_order_at":null,"last_fill_at":null,"memory_kib":null,\
      "start_milliseconds":null,"permissions":{"query":true,"trade":true,"withdraw":null,"withdrawing":[],\
      "missing":["x"]},"clock_offset_ms":null}
      """
    #expect(json == expected)
  }

  @Test func `what is not known is null, never zero`() throws {
    let account = try JSON(
      parsing: Sample.account("kraken", .awaitingCredentials, reason: "x", next: "y").json.encoded)
    for key in ["pid", "cycle", "balance", "positions", "last_order_at"] { #expect(account[key]?.isNull == true) }
    for key in ["open", "unknown", "placed"] { #expect(account["orders"]?[key]?.isNull == true) }
    #expect(account["profit"]?["realised"]?.isNull == true)
    #expect(account["ladder"]?["declared"]?.text == "2026-01-16T12:00:00Z")
    #expect(account["ladder"]?["bound"]?.isNull == true)
  }

  @Test func `rungs of a process that is gone do not count for its successor`() {
    var account = Sample.account("kraken", .starting, report: Sample.report())
    account.isReportCurrent = false
    #expect(account.ladder.keys.sorted { $0.rawValue < $1.rawValue } == [.bound, .declared])
    #expect(account.json.encoded.contains(#""total":"1000.00""#), "its balance is shown still, with its time")
  }

  @Test func `the tree shows masters with their users, and why`() throws {
    let status = Sample.status([
      Sample.account("kraken", .trading, report: Sample.report()),
      Sample.account("kraken/tania_gilbert", .awaitingCredentials, reason: "not set: A\u{1B}[2J", next: "set A"),
      Sample.account("coinbase", .parked, reason: "refused", next: "make a key"),
    ])
    let text = StatusTree.text(try JSON(parsing: status.json.encoded))
    #expect(
      text == """
        nija-host 0.1.0 · mode sandbox · pid 4711 · since 2026-01-16 12:00:00Z
        kraken ● trading since 2026-01-16 12:00:00Z · pid 4720
        │    balance: 1000.00 USD, available 940.00, held 60.00, as of 2026-01-16 12:01:01Z
        │    orders:  7 placed, 1 open, 0 unknown · positions 2 · last order –, last fill –
        │    profit:  3.21 realised, fees 1.10
        │    cycle:   #12 at 2026-01-16 12:01:01Z: 50 markets, 2 signals, 1 orders
        │             passed over: adx_below_floor 33
        └─ kraken/tania_gilbert (Tania Gilbert) ○ awaiting_credentials since 2026-01-16 12:00:00Z
             why:     not set: A [2J
             next:    set A
        coinbase ▲ parked since 2026-01-16 12:00:00Z
             why:     refused
             next:    make a key

        """)
    #expect(!StatusTree.text(try JSON(parsing: status.json.encoded), wanted: ["coinbase"]).contains("kraken"))
  }

  @Test func `the tree says what is not ours and what nothing explains`() throws {
    var report = Sample.report()
    report.foreignOrders = 2
    report.unexplained = ["USD": try ExactDecimal(parsing: "-1234")]
    let status = Sample.status([Sample.account("kraken", .trading, report: report)])
    let text = StatusTree.text(try JSON(parsing: status.json.encoded))
    #expect(text.contains("foreign: 2 open orders that are not ours"))
    #expect(text.contains("balance: changed by -1234 USD without an execution"))
  }

  @Test func `ready means trading or where the operator wants it`() {
    #expect(Sample.status([Sample.account("a", .trading), Sample.account("b", .disabled)]).unready.isEmpty)
    #expect(Sample.status([Sample.account("a", .paused), Sample.account("b", .halted)]).unready.isEmpty)
    for state in [AccountState.starting, .parked, .degraded, .unfunded, .awaitingCredentials, .exitOnly] {
      #expect(Sample.status([Sample.account("a", .trading), Sample.account("b", state)]).unready.map(\.id) == ["b"])
    }
    var chosen = Sample.account("a", .exitOnly)
    chosen.control = "exit_only"
    #expect(Sample.status([chosen]).unready.isEmpty)
  }
}
