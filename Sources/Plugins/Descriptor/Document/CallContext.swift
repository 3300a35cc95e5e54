internal import Config
internal import Core

/// What the texts of one operation may name, and what they named.
struct CallContext {
  let name: OperationName
  let rule: OperationRule
  /// The variables that are always there, and those that may be missing.
  var variables: Set<String>
  /// The variables of order kinds.
  var kindVariables: Set<String> = []
  /// Kind variables that every kind brings.
  var constantKindVariables: Set<String> = []
  /// What was named.
  var used: Set<String> = []
  /// What was named where only a text can stand, and not a whole JSON value.
  var textual: Set<String> = []

  /// Whether a text could not be read: what else it names nobody knows then.
  var isIncomplete = false

  /// Variables that no call lacks.
  private static let constant: Set<String> = [
    "symbol", "base", "quote", "interval", "order_id", "client_id", "side", "each", "timeout_s", "timeout_ms", "depth",
  ]

  init(_ name: OperationName) {
    self.name = name
    rule = OperationRule.of(name)
    variables = Set(rule.variables)
  }

  /// Every name.
  var known: Set<String> { variables.union(kindVariables) }

  func isAlwaysThere(_ name: String) -> Bool {
    kindVariables.contains(name) ? constantKindVariables.contains(name) : Self.constant.contains(name)
  }
}

/// Where a template stands.
enum TemplatePlace {
  /// Text on a line: a query, a form, a header.
  case text
  /// Of which nothing may be missing.
  case path
  /// In a JSON document.
  case json
}

extension OperationName {
  /// Whose `read` counts where this one has none.
  var donor: OperationName? {
    switch self {
    case .closedOrders, .order, .orderByClientID: .openOrders
    case .fillsOfOrder: .fills
    default: nil
    }
  }
}

extension DescriptorSession {
  /// Reads a template and checks its variables.
  mutating func template(
    _ mark: Mark, _ text: String, _ place: TemplatePlace, _ context: inout CallContext
  ) -> Template? {
    guard let placed = parse(mark, text, TemplateParser.parse) else {
      context.isIncomplete = true
      return nil
    }
    var offsets = placed.offsets[...]
    var isFine = true
    let isWhole = placed.template.pieces.count == 1
    for case .variable(let name, let filter) in placed.template.pieces {
      let at = source.place(of: offsets.popFirst() ?? 0, in: mark)
      guard context.known.contains(name) else {
        unknownVariable(name, context, at)
        context.isIncomplete = true
        isFine = false
        continue
      }
      context.used.insert(name)
      if !(place == .json && isWhole) || filter == .upper || filter == .lower { context.textual.insert(name) }
      if filter == .number, !(place == .json && isWhole) {
        error(at, "a number is a JSON value of its own: \"{\(name):number}\" alone, in json or payload")
        isFine = false
      }
      if place == .path, !context.isAlwaysThere(name) {
        error(at, "is not there in every call, and a path cannot leave it out")
        isFine = false
      }
    }
    return isFine ? placed.template : nil
  }

  private mutating func unknownVariable(_ name: String, _ context: CallContext, _ mark: Mark) {
    if slots.contains(where: { $0.name == name }) || SigningScope.reserved.contains(name) {
      return error(mark, "stands only under `signing`: no credential, clock or nonce goes to a call by itself")
    }
    if context.name == .place, OperationRule.amounts.contains(name) {
      return error(mark, "stands only in the kinds of `place`, since what an amount counts differs between them")
    }
    if ["page", "offset", "last"].contains(name) { return error(mark, "stands only in the `send` of such paging") }
    unknown("variable", name, among: context.known.sorted(), mark)
  }

  /// Parameters in the order written.
  mutating func parameters(
    _ block: ParsedBlock, _ spec: FieldSpec, isRaw: Bool = false, in place: TemplatePlace = .text,
    _ context: inout CallContext
  ) -> [Parameter] {
    var parameters: [Parameter] = []
    path.push(spec.name)
    defer { path.pop() }
    for entry in block.entries(spec) {
      guard let text = entry.parsed.scalar?.text else { continue }
      path.push(entry.name)
      defer { path.pop() }
      if spec == CallKeys.headers {
        if let problem = HeaderName.problem(entry.name) { error(entry.mark, problem) }
        if parameters.contains(where: { $0.name.lowercased() == entry.name.lowercased() }) {
          error(entry.mark, "stands twice: capitals make no difference in headers")
        }
      }
      if isRaw, !URLText.isQuery(entry.name) { error(entry.mark, "has characters that no URL has; the query is `raw`") }
      guard let template = self.template(entry.parsed.mark, text, place, &context) else { continue }
      if isRaw, !template.texts.allSatisfy(URLText.isQuery) {
        error(entry.parsed.mark, "has characters that no URL has; the query is `raw`")
      }
      parameters.append(Parameter(name: entry.name, value: template))
    }
    return parameters
  }

  /// A JSON document.
  mutating func tree(_ node: Node, _ context: inout CallContext) -> Tree? {
    switch node.content {
    case .scalar(let text, let isQuoted):
      if !isQuoted, Node.isNumber(text) || ["true", "false", "null"].contains(text) { return .literal(text) }
      return template(node.mark, text, .json, &context).map(Tree.text)
    case .sequence(let nodes):
      var elements: [Tree] = []
      for (index, node) in nodes.enumerated() {
        path.push(index: index)
        if let element = self.tree(node, &context) { elements.append(element) }
        path.pop()
      }
      return .list(elements)
    case .mapping(let entries):
      var members: [Tree.Member] = []
      for entry in entries {
        path.push(entry.key)
        if let value = self.tree(entry.value, &context) { members.append(.init(name: entry.key, value: value)) }
        path.pop()
      }
      return .object(members)
    }
  }
}

extension Template {
  /// Its pieces that are text.
  var texts: [String] { pieces.compactMap { if case .text(let text) = $0 { text } else { nil } } }
}

extension Tree {
  /// Every template in it.
  var templates: [Template] {
    switch self {
    case .text(let template): [template]
    case .literal: []
    case .list(let elements): elements.flatMap(\.templates)
    case .object(let members): members.flatMap(\.value.templates)
    }
  }

  /// Whether it can stand inside a text.
  var isText: Bool {
    switch self {
    case .text(let template):
      !template.pieces.contains { if case .variable(_, .number) = $0 { true } else { false } }
    case .literal(let text): text != "null"
    case .list, .object: false
    }
  }
}

/// What may stand in URLs.
enum URLText {
  /// Whether a segment leads elsewhere: `.` and `..`, also written as `%2e`.
  static func isDots(_ segment: some StringProtocol) -> Bool {
    [".", ".."].contains(segment.lowercased().replacing("%2e", with: "."))
  }

  static func isPath(_ text: String) -> Bool { isOf(text, "-._~!$&'()*+,;=:@%/") }
  static func isQuery(_ text: String) -> Bool { isOf(text, "-._~!$'()*+,;:@%/?[]") }

  private static func isOf(_ text: String, _ others: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || others.unicodeScalars.contains($0) }
  }
}
