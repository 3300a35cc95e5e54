internal import Core

extension FieldReader {
  /// The most characters of a name that the writer chooses freely.
  private static let maximumName = 200

  /// Values of one type under any names, among settings under declared ones.
  mutating func free(
    _ entries: [Node.Entry], _ element: FieldType, _ fields: [FieldSpec], _ spec: FieldSpec, _ mark: Mark
  ) -> ParsedBlock {
    var block = ParsedBlock(mark: mark, isTable: true)
    var seen: [String: Mark] = [:]
    for entry in entries {
      path.push(entry.key)
      defer { path.pop() }
      guard isName(entry.key) else {
        error(entry.mark, "expected as key a name on one line, of at most \(Self.maximumName) characters")
        continue
      }
      guard isFirst(entry, seen[entry.key]) else { continue }
      seen[entry.key] = entry.mark
      let declared = fields.first { $0.name == entry.key }
      guard let parsed = read(entry.value, declared?.type ?? element, declared ?? spec) else {
        block.refused.append(entry.key)
        continue
      }
      block.entries.append(.init(name: entry.key, mark: entry.mark, parsed: parsed))
    }
    for field in fields where field.isRequired && seen[field.name] == nil {
      path.push(field.name)
      error(mark, "is required: \(field.doc)")
      path.pop()
    }
    return block
  }

  private func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= Self.maximumName && !text.utf8.contains { $0 < 32 || $0 == 127 }
  }

  /// Anything; only a key that stands twice, or nothing at all, has no meaning.
  mutating func tree(_ node: Node) -> Parsed? {
    guard isTree(node) else { return nil }
    return Parsed(mark: node.mark, value: .tree(node))
  }

  private mutating func isTree(_ node: Node) -> Bool {
    switch node.content {
    case .scalar(let text, let isQuoted):
      guard isQuoted || !(text.isEmpty || text == "~") else {
        error(node.mark, "has no value; write null, or leave the key out")
        return false
      }
      guard !FieldProblem.isInterpolated(text) else {
        error(node.mark, FieldProblem.interpolation.message)
        return false
      }
      return true
    case .sequence(let nodes):
      var isFine = true
      for (index, node) in nodes.enumerated() {
        path.push(index: index)
        if !isTree(node) { isFine = false }
        path.pop()
      }
      return isFine
    case .mapping(let entries):
      var isFine = true
      var seen: [String: Mark] = [:]
      for entry in entries {
        path.push(entry.key)
        if !isFirst(entry, seen[entry.key]) || !isTree(entry.value) { isFine = false }
        seen[entry.key] = entry.mark
        path.pop()
      }
      return isFine
    }
  }
}
