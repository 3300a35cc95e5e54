internal import Config
internal import Core

extension DescriptorSession {
  /// What is read from an answer or a row.
  /// - Parameter isFurther: whether what a call before it reads counts where it reads nothing itself.
  mutating func readFields(_ block: ParsedBlock, _ context: CallContext, _ call: inout Call, isFurther: Bool) {
    let rule = context.rule
    let spec = CallKeys.read(rule)
    let read = block[spec.name]?.block
    path.push(spec.name)
    if read == nil, !block.refused.contains(spec.name), !isFurther, context.name.donor == nil,
      rule.fields.contains(where: \.isRequired)
    {
      error(block.mark, "is required: \(spec.doc)")
    }
    for field in rule.fields {
      guard let parsed = read?[field.name] else { continue }
      path.push(field.name)
      if let reading = reading(parsed, field, rows: call.rows) { call.fields[field.name] = reading }
      path.pop()
    }
    if let read { checkGroups(read, context, call.fields) }
    path.pop()
    if context.name == .orderBook { readBook(block, &call) }
  }

  /// Fields of which some are needed together.
  private mutating func checkGroups(_ read: ParsedBlock, _ context: CallContext, _ fields: [String: Reading]) {
    func has(_ name: String) -> Bool { fields[name] != nil || read.refused.contains(name) || read[name] != nil }
    switch context.name {
    case .balances:
      let given = ["total", "available", "held"].filter(has)
      if given.count < 2 { error(read.mark, "needs two of total, available and held") }
      for name in given.prefix(2) where fields[name]?.mayBeAbsent == true && given.count < 3 {
        at(name) { $0.error(read[name]?.mark ?? read.mark, "may not be absent: two of the three are needed") }
      }
    case .permissions:
      if !["query", "trade", "withdraw", "identity"].contains(where: has) { error(read.mark, "reads nothing") }
    default: break
    }
  }

  private mutating func readBook(_ block: ParsedBlock, _ call: inout Call) {
    call.bids = bookSide(block, CallKeys.bids)
    call.asks = bookSide(block, CallKeys.asks)
    if let bids = call.bids, bids == call.asks {
      at(CallKeys.asks.name) { $0.error(block.mark(of: CallKeys.asks), "is where the bids are") }
    }
    guard let level = block[CallKeys.level.name]?.block else { return }
    path.push(CallKeys.level.name)
    defer { path.pop() }
    for name in ["price", "quantity"] {
      guard let parsed = level[name] else { continue }
      path.push(name)
      if let reading = reading(parsed, ReadField(name, .number, ""), rows: call.bids) {
        call.levelFields[name] = reading
      }
      path.pop()
    }
  }

  private mutating func bookSide(_ block: ParsedBlock, _ spec: FieldSpec) -> Path? {
    guard let parsed = block[spec.name] else { return nil }
    path.push(spec.name)
    defer { path.pop() }
    guard let rows = parse(parsed, ReadingParser.parsePath) else { return nil }
    guard rows.isMany, !rows.asksKey else {
      error(parsed.mark, "expected a path to rows, such as bids[]")
      return nil
    }
    return rows
  }

  /// How one field is read.
  mutating func reading(_ parsed: Parsed, _ field: ReadField, rows: Path?) -> Reading? {
    if let list = parsed.list { return cases(list, parsed.mark, field, rows) }
    guard let reading = parse(parsed, ReadingParser.parse) else { return nil }
    check(reading.paths, rows, parsed.mark)
    guard fits(reading, field) else {
      error(parsed.mark, expectation(field))
      return nil
    }
    if field.isRequired, reading.mayBeAbsent {
      error(parsed.mark, "is needed: its path may not be optional")
    }
    noteWords(reading, field, parsed.mark)
    return reading
  }

