internal import Broker
internal import Core

/// What a descriptor reads from an answer, field by field, in our words: what its own tests and recorded answers are
/// compared with.
struct AnswerValues {
  let descriptor: Descriptor
  let operation: Operation
  /// The operation's own, or another one of its calls.
  let call: Call

  init(descriptor: Descriptor, operation: Operation, call: Call? = nil) {
    self.descriptor = descriptor
    self.operation = operation
    self.call = call ?? operation.call
  }

  /// The fields whose values are names of currencies.
  private static let currencies: Set<String> = ["currency", "base", "quote", "fee_currency"]

  /// Rows as a list, one thing as an object, a book with its two sides.
  /// - Throws: the reason why it is not read at all.
  func values(_ answer: HTTPAnswer, market: CallVariables) throws(BrokerError) -> JSONValue {
    let view = AnswerView(answer, market: market)
    let nature = CallNature(operation: operation.name, effect: operation.effect)
    if let verdict = descriptor.failures.verdict(view) { throw nature.error(verdict, view, words: "") }
    do throws(JSONError) {
      if let problem = view.problem { throw problem }
      return try values(view)
    } catch {
      throw nature.malformed(error, words: nil)
    }
  }

  private func values(_ view: AnswerView) throws(JSONError) -> JSONValue {
    if operation.name == .orderBook {
      return .object([
        ("bids", .array(try rows(call.bids, [], call.levelFields, view))),
        ("asks", .array(try rows(call.asks, [], call.levelFields, view))),
      ])
    }
    guard let path = call.rows else {
      // Without rows the answer is one, or none where it does not count.
      let reader = RowReader(view)
      return try reader.counts(call.filter) ? try object(call.fields, reader) : .array([])
    }
    return .array(try rows(path, call.filter, call.fields, view))
  }

  private func rows(
    _ path: Path?, _ filter: [Condition], _ fields: [String: Reading], _ view: AnswerView
  ) throws(JSONError) -> [JSONValue] {
    guard let path else { return [] }
    var rows: [JSONValue] = []
    for row in try path.rows(of: view) {
      let reader = RowReader(view, row)
      if try reader.counts(filter) { rows.append(try object(fields, reader)) }
    }
    return rows
  }

  private func object(_ fields: [String: Reading], _ reader: RowReader) throws(JSONError) -> JSONValue {
    // A row that only others are asked by is a text itself.
    if fields.isEmpty, call.rows != nil, operation.call != call {
      return .string(try FieldValues(["each": DescriptorClient.itself], reader).text("each"))
    }
    let values = FieldValues(fields, reader)
    var members: [(key: String, value: JSONValue)] = []
    for name in fields.keys.sorted() {
      guard let value = try values.optional(name) else { continue }
      members.append((name, try field(name, value, values)))
    }
    return .object(members)
  }

  private func field(_ name: String, _ value: ReadValue, _ row: FieldValues) throws(JSONError) -> JSONValue {
    let names = DescriptorNames(descriptor.naming)
    let reports = ReportReader(
      words: descriptor.words, names: names, ids: ClientIDs(descriptor.clientIDs), now: Timestamp(nanoseconds: 0))
    switch name {
    case "side": return .string(try reports.side(row).rawValue)
    case "status":
      return .string(
        operation.name == .instruments
          ? try reports.instrumentStatus(row).rawValue : try reports.status(row).rawValue)
    default: break
    }
    if case .time(let time) = value { return .string(time.description) }
    guard let text = value.text else { throw .wrongType(name, expected: "text or a number") }
    return .string(Self.currencies.contains(name) ? names.currency(text) : text)
  }

  /// Whether the next page is asked for by what is expected.
  func next(after answer: HTTPAnswer, market: CallVariables, expected: String) -> [String] {
    let view = AnswerView(answer, market: market)
    do throws(JSONError) {
      let rows = try call.rows?.rows(of: view) ?? [AnswerRow(view.root)]
      let seen = try PageFacts(call.paging, rows, view).mark ?? ""
      return seen == expected ? [] : ["next: expected \(expected), seen \(seen)"]
    } catch {
      return ["next: \(error)"]
    }
  }

  /// Whether candles come in the order that is declared, where an answer has several.
  func order(of seen: JSONValue) -> [String] {
    guard operation.name == .candles, case .array(let rows) = seen, rows.count > 1 else { return [] }
    let starts = rows.compactMap { $0.member("start")?.scalar.flatMap(Timestamp.init(rfc3339:)) }
    let isRising = zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
    return isRising != call.isNewestFirst ? [] : ["order: the rows come the other way round"]
  }

  // MARK: Comparison

  /// What differs of what is expected; what nobody expects is not looked at.
  static func differences(_ expected: JSONValue, _ seen: JSONValue, at place: String = "") -> [String] {
    switch (expected, seen) {
    case (.object(let members), .object):
      // With a $ in front stands what the answer is about, not what is read.
      return members.filter { !$0.key.hasPrefix("$") }.flatMap { member in
        differences(member.value, seen.member(member.key) ?? .null, at: place + "." + member.key)
      }
    case (.array(let a), .array(let b)):
      guard a.count == b.count else { return ["\(place): expected \(a.count) rows, seen \(b.count)"] }
      return zip(a, b).enumerated().flatMap { differences($1.0, $1.1, at: "\(place)[\($0)]") }
    // One row may be expected as an object.
    case (.object, .array(let rows)) where rows.count == 1: return differences(expected, rows[0], at: place)
    default: return isSame(expected, seen) ? [] : ["\(place): expected \(expected.encoded), seen \(seen.encoded)"]
    }
  }

  /// As text, as numbers, or as times: a number is milliseconds since 1970.
  private static func isSame(_ expected: JSONValue, _ seen: JSONValue) -> Bool {
    guard let a = expected.scalar, let b = seen.scalar else { return expected.encoded == seen.encoded }
    if a == b { return true }
    if let x = try? ExactDecimal(parsing: a), let y = try? ExactDecimal(parsing: b) { return x == y }
    guard let time = Timestamp(rfc3339: b) else { return false }
    if let other = Timestamp(rfc3339: a) { return other == time }
    return Int(a) == time.milliseconds
  }
}
