import Broker
import Core

/// Replays one answer: the raw form through our plugin, the result against whatever the case has been parsed to, and
/// against our own independent reading of the raw form.
struct AnswerReplay {
  let one: ReplayCase

  init(_ one: ReplayCase) { self.one = one }

  func differences() async throws -> [String] { try await AnswerRun(plan: try AnswerPlan(one)).differences() }
}

/// What another program made of an answer.
struct Parse: Sendable {
  /// In ccxt's vocabulary.
  var value: JSONValue
  /// Paths where the material says itself that its two parses differ.
  var skipped: Set<String>
}

/// What is done for one answer.
struct AnswerPlan: Sendable {
  let id: String
  let venue: Venue
  /// As the case has it.
  let raw: JSONValue
  let names: Names
  /// All of these, over the same answer.
  var operations: [Operation]
  /// As it comes over the wire, client ids replaced by ours.
  var answer: JSONValue
  var status = 200
  /// Of the first operation.
  var parses: [Parse] = []
  /// Whether the other program leaves rows out after reading.
  var isFiltered = false
}

/// One plan against the plugin.
struct AnswerRun {
  let plan: AnswerPlan
  private var names: Names { plan.names }

  private var reader: any AnswerReader {
    plan.venue == .kraken ? KrakenReader(names: names) : CoinbaseReader(names: names)
  }

  func differences() async throws -> [String] {
    var differences: [String] = []
    for (index, operation) in plan.operations.enumerated() {
      let script = AnswerScript(venue: plan.venue, answer: plan.answer, status: plan.status, names: names)
      let bench = try Bench(plan.venue, names.instruments(), now: operation.now, script.answer)
      let outcome: Result<Seen, BrokerError>
      do {
        outcome = .success(try await operation.perform(on: bench.plugin))
      } catch let error as BrokerError {
        outcome = .failure(error)
      }
      let found = compare(operation, outcome, parses: index == 0 ? plan.parses : [])
      differences += plan.operations.count > 1 ? found.map { "\(operation.name) \($0)" } : found
    }
    return differences
  }

  private func compare(
    _ operation: Operation, _ outcome: Result<Seen, BrokerError>, parses: [Parse]
  ) -> [String] {
    let expectation = reader.read(operation, plan.answer)
    switch (expectation, outcome) {
    case (.refused(let words), .failure(let error)):
      // Words that no table knows are `unknown`, and nothing is concluded from them.
      if error.mayHaveExecuted, error.code != .unknown {
        return ["outcome: expected a refusal, seen an open outcome: \(error)"]
      }
      let text = "\(error.venueText ?? "") \(error.message)"
      return text.contains(words) ? [] : ["outcome: expected a refusal with \(words), seen \(error)"]
    case (.malformed, .failure(let error)):
      return error.code == .malformedAnswer ? [] : ["outcome: expected a malformed answer, seen \(error)"]
    case (_, .failure(let error)): return ["outcome: expected an answer, seen \(error)"]
    case (.refused(let words), .success): return ["outcome: expected a refusal with \(words), seen an answer"]
    case (.malformed(let text), .success): return ["outcome: expected it refused (\(text)), seen an answer"]
    case (.value(let own), .success(let seen)):
      let value = Unified(venue: plan.venue).value(seen)
      return compare(parses, value, operation) + compare(own, value, operation)
    case (nil, .success(let seen)):
      if parses.allSatisfy(\.value.isNull) { return ["outcome: nothing is known to compare it with"] }
      return compare(parses, Unified(venue: plan.venue).value(seen), operation)
    }
  }