  /// Words in quotes are ours; what stands at a path is the venue's.
  private mutating func noteWords(_ reading: Reading, _ field: ReadField, _ mark: Mark) {
    guard !field.kind.words.isEmpty else { return }
    for word in reading.literals where !field.kind.words.contains(word) {
      error(mark, "a word in quotes is one of \(field.kind.words.joined(separator: ", "))")
    }
    if case .literal = reading { return }
    switch field.kind {
    case .orderStatus:
      used.orderStatus = true
      if words.orderStatuses.isEmpty { error(mark, "there is no enums.order_status to read it by; or write cases") }
    case .instrumentStatus:
      used.instrumentStatus = true
      if words.instrumentStatuses.isEmpty {
        error(mark, "there is no enums.instrument_status to read it by; or write cases")
      }
    default: break
    }
  }

  private func fits(_ reading: Reading, _ field: ReadField) -> Bool {
    switch field.kind {
    case .text: reading.kind == .raw || reading.kind == .text
    case .number: reading.kind == .raw || reading.kind == .number
    case .time: reading.kind == .time
    case .truth: if case .path = reading { true } else if case .literal = reading { true } else { false }
    case .side, .orderStatus, .instrumentStatus: reading.kind == .raw || reading.kind == .text
    case .outcome: if case .literal = reading { true } else { false }
    }
  }

  private func expectation(_ field: ReadField) -> String {
    switch field.kind {
    case .text, .side, .orderStatus, .instrumentStatus: "expected a text, not a number or a time"
    case .number: "expected a number, not a text or a time"
    case .time: "expected a time with its unit: s(…), ms(…), us(…), ns(…), iso(…) or http_date(…)"
    case .truth: "expected a path to true or false, 'true', 'false', or cases"
    case .outcome: "expected 'cancelled', 'pending', or cases that say which"
    }
  }

  /// The first case whose conditions hold.
  private mutating func cases(_ list: [Parsed], _ mark: Mark, _ field: ReadField, _ rows: Path?) -> Reading? {
    guard !list.isEmpty else {
      error(mark, "needs at least one case")
      return nil
    }
    var cases: [Reading.Case] = []
    for (index, parsed) in list.enumerated() {
      guard let block = parsed.block else { continue }
      path.push(index: index)
      defer { path.pop() }
      let written = block.entries.filter { $0.name != CallKeys.caseThen.name }
      let conditions = self.conditions(written, statusIsHTTP: false)
      if written.isEmpty, block.refused.allSatisfy({ $0 == CallKeys.caseThen.name }), field.kind != .instrumentStatus {
        error(parsed.mark, "has no condition: what no case names is an error, never a guess")
      }
      if cases.contains(where: { Set($0.conditions).isSubset(of: Set(conditions)) }) {
        error(parsed.mark, "never counts: an earlier case holds whenever it does")
      }
      if let item = caseReading(block, conditions, field, rows) { cases.append(item) }
    }
    return .cases(cases)
  }

  /// What the field is: one of our words, or read like any other where it has none.
  private mutating func caseReading(
    _ block: ParsedBlock, _ conditions: [Condition], _ field: ReadField, _ rows: Path?
  ) -> Reading.Case? {
    guard let then = block[CallKeys.caseThen.name], let word = then.scalar?.text else { return nil }
    path.push(CallKeys.caseThen.name)
    defer { path.pop() }
    guard field.kind.words.isEmpty else {
      if field.kind.words.contains(word) { return .init(conditions: conditions, then: word) }
      unknown("word", word, among: field.kind.words, then.mark)
      return nil
    }
    return reading(then, field, rows: rows).map { .init(conditions: conditions, reading: $0) }
  }

  /// Several values stand only where rows are; a key only where rows come from an object.
  mutating func check(_ paths: [Path], _ rows: Path?, _ mark: Mark) {
    if paths.contains(where: \.isMany) { error(mark, "[] and * stand only in rows") }
    for path in paths
    where path.asksKey && (path.origin != .row || path.steps != [.key] || rows?.steps.contains(.values) != true) {
      error(mark, "@key stands alone, where rows come from an object by *")
    }
  }
}

extension Reading {
  /// The texts in quotes that it may come to.
  fileprivate var literals: [String] {
    switch self {
    case .literal(let text): [text]
    case .first(let readings): readings.flatMap(\.literals)
    case .path, .apply, .cases: []
    }
  }
}
