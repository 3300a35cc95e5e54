import Broker
import Core
import Testing

@testable import Coinbase

/// The failure table of the reference (§7), read out of the reference itself: no row may be unknown to the plugin, and
/// each must agree on whether the order may exist.
@Suite struct CoinbaseFailureTableTests {
  /// One way in which a row of the table comes over the wire, and what its last column says.
  struct Failure: CustomStringConvertible {
    let row: String
    let reply: ScriptedTransport.Reply
    let mayHaveExecuted: Bool
    var description: String { row }
  }

  static func failures() throws -> [Failure]? {
    guard let text = try Shared.reference("coinbase.md") else { return nil }
    let lines = text.split(separator: "\n").drop { !$0.hasPrefix("## 7. Failure table") }
    let rows = lines.dropFirst().prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("|") }.dropFirst(2)
    #expect(rows.count >= 14)
    return try rows.flatMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingPrefix(while: \.isWhitespace) }
      let what = try #require(cells.first).description
      let executed = try #require(cells.last).description
      let found = replies(what)
      #expect(!found.isEmpty, "a row that no test reads: \(line)")
      return try found.map { Failure(row: what, reply: $0, mayHaveExecuted: try mayHaveExecuted(executed)) }
    }
  }

  /// The column `executed`.
  static func mayHaveExecuted(_ cell: String) throws -> Bool {
    if cell.hasPrefix("no (verify)") || cell.hasPrefix("maybe") || cell.hasPrefix("earlier: yes") { return true }
    try #require(cell.hasPrefix("no"), "a column that no test reads: \(cell)")
    return false
  }

  /// A row names statuses with bodies, ways for an answer to get lost, or words of a refused order.
  static func replies(_ what: String) -> [ScriptedTransport.Reply] {
    let words = words(what)
    let statuses = what.split { !$0.isNumber }.compactMap { Int($0) }.filter { (400...599).contains($0) }
    var replies: [ScriptedTransport.Reply] = []
    for status in statuses {
      replies += (words.isEmpty ? [""] : words).flatMap { word in
        [word, #"{"error":"\#(word)","error_details":"d","message":"m"}"#].map { ScriptedTransport.status(status, $0) }
      }
    }
    if what.contains("timeout") {
      replies.append(.failure(TransportError(phase: .receive, mayHaveArrived: true, detail: "timed out")))
    }
    if what.contains("cut body") { replies.append(ScriptedTransport.ok(#"{"success":true,"success_resp"#)) }
    guard statuses.isEmpty else { return replies }
    return words.flatMap { word in
      ["error", "new_order_failure_reason", "preview_failure_reason"].map { field in
        ScriptedTransport.ok(#"{"success":false,"error_response":{"\#(field)":"\#(word)","message":"m"}}"#)
      }
    }
  }

  /// What stands between backticks; a pattern as three words that fit it, a spelling that is only mentioned spelt out.
  static func words(_ what: String) -> [String] {
    let quoted = what.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    return quoted.flatMap { word -> [String] in
      if word == "POSTONLY" { return quoted.map { $0.replacing("POST_ONLY", with: word) }.filter { $0 != word } }
      guard word.contains("*") else { return [word] }
      return ["PRICE", "SIZE", "STOP_PRICE"].map { word.replacing("*", with: $0) }
    }
  }

  @Test func `every row of the reference's failure table is known, and agrees on what may exist`() async throws {
    guard let failures = try Self.failures() else { return }
    #expect(failures.count > 100)
    for failure in failures {
      // A refused token is sent three times.
      let transport = ScriptedTransport([failure.reply, failure.reply, failure.reply])
      let coinbase = try makeCoinbase(transport)
      let error = await CoinbaseTests.failure { () throws(BrokerError) in try await coinbase.place(order()) }
      let problem = try #require(error, "\(failure)")
      #expect(problem.code != .unknown || failure.isBareWord, "\(failure): \(problem)")
      #expect(problem.mayHaveExecuted == failure.mayHaveExecuted, "\(failure): \(problem)")
      #expect((problem.recovery == .reconcile(order().clientOrderID)) == failure.mayHaveExecuted, "\(failure)")
      #expect(!problem.message.isEmpty && problem.operation == "place", "\(failure)")
      #expect(problem.nextStep?.isEmpty == false || problem.code == .malformedAnswer, "\(failure): \(problem)")
    }
  }

  @Test func `what concerns one product or order never fails the account`() async throws {
    guard let failures = try Self.failures() else { return }
    let reaching = Set<BrokerError.Code>([.invalidKey, .permissionDenied, .rateLimited, .venueUnavailable, .network])
    for failure in failures {
      let transport = ScriptedTransport([failure.reply, failure.reply, failure.reply])
      let coinbase = try makeCoinbase(transport)
      let error = await CoinbaseTests.failure { () throws(BrokerError) in try await coinbase.place(order()) }
      let problem = try #require(error)
      let reachesFar = problem.scope == .account || problem.scope == .broker
      #expect(reachesFar == reaching.contains(problem.code), "\(failure): \(problem)")
    }
  }
}

extension CoinbaseFailureTableTests.Failure {
  /// `NOT_FOUND` and the like come in JSON: as plain text they are a proxy's words.
  fileprivate var isBareWord: Bool {
    guard case .success(let answer) = reply, answer.status != 401 else { return false }
    return answer.body.first != UInt8(ascii: "{") && !answer.body.isEmpty
  }
}
