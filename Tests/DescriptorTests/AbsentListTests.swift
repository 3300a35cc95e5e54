import Broker
import Core
import Testing

@testable import Descriptor

/// An absent list is never an empty one, unless the file says so: "the question failed" is not "there is none".
@Suite struct AbsentListTests {
  private func view(_ body: String) -> AnswerView {
    AnswerView(HTTPAnswer(status: 200, headers: [:], body: Array(body.utf8)))
  }

  private func rows(_ path: String, _ body: String) throws -> Int {
    try ReadingParser.parsePath(path).rows(of: view(body)).count
  }

  @Test(arguments: ["[]", "*", "orders[]", "result.*", "[0][]", "data[0].details[]", "bars.*[]", "[].orders[]"])
  func `an answer without its list is an error`(_ path: String) {
    #expect(throws: JSONError.self) { try rows(path, path.hasPrefix("[].") ? "[{}]" : "{}") }
    #expect(throws: JSONError.self) { try rows(path, "null") }
  }

  @Test func `an empty list has no rows, and one that may be absent has none when it is`() throws {
    #expect(try rows("[]", "[]") == 0)
    #expect(try rows("orders[]", #"{"orders": []}"#) == 0)
    #expect(try rows("result.*", #"{"error": [], "result": {}}"#) == 0)
    #expect(try rows("*?", "{}") == 0)
    #expect(try rows("orders[]?", "{}") == 0)
    #expect(try rows("*", #"{"BTCUSD": {}}"#) == 1)
  }

  @Test func `rows under a name without a list are the one thing that is there`() throws {
    #expect(try rows("order", #"{"order": {"id": 1}}"#) == 1)
    #expect(throws: JSONError.self) { try rows("order", "{}") }
    #expect(throws: JSONError.self) { try rows("order", #"{"order": null}"#) }
  }

  @Test func `the sum of an empty list is zero, of one that is not there unknown`() throws {
    func total(_ path: String, _ body: String) throws -> String? {
      try RowReader(view(body)).value(try ReadingParser.parse("total(\(path))"))?.text
    }
    #expect(try total("fills[].btc", #"{"fills": []}"#) == "0")
    #expect(try total("fills[].btc", #"{"fills": [{"btc": "1.5"}, {"eth": "2"}]}"#) == "1.5")
    #expect(throws: JSONError.self) { try total("fills[].btc", "{}") }
    #expect(throws: JSONError.self) { try total("fills[].btc", #"{"fills": null}"#) }
    #expect(try total("fills[].btc?", "{}") == "0")
  }

  @Test func `a row that does not say whether it counts is an error, unless it may`() throws {
    func counts(_ subject: String, _ wanted: String, _ body: String) throws -> Bool {
      let subject = try ConditionParser.subject(subject, statusIsHTTP: false)
      return try RowReader(view(body)).counts([try ConditionParser.condition(subject, wanted)])
    }
    #expect(try counts("class", "crypto", #"{"class": "crypto"}"#))
    #expect(try !counts("class", "crypto", #"{"class": "stock"}"#))
    #expect(throws: JSONError.self) { try counts("class", "crypto", "{}") }
    #expect(throws: JSONError.self) { try counts("class", "!stock", #"{"class": null}"#) }
    #expect(try !counts("class?", "crypto", "{}"))
  }

  /// As the sandbox's fault `garbage:no_result` leaves it.
  @Test func `an order of Coinbase whose answer has no order is not absent`() throws {
    let path = try #require(try ShippedBrokerage("coinbase").descriptor[.order]?.call.rows)
    #expect(throws: JSONError.self) { try path.rows(of: view("{}")) }
  }

  @Test func `a dead-man switch that does not say when it acts is not armed`() async throws {
    let bench = try Bench("okx")
    bench.venue.answer(.json(#"{"code": "0", "data": []}"#))
    await #expect {
      try await bench.plugin.armDeadManSwitch(.seconds(60))
    } throws: { error in (error as? BrokerError)?.code == .malformedAnswer }
    bench.venue.answer(.json(#"{"code": "0", "data": [{"triggerTime": "0"}]}"#))
    try await bench.plugin.disarmDeadManSwitch()
  }
}
