internal import Config
internal import Core

extension DescriptorSession {
  /// Where the rows are; a list without them has one, the answer.
  mutating func readRows(_ block: ParsedBlock, isOfOne: Bool, isSource: Bool) -> Path? {
    path.push(CallKeys.rows.name)
    defer { path.pop() }
    guard let parsed = block[CallKeys.rows.name] else {
      if isSource, !block.refused.contains(CallKeys.rows.name) {
        error(block.mark, "is required: where the rows are, \"[]\" where the answer is a list")
      }
      return nil
    }
    guard let rows = parse(parsed, ReadingParser.parsePath) else { return nil }
    // One thing may stand under a name: a row that is there, or an error.
    guard rows.isMany || isOfOne && !rows.isOptional, !rows.asksKey else {
      error(parsed.mark, "expected a path to several values: with [] or *")
      return nil
    }
    return rows
  }

  mutating func readFilter(_ block: ParsedBlock, isOfRows: Bool) -> [Condition] {
    guard block.has(CallKeys.filter) else { return [] }
    path.push(CallKeys.filter.name)
    defer { path.pop() }
    guard isOfRows || block.has(CallKeys.rows) else {
      error(block.mark(of: CallKeys.filter), "there are no rows")
      return []
    }
    return conditions(block.entries(CallKeys.filter), statusIsHTTP: false)
  }

  /// Pieces need both of their ends.
  mutating func checkWindow(_ block: ParsedBlock, _ context: CallContext) {
    guard block.has(CallKeys.window) else { return }
    if context.used.isDisjoint(with: OperationRule.since) {
      at(CallKeys.window.name) { $0.error(block.mark(of: CallKeys.window), "needs a {since_…} in the call") }
    }
  }

  /// Conditions, of which all must hold.
  mutating func conditions(_ entries: [ParsedBlock.Entry], statusIsHTTP: Bool) -> [Condition] {
    var conditions: [Condition] = []
    for entry in entries {
      path.push(entry.name)
      defer { path.pop() }
      let subject = parse(entry.mark, entry.name) { text throws(TextProblem) in
        try ConditionParser.subject(text, statusIsHTTP: statusIsHTTP)
      }
      guard let subject else { continue }
      let condition = self.parse(entry.parsed) { text throws(TextProblem) in
        try ConditionParser.condition(subject, text)
      }
      if let condition { conditions.append(condition) }
    }
    return conditions
  }
}
