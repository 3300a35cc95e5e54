package import Core

/// Reads nodes by the declarations of their fields, and notes everything that does not fit.
package struct FieldReader {
  let file: String
  var path = FieldPath()
  /// What does not fit.
  package private(set) var diagnostics = DiagnosticList()

  /// For one file, as messages name it.
  package init(file: String) { self.file = file }

  mutating func error(_ mark: Mark, _ message: String) {
    diagnostics.add(Diagnostic(file: file, mark: mark, severity: .error, path: path.text, message: message))
  }

  /// Reads a file that says its format. One of another format is not read further: everything else would be wrong too.
  package mutating func read(file root: Node, _ fields: [FieldSpec]) -> ParsedBlock? {
    if case .mapping(let entries) = root.content, let format = fields.first(where: { $0.name == "format" }),
      let entry = entries.first(where: { $0.key == format.name })
    {
      path.push(entry.key)
      guard read(entry.value, format.type, format) != nil else { return nil }
      path.pop()
    }
    return read(root: root, fields)
  }

  /// Reads a whole file's settings.
  package mutating func read(root: Node, _ fields: [FieldSpec]) -> ParsedBlock? {
    guard case .mapping(let entries) = root.content else {
      error(root.mark, "expected \(FieldType.block([]).phrase)")
      return nil
    }
    return block(entries, fields, root.mark)
  }

  mutating func read(_ node: Node, _ type: FieldType, _ spec: FieldSpec) -> Parsed? {
    switch type {
    case .list(let element): list(node, element, spec)
    case .block(let fields): mapping(node, type) { $0.block($1, fields, node.mark) }
    case .variant(let variant): mapping(node, type) { $0.variant($1, variant, node.mark) }
    case .table(let element): mapping(node, type) { $0.table($1, element, spec, node.mark) }
    case .map(let element, let fields): mapping(node, type) { $0.free($1, element, fields, spec, node.mark) }
    case .tree: tree(node)
    case .secret: secret(node)
    case .either(let types): either(node, types, spec)
    default: scalar(node, type, spec)
    }
  }

  private mutating func scalar(_ node: Node, _ type: FieldType, _ spec: FieldSpec) -> Parsed? {
    guard case .scalar(let text, let isQuoted) = node.content, !node.isNull else {
      error(node.mark, (node.isNull ? "has no value; " : "") + "expected \(type.phrase)")
      return nil
    }
    do throws(FieldProblem) {
      let value = try type.value(of: text, isQuoted: isQuoted)
      try spec.bounds.check(value)
      return Parsed(mark: node.mark, value: .scalar(value))
    } catch {
      self.error(node.mark, error.message)
      return nil
    }
  }

  /// A scalar, a list or settings: whichever the alternatives have a type for.
  private mutating func either(_ node: Node, _ types: [FieldType], _ spec: FieldSpec) -> Parsed? {
    let fitting = types.first { type in
      switch (node.content, type) {
      case (.mapping, .block), (.mapping, .variant), (.mapping, .table), (.mapping, .map), (.mapping, .secret): true
      case (.sequence, .list), (_, .tree): true
      default: false
      }
    }
    guard let fitting else { return scalar(node, .either(types), spec) }
    return read(node, fitting, spec)
  }

  private mutating func list(_ node: Node, _ element: FieldType, _ spec: FieldSpec) -> Parsed? {
    guard case .sequence(let nodes) = node.content else {
      error(node.mark, (node.isNull ? "has no value; " : "") + "expected a list such as [a, b]")
      return nil
    }
    guard nodes.count <= spec.maximumCount else {
      error(node.mark, "must have at most \(spec.maximumCount) values")
      return nil
    }
    var elements: [Parsed] = []
    elements.reserveCapacity(nodes.count)
    for (index, node) in nodes.enumerated() {
      path.push(index: index)
      if let parsed = read(node, element, spec) { elements.append(parsed) }
      path.pop()
    }
    return Parsed(mark: node.mark, value: .list(elements))
  }

  private mutating func mapping(
    _ node: Node, _ type: FieldType, _ read: (inout FieldReader, [Node.Entry]) -> ParsedBlock
  ) -> Parsed? {
    guard case .mapping(let entries) = node.content else {
      error(node.mark, (node.isNull ? "has no value; write {} or leave the key out; " : "") + "expected \(type.phrase)")
      return nil
    }
    return Parsed(mark: node.mark, value: .block(read(&self, entries)))
  }
}

// MARK: Settings