  private func compare(_ parses: [Parse], _ value: JSONValue, _ operation: Operation) -> [String] {
    parses.flatMap { parse -> [String] in
      var comparison = AnswerComparison(venue: plan.venue, raw: plan.raw, kind: Self.kind(operation))
      comparison.skipped = parse.skipped
      comparison.allowsMore = plan.isFiltered
      // One row parsed alone stands for a list of one here.
      if parse.value.list == nil, let rows = value.list, rows.count == 1 {
        comparison.compare(parse.value, rows[0])
      } else {
        comparison.compare(parse.value, value)
      }
      return comparison.differences
    }
  }

  /// Against our own reading, which leaves nothing out.
  private func compare(_ own: JSONValue, _ value: JSONValue, _ operation: Operation) -> [String] {
    var comparison = AnswerComparison(venue: plan.venue, raw: plan.raw, kind: Self.kind(operation))
    comparison.compare(own, value)
    return comparison.differences.map { "by our own reading: \($0)" }
  }

  static func kind(_ operation: Operation) -> String {
    switch operation {
    case .openOrders, .closedOrders, .order, .place: "order"
    case .fills, .fillsOfOrder: "trade"
    case .instruments: "market"
    case .ticker: "ticker"
    case .tickers: "tickers"
    case .book: "book"
    case .balances: "balances"
    case .amend: "amendment"
    case .fees: "fees"
    case .ledger: "ledger"
    case .cancel, .cancelByClientID, .cancelSeveral, .cancelAll: "cancel"
    default: operation.name
    }
  }
}

/// The venue of one answer: that answer, an end to its pages, and what stands beside it.
struct AnswerScript: Sendable {
  let venue: Venue
  let answer: JSONValue
  let status: Int
  let names: Names

  @Sendable func answer(_ request: HTTPRequest, _ earlier: Int) -> HTTPAnswer {
    let name = request.path.split(separator: "/").last.map(String.init) ?? ""
    let body = venue == .kraken ? kraken(name, earlier) : coinbase(earlier)
    return HTTPAnswer(status: status, headers: [:], body: Array(body.encoded.utf8))
  }

  private func kraken(_ name: String, _ earlier: Int) -> JSONValue {
    switch name {
    case "Assets":
      let pairs = answer["result"]?.members ?? []
      let listed = pairs.flatMap { [$0.value["base"]?.text, $0.value["quote"]?.text] }.compactMap { $0 }
      let known = Names.assets(names.symbols)
      let others = Set(listed).subtracting(known.map(\.id)).sorted().map { (id: $0, altname: $0) }
      return result(.object((known + others).map { ($0.id, .object([("altname", .string($0.altname))])) }))
    case "OpenOrders":
      return answer["result"]?["open"] == nil && isList ? result(.object([("open", .object([]))])) : answer
    case "ClosedOrders": return page("closed", earlier)
    case "TradesHistory": return page("trades", earlier)
    case "Ledgers": return page("ledger", earlier)
    default: return answer
    }
  }

  /// Whether it is an answer of one of the lists; other answers (errors) come back whatever is asked.
  private var isList: Bool { ["open", "closed", "trades", "ledger"].contains { answer["result"]?[$0] != nil } }

  private func page(_ key: String, _ earlier: Int) -> JSONValue {
    guard isList else { return answer }
    let rows = answer["result"]?[key]?.members
    guard let rows, earlier == 0 else {
      return result(.object([(key, .object([])), ("count", .integer(rows?.count ?? 0))]))
    }
    // The material's pages are cut: what is there is taken for all that there is.
    return result(.object([(key, .object(rows)), ("count", .integer(rows.count))]))
  }

  private func result(_ result: JSONValue) -> JSONValue { .object([("error", .array([])), ("result", result)]) }

  /// Behind the first page an empty one.
  private func coinbase(_ earlier: Int) -> JSONValue {
    guard earlier > 0, answer["cursor"] != nil else { return answer }
    var last = answer
    for key in ["orders", "fills", "accounts"] where last[key] != nil { last[key] = .array([]) }
    last["has_next"] = last["has_next"] == nil ? nil : .boolean(false)
    last["cursor"] = ""
    return last
  }
}
