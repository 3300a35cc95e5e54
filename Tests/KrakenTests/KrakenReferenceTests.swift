import Broker
import Core
import Foundation
import Kraken
import Testing

/// The table of failures of the reference page, row by row, against the plugin's own.
@Suite struct KrakenReferenceTests {
  private struct Row {
    var texts: [String]
    var retry: String
    var executed: String
  }

  private struct Unreadable: Error, CustomStringConvertible { let description: String }

  private static let id = ClientOrderID(journal: "0123456789ab", sequence: 7)

  @Test func `every error text of the reference has a row that agrees with the page`() throws {
    guard let folder = Shared.folder("reference", variable: "NIJA_REFERENCE") else { return }
    let page = try String(contentsOf: folder.appending(path: "kraken.md"), encoding: .utf8)
    let rows = try Self.rows(page)
    #expect(rows.flatMap(\.texts).count >= 50)
    for row in rows {
      for text in row.texts {
        let order = KrakenErrors.error([text], .places(Self.id), operation: "place")
        #expect(order.code != .unknown, "\(text)")
        #expect(order.nextStep?.isEmpty == false, "\(text)")
        if let executed = try Self.mayHaveExecuted(row.executed) {
          #expect(order.mayHaveExecuted == executed, "\(text): \(row.executed)")
          #expect((order.recovery == .reconcile(Self.id)) == executed, "\(text)")
        }
        let question = KrakenErrors.error([text], .none, operation: "fetchBalances")
        #expect(!question.mayHaveExecuted, "\(text)")
        if row.retry.hasPrefix("never") { #expect(question.recovery == .never, "\(text): \(row.retry)") }
        if row.retry.contains("after decay") || row.retry.contains("backoff") {
          #expect(question.recovery != .never, "\(text): \(row.retry)")
        }
        if row.retry.contains("15 min") { #expect(question.recovery == .retry(after: .seconds(900)), "\(text)") }
        // Spaces round the colons are Kraken's mood, and so is the case of `Unknown Method`.
        let spaced = text.replacingOccurrences(of: ":", with: " : ")
        #expect(KrakenErrors.error([spaced], .places(Self.id), operation: "place").code == order.code, "\(spaced)")
      }
    }
  }

  @Test func `what stands on no page is unknown, and so is what only looks like a row`() {
    for text in [
      "EOrder:Something new", "EAPI:Invalid keys", "EOrder:Insufficient", "EGeneral:Invalid argumentsx", "", "busy",
      "EService:Market in party mode", "EQuery:Unknown asset pairs",
    ] {
      let error = KrakenErrors.error([text], .places(Self.id), operation: "place")
      #expect(error.code == .unknown && error.mayHaveExecuted && error.recovery == .reconcile(Self.id), "\(text)")
    }
  }

  @Test(arguments: [
    "EQuery:Unknown asset pair", "EService:Market in cancel_only mode",
    "EAccount:Invalid permissions:TRX trading restricted for US:NY", "EOrder:Orders limit exceeded",
  ]) func `a market that is refused fails no account`(_ text: String) {
    #expect(KrakenErrors.error([text], .places(Self.id), operation: "place").scope == .instrument)
  }

  @Test(arguments: [
    ("fetchLedger", "query-ledger"), ("fetchBalances", "query-funds"), ("place", "modify-trades"),
    ("placeBatch", "modify-trades, close-trades"), ("cancel", "modify-trades or close-trades"),
  ]) func `a permission that lacks is named`(_ operation: String, _ permission: String) {
    let error = KrakenErrors.error(["EGeneral:Permission denied"], .none, operation: operation)
    #expect(error.code == .permissionDenied && error.nextStep?.contains(permission) == true)
  }

  // MARK: The page

  private static func rows(_ page: String) throws -> [Row] {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let section = lines.drop { !$0.hasPrefix("## 9.") }.dropFirst().prefix { !$0.hasPrefix("## ") }
    var rows: [Row] = []
    for line in section where line.hasPrefix("|") && line.contains("`E") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard cells.count == 6 else { throw Unreadable(description: line) }
      rows.append(Row(texts: try texts(cells[1]), retry: cells[3], executed: cells[4]))
    }
    return rows
  }

  /// The texts between backquotes that are errors, what stands for several written out.
  private static func texts(_ cell: String) throws -> [String] {
    let quoted = cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    return try quoted.filter { $0.hasPrefix("E") || $0.hasPrefix("…") }.flatMap(writtenOut)
  }

  private static func writtenOut(_ text: String) throws -> [String] {
    let texts: [String] =
      switch text {
      case "…opposing position": ["EOrder:Cannot open opposing position"]
      case "EOrder:Margin …": ["EOrder:Margin allowance exceeded", "EOrder:Margin level too low"]
      case "EOrder:Reduce only:*": ["EOrder:Reduce only:No position exists", "EOrder:Reduce only"]
      case "EAuth:Account temporary disabled/unconfirmed":
        ["EAuth:Account temporary disabled", "EAuth:Account unconfirmed"]
      case "EService:Market in cancel_only / post_only / limit_only mode":
        ["cancel_only", "post_only", "limit_only"].map { "EService:Market in \($0) mode" }
      case "EService: Throttled: <ts>": ["EService: Throttled: 1760000007", "EService:Throttled:1760000007"]
      default: optionalEnd(text)
      }
    for text in texts where text.contains(where: { "…*<>[]/".contains($0) }) {
      throw Unreadable(description: "the reference has a new kind of row: \(text)")
    }
    return texts
  }

  /// `EGeneral:Internal error[:code]` with and without what may follow.
  private static func optionalEnd(_ text: String) -> [String] {
    guard let bracket = text.firstIndex(of: "["), text.hasSuffix("]") else { return [text] }
    let stem = String(text[..<bracket])
    return [stem, stem + text[text.index(after: bracket)...].dropLast()]
  }

  /// What the last column says of a call that places an order; `nil` where it says nothing of it.
  private static func mayHaveExecuted(_ cell: String) throws -> Bool? {
    if cell.contains("maybe") || cell.contains("yes") { return true }
    if cell.hasPrefix("no") { return false }
    guard cell == "—" else { throw Unreadable(description: "executed: \(cell)") }
    return nil
  }
}
