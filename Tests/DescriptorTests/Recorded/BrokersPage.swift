import Descriptor
import Foundation
import Testing

/// `docs/brokers.md`, made of what the comparison gave.
struct BrokersPage {
  /// One brokerage.
  struct Row {
    let brokerage: ShippedBrokerage
    let proofs: [RequestProof]
    let answers: [String: AnswerVerdict]

    init(_ brokerage: ShippedBrokerage, _ proofs: [RequestProof], _ answers: [String: AnswerVerdict]) {
      self.brokerage = brokerage
      self.proofs = proofs
      self.answers = answers
    }

    var name: String { brokerage.name }

    /// Those that count: sent by the client, and to be imitated.
    var counted: [RequestProof] {
      proofs.filter { proof in
        if case .unsupported("the client cannot do it") = proof.outcome { return false }
        return OnPurpose.notCounted[name]?[proof.operation] == nil
      }
    }

    /// Nothing differs, and nothing is missing, without a reason.
    func check() {
      for proof in proofs {
        switch proof.outcome {
        case .passed: break
        case .failed(let differences): Issue.record("\(proof.id): \(differences.joined(separator: "; "))")
        case .unsupported(let reason): if !isExplained(proof) { Issue.record("\(proof.id): \(reason)") }
        }
        if case .different(let differences) = proof.signature {
          Issue.record("\(proof.id): \(differences.joined(separator: "; "))")
        }
      }
      for (id, verdict) in answers.sorted(by: { $0.key < $1.key }) {
        if case .different(let differences) = verdict, OnPurpose.answers[id] == nil {
          Issue.record("\(id): \(differences.joined(separator: "; "))")
        }
      }
    }

    private func isExplained(_ proof: RequestProof) -> Bool {
      if proof.declared.contains(where: { $0.kind == .otherCall }) { return true }
      if case .unsupported("the client cannot do it") = proof.outcome { return true }
      return OnPurpose.missing[name]?[proof.operation] != nil || OnPurpose.notCounted[name]?[proof.operation] != nil
    }
  }

  let rows: [Row]

  private static var url: URL { ShippedBrokerage.root.appending(path: "docs/brokers.md") }

  /// Compares the page with what it should be, or writes it where `NIJA_WRITE_PAGES` is set.
  func keep() throws {
    if ProcessInfo.processInfo.environment["NIJA_WRITE_PAGES"] != nil {
      try text.write(to: Self.url, atomically: true, encoding: .utf8)
      return
    }
    let seen = try? String(contentsOf: Self.url, encoding: .utf8)
    #expect(seen == text, "docs/brokers.md is out of date: run this test with NIJA_WRITE_PAGES=1")
  }

  // MARK: Text

  private var text: String {
    let counted = rows.flatMap(\.counted)
    let passed = counted.filter { $0.outcome == .passed }
    let signed = counted.filter { $0.signature == .equal || $0.signature == .equalOverRecorded }
    let lines: [String] = [
      "# Brokerages that are files", "",
      "Made by `RecordedRequestsTests`, which fails where this page says something else; "
        + "`NIJA_WRITE_PAGES=1` writes it anew. How such a file looks: [descriptors](descriptors.md); how one is made: "
        + "[adding a brokerage](adding-a-brokerage.md).", "",
      "An independent client (ccxt 4.5.90) was asked for sixteen operations with a fixed clock and made-up keys; the "
        + "descriptors make the same requests. Of \(counted.count) recorded requests that are to be imitated, "
        + "\(passed.count) are equal in method, address and parameters, but for differences on purpose named below; "
        + "\(signed.count) bear the client's own signature, byte for byte.", "",
    ]
    return (lines + table + [""] + legend + onPurpose + answers + missing + [""]).joined(separator: "\n")
  }

  private static let operations: [(name: String, title: String)] = [
    ("time", "time"), ("markets", "markets"), ("ticker", "ticker"), ("candles", "candles"), ("book", "book"),
    ("balances", "balances"), ("limit_order", "limit"), ("post_only", "post-only"), ("ioc_order", "IOC"),
    ("market_sell", "market"), ("market_buy_cost", "market, by worth"), ("cancel", "cancel"),
    ("cancel_all", "cancel all"), ("open_orders", "open orders"), ("order_status", "order"), ("my_trades", "fills"),
  ]

