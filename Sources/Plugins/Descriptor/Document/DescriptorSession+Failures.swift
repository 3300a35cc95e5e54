internal import Broker
internal import Config
internal import Core

extension DescriptorSession {
  /// What failures look like and mean.
  mutating func readFailures(_ top: ParsedBlock) -> FailureTable? {
    guard let block = top[DescriptorKeys.errors.name]?.block else { return nil }
    path.push(DescriptorKeys.errors.name)
    defer { path.pop() }
    let failed = readFailed(block)
    let message = readMessage(block)
    let rules = readRules(block)
    guard let otherwise = block[ErrorKeys.otherwise.name]?.block else { return nil }
    path.push(ErrorKeys.otherwise.name)
    defer { path.pop() }
    guard var meaning = self.meaning(otherwise) else { return nil }
    // What nobody foresaw may have been carried out.
    meaning.mayHaveExecuted = true
    return FailureTable(failed: failed, message: message, rules: rules, otherwise: meaning)
  }

  private mutating func readFailed(_ block: ParsedBlock) -> [[Condition]] {
    path.push(ErrorKeys.failed.name)
    defer { path.pop() }
    guard let list = block[ErrorKeys.failed.name]?.list else { return [] }
    if list.isEmpty { error(block.mark(of: ErrorKeys.failed), "needs at least one condition") }
    var failed: [[Condition]] = []
    for (index, parsed) in list.enumerated() {
      guard let entry = parsed.block else { continue }
      path.push(index: index)
      defer { path.pop() }
      if entry.entries.isEmpty, entry.refused.isEmpty { error(parsed.mark, "has no condition") }
      failed.append(conditions(entry.entries, statusIsHTTP: true))
    }
    return failed
  }

  private mutating func readMessage(_ block: ParsedBlock) -> Reading? {
    guard let parsed = block[ErrorKeys.message.name] else { return nil }
    path.push(ErrorKeys.message.name)
    defer { path.pop() }
    guard let reading = parse(parsed, ReadingParser.parse) else { return nil }
    check(reading.paths, nil, parsed.mark)
    guard reading.kind != .time, reading.kind != .number else {
      error(parsed.mark, "expected a text, not a number or a time")
      return nil
    }
    return reading
  }

  private mutating func readRules(_ block: ParsedBlock) -> [FailureTable.Rule] {
    path.push(ErrorKeys.rules.name)
    defer { path.pop() }
    let keys = Set(MeaningKeys.all.map(\.name))
    var rules: [FailureTable.Rule] = []
    for (index, parsed) in (block[ErrorKeys.rules.name]?.list ?? []).enumerated() {
      guard let entry = parsed.block else { continue }
      path.push(index: index)
      defer { path.pop() }
      let written = entry.entries.filter { !keys.contains($0.name) }
      let conditions = self.conditions(written, statusIsHTTP: true)
      if written.isEmpty, entry.refused.allSatisfy(keys.contains) {
        error(parsed.mark, "has no condition; what holds for the rest stands under otherwise")
      }
      if rules.contains(where: { !$0.conditions.isEmpty && Set($0.conditions).isSubset(of: Set(conditions)) }) {
        error(parsed.mark, "never counts: an earlier rule holds whenever it does")
      }
      if let meaning = self.meaning(entry) { rules.append(.init(conditions: conditions, meaning: meaning)) }
    }
    return rules
  }

  private mutating func meaning(_ block: ParsedBlock) -> FailureTable.Meaning? {
    let header = block.text(MeaningKeys.retryHeader)
    if let header {
      path.push(MeaningKeys.retryHeader.name)
      let mark = block.mark(of: MeaningKeys.retryHeader)
      if HeaderName.problem(header) != nil { error(mark, "expected the name of a header") }
      if !block.has(MeaningKeys.retry) { error(mark, "needs retry, which holds where the header is missing") }
      path.pop()
    }
    guard let code = block.text(MeaningKeys.class),
      let scope = block.text(MeaningKeys.scope).flatMap(BrokerError.Scope.init)
    else { return nil }
    return FailureTable.Meaning(
      code: BrokerError.Code(rawValue: code), scope: scope, retry: block.duration(MeaningKeys.retry),
      retryHeader: header?.lowercased(), mayHaveExecuted: block.text(MeaningKeys.executed) == "unknown")
  }
}
