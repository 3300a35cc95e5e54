import Core
import Descriptor

/// A call as it is told from others: its templates with an order kind's variables put in.
struct RequestPattern {
  let method: String
  let path: Template
  let query: [Parameter]
  let carrier: Carrier
  let headers: [Parameter]
  /// Parameters of later pages, wherever the call has its parameters.
  let pages: [Parameter]
  /// Variables that must be there for the call to be this one.
  let required: Set<String>
  /// Every variable that may be there.
  let possible: Set<String>?

  /// A call that is no order.
  init(_ call: Call, required: Set<String>) {
    method = call.method
    path = call.path
    query = call.query
    carrier = call.carrier
    headers = call.headers
    pages = call.paging?.send ?? []
    self.required = required
    possible = nil
  }

  /// A call that places an order of some kind; `nil` where the kind's variables cannot stand there.
  init?(_ call: Call, kind: OrderKindForm, base: Set<String>) {
    let trees = kind.variables
    guard let path = call.path.replacing(trees) else { return nil }
    func replaced(_ parameters: [Parameter]) -> [Parameter] {
      parameters.compactMap { parameter in
        parameter.value.replacing(trees).map { Parameter(name: parameter.name, value: $0) }
      }
    }
    method = call.method
    self.path = path
    query = replaced(call.query)
    carrier =
      switch call.carrier {
      case .none: .none
      case .form(let parameters): .form(replaced(parameters))
      case .json(let tree): .json(tree.replacing(trees))
      case .payload(let tree): .payload(tree.replacing(trees))
      }
    headers = replaced(call.headers)
    pages = []
    possible = base
    required = Set(trees.values.flatMap(\.variables)).intersection(base)
  }

  /// The variables of a request that was made so, and how many parameters said so; `nil` for another request.
  func match(_ request: RequestParts, _ matching: TemplateMatch, ignoring: Set<String>) -> PatternMatch? {
    guard method == request.method else { return nil }
    var match = PatternMatch()
    guard let found = matching.variables(path, in: request.rawPath) ?? matching.variables(path, in: request.path)
    else { return nil }
    match.variables = found.mapValues { Percent.decoded($0) }
    switch carrier {
    case .none:
      guard request.body.isEmpty || request.isEmptyObject else { return nil }
      guard self.match(query + pages, request.query, matching, ignoring, &match) else { return nil }
    case .form(let parameters):
      guard let form = request.form, self.match(query, request.query, matching, [], &match),
        self.match(parameters + pages, form, matching, ignoring, &match)
      else { return nil }
    case .json(let tree):
      guard self.match(query, request.query, matching, ignoring, &match), let json = request.json,
        TreeMatch(matching, ignoring: [], pages: pages, possible: possible).match(tree, json, &match)
      else { return nil }
    case .payload(let tree):
      guard self.match(query, request.query, matching, ignoring, &match), let json = request.payload,
        TreeMatch(matching, ignoring: ignoring, pages: pages, possible: possible).match(tree, json, &match)
      else { return nil }
    }
    for header in headers {
      guard let text = request.header(header.name),
        let found = matching.variables(header.value, in: text, known: match.variables)
      else { continue }
      match.variables = found
    }
    return required.allSatisfy { match.variables[$0] != nil } ? match : nil
  }

  /// Whether parameters that came are those of the call: each that came is known, and each fixed one came.
  private func match(
    _ parameters: [Parameter], _ received: [(name: String, value: String)], _ matching: TemplateMatch,
    _ ignoring: Set<String>, _ match: inout PatternMatch
  ) -> Bool {
    var rest = received
    for parameter in parameters {
      let places = rest.indices.filter { rest[$0].name == parameter.name }
      var isFound = false
      for place in places {
        guard let found = matching.variables(parameter.value, in: rest[place].value, known: match.variables) else {
          continue
        }
        match.variables = found
        match.score += 1
        rest.remove(at: place)
        isFound = true
        break
      }
      // What later pages send takes the place of the call's own.
      guard !isFound, !pages.contains(where: { $0.name == parameter.name }) else { continue }
      guard places.isEmpty, !parameter.value.variables.isEmpty else { return false }
    }
    return rest.allSatisfy { ignoring.contains($0.name) }
  }
}

/// What was found in a request.
struct PatternMatch {
  /// By name, as sent.
  var variables: [String: String] = [:]
  /// How much of the request was foreseen: of several calls the one that says most is meant.
  var score = 0
}

/// Compares JSON that came with the tree it was made from.
struct TreeMatch {
  private let matching: TemplateMatch
  private let ignoring: Set<String>
  private let pages: [Parameter]
  private let possible: Set<String>?

  init(_ matching: TemplateMatch, ignoring: Set<String>, pages: [Parameter], possible: Set<String>?) {
    self.matching = matching
    self.ignoring = ignoring
    self.pages = pages
    self.possible = possible
  }

  /// Whether the document was made from the tree; the variables found are added.
  func match(_ tree: Tree, _ json: JSON, _ match: inout PatternMatch) -> Bool {
    guard case .object(let members) = tree, !pages.isEmpty else { return self.match(tree, json, &match, isTop: true) }
    // What later pages send takes the place of the call's own, where it is not that.
    let sent = pages.filter { page in
      guard let text = json[page.name]?.text, matching.variables(page.value, in: text) != nil else { return false }
      guard case .text(let own) = members.first(where: { $0.name == page.name })?.value else { return true }
      return matching.variables(own, in: text) == nil
    }
    let own = members.filter { member in !sent.contains { $0.name == member.name } }
    let further = sent.map { Tree.Member(name: $0.name, value: .text($0.value)) }
    return self.match(.object(own + further), json, &match, isTop: true)
  }

  private func match(_ tree: Tree, _ json: JSON, _ match: inout PatternMatch, isTop: Bool) -> Bool {
    switch tree {
    case .literal(let text): return Self.literal(json) == text
    case .text(let template):
      guard let text = json.text, let found = matching.variables(template, in: text, known: match.variables) else {
        return false
      }
      match.variables = found
      match.score += 1
      return true
    case .list(let elements): return list(elements, json, &match)
    case .object(let members):
      guard let received = json.members else { return false }
      for member in members {
        guard let value = json[member.name] else {
          guard !member.value.variables.isEmpty else { return false }
          continue
        }
        guard self.match(member.value, value, &match, isTop: false) else { return false }
      }
      let names = Set(members.map(\.name))
      return received.allSatisfy { names.contains($0.key) || isTop && ignoring.contains($0.key) }
    }
  }

  private func list(_ elements: [Tree], _ json: JSON, _ match: inout PatternMatch) -> Bool {
    guard var received = json.elements else { return false }
    for element in elements {
      guard let first = received.first else {
        guard !element.variables.isEmpty else { return false }
        continue
      }
      var trial = match
      if self.match(element, first, &trial, isTop: false) {
        match = trial
        received.removeFirst()
      } else if element.variables.isEmpty {
        return false
      }
    }
    return received.isEmpty
  }

  private static func literal(_ json: JSON) -> String? {
    switch json.kind {
    case .null: "null"
    case .boolean: json.boolean == true ? "true" : "false"
    case .number: json.text
    case .string: json.text
    case .array, .object: nil
    }
  }
}