  private var table: [String] {
    let head = ["brokerage", "lines"] + Self.operations.map(\.title) + ["answers"]
    return [Self.line(head), Self.line(head.map { _ in "---" })]
      + rows.map { row in
        let proofs = Dictionary(row.proofs.map { ($0.operation, $0) }) { first, _ in first }
        let cells = Self.operations.map { operation in
          proofs[operation.name].map { Self.cell($0, row) } ?? " "
        }
        let read = row.answers.values.filter { $0 == .equal }.count
        let compared = row.answers.values.filter { if case .notOurs = $0 { false } else { true } }.count
        return Self.line(
          ["\(row.brokerage.descriptor.title)", "\(row.brokerage.lines)"] + cells + ["\(read) of \(compared)"])
      }
  }

  private static func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }

  private static func cell(_ proof: RequestProof, _ row: Row) -> String {
    if case .unsupported("the client cannot do it") = proof.outcome { return "–" }
    if OnPurpose.notCounted[row.name]?[proof.operation] != nil { return "n" }
    switch proof.outcome {
    case .failed: return "**no**"
    case .unsupported: return "x"
    case .passed: break
    }
    let request = proof.declared.isEmpty ? "=" : "≈"
    switch proof.signature {
    case .none: return request
    case .equal: return request + " s"
    case .equalOverRecorded: return request + " r"
    case .incomparable: return request + " t"
    case .different: return request + " **no**"
    }
  }

  private var legend: [String] {
    [
      "* lines: of the file, without empty ones, comments and tests.",
      "* `=` the same request; `≈` the same but for a difference on purpose; `x` not made, for a reason named below; "
        + "`n` not to be imitated; `–` the client cannot do it; empty: nothing was recorded.",
      "* `s` our request bears the client's signature; `r` ours differs in parameters or their order, and the client's "
        + "own bytes, signed by the descriptor, bear its signature; `t` a token that is another each time, so that there "
        + "is nothing to compare (its own vectors stand in `brokers/coinbase/signing.json`).",
      "* answers: of the examples in the client's source that it could read offline itself, those that the descriptor "
        + "reads to the same values; of derivatives and of other calls none counts.",
      "* The table tells of calls, not of accounts: Alpaca's list of markets and its clock need a key, which the feed of a "
        + "brokerage has not, so that its accounts are parked, in the sandbox too.", "",
    ]
  }

  private var onPurpose: [String] {
    ["## Differences on purpose", ""]
      + rows.flatMap { row in
        var seen: Set<RecordedDifference> = []
        return row.proofs.flatMap { proof in proof.declared.map { (proof.operation, $0) } }
          .filter { seen.insert($0.1).inserted }
          .map { operation, difference in
            let name = difference.operation == "*" ? "orders" : operation
            let what =
              switch difference.kind {
              case .added: "`\(difference.parameter)` besides"
              case .leftOut: "without `\(difference.parameter)`"
              case .changed: "another `\(difference.parameter)`"
              case .otherCall: "another call"
              }
            return "* \(row.brokerage.descriptor.title), \(name): \(what): \(difference.because)."
          }
      } + [""]
  }

  private var answers: [String] {
    let others = OnPurpose.answers.sorted { $0.key < $1.key }
    return ["## Answers read otherwise", ""] + others.map { "* `\($0.key)`: \($0.value)." } + [""]
  }

  private var missing: [String] {
    let single = rows.flatMap { row in
      (OnPurpose.missing[row.name] ?? [:]).sorted { $0.key < $1.key }.map { operation, reason in
        "* \(row.brokerage.descriptor.title), \(operation): \(reason)."
      }
        + (OnPurpose.notCounted[row.name] ?? [:]).sorted { $0.key < $1.key }.map { operation, reason in
          "* \(row.brokerage.descriptor.title), \(operation) (not to be imitated): \(reason)."
        }
    }
    let titles = Dictionary(rows.map { ($0.name, $0.brokerage.descriptor.title) }) { first, _ in first }
    return ["## What could not be expressed", ""] + single
      + OnPurpose.inexpressible.map { "* \(titles[$0.brokerage] ?? $0.brokerage): \($0.what)." }
  }
}