extension FieldReader {
  /// Settings under declared names.
  mutating func block(_ entries: [Node.Entry], _ fields: [FieldSpec], _ mark: Mark) -> ParsedBlock {
    var block = ParsedBlock(mark: mark)
    block.entries.reserveCapacity(entries.count)
    var seen = [Mark?](repeating: nil, count: fields.count)
    for entry in entries {
      path.push(entry.key)
      defer { path.pop() }
      guard let index = fields.firstIndex(where: { $0.name == entry.key }) else {
        unknown(entry, fields)
        continue
      }
      guard isFirst(entry, seen[index]) else { continue }
      seen[index] = entry.mark
      guard let parsed = read(entry.value, fields[index].type, fields[index]) else {
        block.refused.append(entry.key)
        continue
      }
      block.entries.append(.init(name: entry.key, mark: entry.mark, parsed: parsed))
    }
    for (field, found) in zip(fields, seen) where field.isRequired && found == nil {
      path.push(field.name)
      error(mark, "is required: \(field.doc)")
      path.pop()
    }
    return block
  }

  private mutating func unknown(_ entry: Node.Entry, _ fields: [FieldSpec]) {
    guard !diagnostics.isFull else { return error(entry.mark, "unknown key") }
    let names = fields.map(\.name)
    let help =
      Suggestion.closest(to: entry.key, among: names).map { "did you mean \"\($0)\"?" }
      ?? (names.isEmpty ? "none is known here" : "known here: \(names.sorted().joined(separator: ", "))")
    error(entry.mark, "unknown key; \(help)")
  }

  mutating func isFirst(_ entry: Node.Entry, _ earlier: Mark?) -> Bool {
    guard let earlier else { return true }
    error(entry.mark, "duplicate key, first on line \(earlier.line)")
    return false
  }

  /// Settings of which one decides about the others.
  private mutating func variant(_ entries: [Node.Entry], _ variant: FieldVariant, _ mark: Mark) -> ParsedBlock {
    var name: String?
    if case .scalar(let text, _) = entries.first(where: { $0.key == variant.key })?.value.content { name = text }
    return block(entries, variant.fields(for: name), mark)
  }

  /// Values of one type under names that the writer chose.
  private mutating func table(
    _ entries: [Node.Entry], _ element: FieldType, _ spec: FieldSpec, _ mark: Mark
  ) -> ParsedBlock {
    var block = ParsedBlock(mark: mark, isTable: true)
    var seen: [String: Mark] = [:]
    for entry in entries {
      path.push(entry.key)
      defer { path.pop() }
      guard FieldWord.identifier.accepts(entry.key) else {
        error(entry.mark, "expected as key \(FieldWord.identifier.phrase)")
        continue
      }
      guard isFirst(entry, seen[entry.key]) else { continue }
      seen[entry.key] = entry.mark
      guard let parsed = read(entry.value, element, spec) else {
        block.refused.append(entry.key)
        continue
      }
      block.entries.append(.init(name: entry.key, mark: entry.mark, parsed: parsed))
    }
    return block
  }
}

// MARK: Secrets

extension FieldReader {
  private static let shape = "write {env: NAME}, {file: PATH} or {env_file: NAME}"

  /// A reference to a secret. Nothing of what is written reaches a message, since it may be the secret itself.
  private mutating func secret(_ node: Node) -> Parsed? {
    guard case .mapping(let entries) = node.content, let entry = entries.first else {
      error(node.mark, "a secret never stands in the manifest; \(Self.shape) (what is written is not shown)")
      return nil
    }
    guard SecretReference.kinds.contains(entry.key) else {
      let meant = Suggestion.closest(to: entry.key, among: SecretReference.kinds)
      error(entry.mark, "no way to name a secret; " + (meant.map { "did you mean \"\($0)\"?" } ?? Self.shape))
      return nil
    }
    if entries.count > 1 {
      error(entries[1].mark, "a secret has one place; \(Self.shape)")
      return nil
    }
    guard case .scalar(let name, _) = entry.value.content, !entry.value.isNull else {
      error(entry.value.mark, "expected \(entry.key == "file" ? FieldWord.path.phrase : FieldWord.variable.phrase)")
      return nil
    }
    return reference(entry.key, name, entry.value.mark, node.mark)
  }

  private mutating func reference(_ kind: String, _ name: String, _ mark: Mark, _ start: Mark) -> Parsed? {
    if FieldProblem.isInterpolated(name) {
      error(mark, FieldProblem.interpolation.message)
      return nil
    }
    guard let reference = SecretReference(kind: kind, name: name) else {
      let wanted = kind == "file" ? FieldWord.path.phrase : FieldWord.variable.phrase
      error(mark, "expected \(wanted) (what is written is not shown, as it may be the secret itself)")
      return nil
    }
    return Parsed(mark: start, value: .scalar(.secret(reference)))
  }
}
