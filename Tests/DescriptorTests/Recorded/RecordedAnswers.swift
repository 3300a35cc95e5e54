import Broker
import Core

@testable import Descriptor

/// What became of one recorded answer.
enum AnswerVerdict: Hashable, Sendable {
  /// Read to the same values.
  case equal
  /// What differs.
  case different([String])
  /// Nothing that a descriptor of spot trading reads.
  case notOurs
}

/// The examples in the client's source which it could read itself, read by the descriptor.
struct RecordedAnswers {
  private let brokerage: ShippedBrokerage
  private let cases: [JSONValue]

  /// - Throws: when the file is there and is not of its shape.
  init(_ material: RecordedMaterial, _ brokerage: ShippedBrokerage) throws {
    self.brokerage = brokerage
    guard let bytes = material.read("ccxt-comments-\(brokerage.name).json") else {
      cases = []
      return
    }
    cases = JSONValue(try JSON(parsing: bytes)).member("cases")?.elements ?? []
  }

  func verdicts() -> [String: AnswerVerdict] {
    var verdicts: [String: AnswerVerdict] = [:]
    for one in cases {
      guard let id = one.member("id")?.scalar, let function = one.member("function")?.scalar,
        let raw = one.member("raw"), let parsed = one.member("parsedByCcxt")
      else { continue }
      verdicts[id] = verdict(function, raw, parsed)
    }
    return verdicts
  }

  /// Which of our operations could read what that function read.
  private static let operations: [String: [OperationName]] = [
    "fetch_time": [.serverTime], "fetch_balance": [.balances], "fetch_ohlcv": [.candles], "parse_ohlcv": [.candles],
    "fetch_ticker": [.ticker, .tickers], "parse_ticker": [.tickers, .ticker], "fetch_tickers": [.tickers, .ticker],
    "fetch_markets": [.instruments], "fetch_order_book": [.orderBook],
    "parse_order": [.openOrders, .order], "create_order": [.openOrders, .order], "fetch_order": [.order, .openOrders],
    "fetch_open_orders": [.openOrders], "fetch_closed_orders": [.closedOrders], "fetch_my_trades": [.fills],
    "parse_trade": [.fills],
  ]

  private func verdict(_ function: String, _ raw: JSONValue, _ parsed: JSONValue) -> AnswerVerdict {
    guard let names = Self.operations[function] else { return .notOurs }
    let expected = ClientWords(function, parsed).rows
    guard !expected.isEmpty else { return .notOurs }
    for name in names {
      guard let operation = brokerage.descriptor[name], let seen = read(operation, raw), !seen.isEmpty else { continue }
      let differences = Self.compare(expected, seen, name)
      return differences.isEmpty ? .equal : .different(differences)
    }
    return .notOurs
  }

  /// The example as a whole answer; else as one row of it.
  private func read(_ operation: Operation, _ raw: JSONValue) -> [JSONValue]? {
    let market = CallVariables(
      texts: ["symbol": "BTC/USD", "base": "BTC", "quote": "USD"], clientIDs: brokerage.descriptor.clientIDs)
    let values = AnswerValues(descriptor: brokerage.descriptor, operation: operation)
    var shapes = [raw]
    if let path = operation.call.rows { shapes.append(Self.wrap(raw, path.steps[...])) }
    for shape in shapes {
      let answer = HTTPAnswer(status: 200, headers: [:], body: Array(shape.encoded.utf8))
      guard let read = try? values.values(answer, market: market) else { continue }
      let rows: [JSONValue] = if case .array(let rows) = read { rows } else { [read] }
      if !rows.isEmpty { return rows }
    }
    return nil
  }

  private static func wrap(_ raw: JSONValue, _ steps: ArraySlice<Path.Step>) -> JSONValue {
    guard let step = steps.first else { return raw }
    let inner = wrap(raw, steps.dropFirst())
    switch step {
    case .member(let name): return .object([(name, inner)])
    case .elements, .element: return .array([inner])
    case .values: return .object([(raw.member("id")?.scalar ?? "KEY", inner)])
    default: return inner
    }
  }

  private static func text(_ row: JSONValue, _ key: String) -> String { row.member(key)?.scalar ?? "" }

  /// Only what both say is compared.
  private static func compare(_ expected: [[String: String]], _ seen: [JSONValue], _ name: OperationName) -> [String] {
    let seen = name == .candles ? seen.sorted { text($0, "start") < text($1, "start") } : seen
    guard expected.count == seen.count else { return ["\(name.rawValue): \(expected.count) rows, seen \(seen.count)"] }
    return zip(expected, seen).flatMap { wanted, row in
      wanted.sorted { $0.key < $1.key }.compactMap { key, value -> String? in
        // A price of zero is none, and the client has one word for orders on their way and open ones.
        guard let own = row.member(key)?.scalar, !(key == "limit" && own.allSatisfy { "0.".contains($0) }),
          !(value == "open" && own == "pending")
        else { return nil }
        return AnswerValues.differences(.string(value), .string(own)).isEmpty
          ? nil : "\(key): expected \(value), seen \(own)"
      }
    }
  }
}

extension JSONValue {
  /// The elements of a list.
  var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
}
