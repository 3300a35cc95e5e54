internal import Core

/// What a path leads to.
enum PathFind {
  /// A place of the document, and the key that `*` came through last.
  case value(JSON, key: String?)
  /// A header or a key.
  case text(String)
}

extension Path {
  /// The first thing it leads to that is there; `null` is not.
  func find(in row: AnswerRow, of answer: AnswerView) -> PathFind? {
    var found: PathFind?
    walk(row, answer) { find in
      found = find
      return false
    }
    return found
  }

  /// Whether the list or object that its first `[]` or `*` goes through is there; so is what no such step leads to.
  func hasList(in row: AnswerRow, of answer: AnswerView) -> Bool {
    guard let many = steps.firstIndex(where: { $0 == .elements || $0 == .values }) else { return true }
    var list = self
    list.steps = Array(steps[..<many])
    guard case .value(let value, _)? = list.find(in: row, of: answer) else { return false }
    return steps[many] == .elements ? value.elements != nil : value.members != nil
  }

  /// Everything it leads to.
  func findAll(in row: AnswerRow, of answer: AnswerView) -> [PathFind] {
    var found: [PathFind] = []
    walk(row, answer) { find in
      found.append(find)
      return true
    }
    return found
  }

  /// Hands out what it leads to until `take` has enough.
  private func walk(_ row: AnswerRow, _ answer: AnswerView, _ take: (PathFind) -> Bool) {
    switch origin {
    case .header(let name): if let text = answer.headers[name] { _ = take(.text(text)) }
    case .row: if let value = row.value { _ = Self.walk(value, row.key, steps[...], answer.market, take) }
    case .root: if let root = answer.root { _ = Self.walk(root, nil, steps[...], answer.market, take) }
    }
  }

  /// - Returns: whether there is to be more.
  private static func walk(
    _ value: JSON, _ key: String?, _ steps: ArraySlice<Step>, _ market: CallVariables, _ take: (PathFind) -> Bool
  ) -> Bool {
    guard let step = steps.first else { return value.isNull ? true : take(.value(value, key: key)) }
    let rest = steps.dropFirst()
    switch step {
    case .member(let name): return value[name].map { walk($0, key, rest, market, take) } ?? true
    case .named(let template):
      guard let name = try? market.text(template) else { return true }
      return value[name].map { walk($0, key, rest, market, take) } ?? true
    case .element(let index):
      guard let elements = value.elements else { return true }
      let place = index < 0 ? elements.count + index : index
      return elements.indices.contains(place) ? walk(elements[place], key, rest, market, take) : true
    case .matching(let name, let wanted):
      let element = value.elements?.first { $0[name]?.plainText == wanted }
      return element.map { walk($0, key, rest, market, take) } ?? true
    case .elements: return (value.elements ?? []).allSatisfy { walk($0, key, rest, market, take) }
    case .values: return (value.members ?? []).allSatisfy { walk($0.value, $0.key, rest, market, take) }
    case .key: return key.map { take(.text($0)) } ?? true
    }
  }

  /// The rows it leads to: everything, in order.
  /// - Throws: when what has the rows is not there or is no list; an empty list has none.
  func rows(of answer: AnswerView) throws(JSONError) -> [AnswerRow] {
    guard let root = answer.root else {
      if isOptional && answer.problem == nil { return [] }
      throw answer.problem ?? .missing("the answer's document")
    }
    var rows: [AnswerRow] = []
    try collect(root, nil, steps[...], answer.market, &rows)
    return rows
  }

  private func collect(
    _ value: JSON, _ key: String?, _ steps: ArraySlice<Step>, _ market: CallVariables, _ rows: inout [AnswerRow]
  ) throws(JSONError) {
    guard let step = steps.first else {
      rows.append(AnswerRow(value, key: key))
      return
    }
    let rest = steps.dropFirst()
    switch step {
    case .elements:
      guard let elements = value.elements else {
        if value.isNull && isOptional { return }
        throw .wrongType("\(self)", expected: "a list")
      }
      for element in elements { try collect(element, key, rest, market, &rows) }
    case .values:
      guard let members = value.members else {
        if value.isNull && isOptional { return }
        throw .wrongType("\(self)", expected: "an object")
      }
      // An answer that is `{}` lacks what it was asked for: whether nothing is all there is, it does not say.
      if members.isEmpty, steps.count == self.steps.count, !isOptional {
        throw .missing("\(self)")
      }
      // Beside its lists an object may tell other things, Kraken's `last` among candles: only lists have rows.
      let isForLists = rest.first == .elements
      let fitting = members.filter { !isForLists || $0.value.kind == .array }
      guard members.isEmpty || !fitting.isEmpty else { throw .wrongType("\(self)", expected: "an object of lists") }
      for member in fitting { try collect(member.value, member.key, rest, market, &rows) }
    default:
      var found: PathFind?
      _ = Self.walk(value, key, [step], market) { find in
        found = find
        return false
      }
      guard case .value(let next, let key)? = found else {
        if isOptional { return }
        throw .missing("\(self)")
      }
      try collect(next, key, rest, market, &rows)
    }
  }
}

extension Path: CustomStringConvertible {
  /// As it is written in a file.
  public var description: String {
    var text =
      switch origin {
      case .row: ""
      case .root: "$"
      case .header(let name): "#\(name)"
      }
    for step in steps {
      switch step {
      case .member(let name): text += (text.isEmpty ? "" : ".") + name
      case .named(let template):
        text += (text.isEmpty ? "" : ".") + template.written
      case .element(let index): text += "[\(index)]"
      case .matching(let key, let value): text += "[\(key)=\(value)]"
      case .elements: text += "[]"
      case .values: text += (text.isEmpty ? "" : ".") + "*"
      case .key: text += (text.isEmpty ? "" : ".") + "@key"
      }
    }
    return text + (isOptional ? "?" : "")
  }
}

extension Template {
  /// As it is written in a file.
  var written: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .variable(let name, let filter): filter == .none ? "{\(name)}" : "{\(name):\(filter.rawValue)}"
      }
    }.joined()
  }
}

extension JSON {
  /// Texts and numbers as they stand, `true` and `false`; `nil` for anything else.
  var plainText: String? {
    if let text { return text }
    return boolean.map { $0 ? "true" : "false" }
  }
}
