import Descriptor

/// Finds a template's variables in a text that was made from it.
struct TemplateMatch {
  /// Whether a text can be a variable's.
  let accepts: @Sendable (_ variable: String, _ text: String) -> Bool

  /// The variables by name; `nil` when the text was not made so. Where a text can be read in several ways, the first in
  /// which every variable can be what it says.
  func variables(_ template: Template, in text: String, known: [String: String] = [:]) -> [String: String]? {
    match(template.pieces[...], text[...], known)
  }

  private func match(
    _ pieces: ArraySlice<Template.Piece>, _ text: Substring, _ known: [String: String]
  ) -> [String: String]? {
    guard let piece = pieces.first else { return text.isEmpty ? known : nil }
    let rest = pieces.dropFirst()
    switch piece {
    case .text(let literal):
      return text.hasPrefix(literal) ? match(rest, text.dropFirst(literal.count), known) : nil
    case .variable(let name, let filter):
      guard !rest.isEmpty else { return bind(name, filter, text, known) }
      var end = text.startIndex
      while end < text.endIndex {
        end = text.index(after: end)
        guard let bound = bind(name, filter, text[..<end], known) else { continue }
        if let found = match(rest, text[end...], bound) { return found }
      }
      return nil
    }
  }

  private func bind(
    _ name: String, _ filter: Template.Filter, _ text: Substring, _ known: [String: String]
  ) -> [String: String]? {
    let text = String(text)
    guard !text.isEmpty, accepts(name, text) else { return nil }
    if let there = known[name] {
      let isSame = filter == .none ? there == text : there.lowercased() == text.lowercased()
      return isSame || AnswerWriter.same(there, text) ? known : nil
    }
    var bound = known
    bound[name] = text
    return bound
  }
}

extension Template {
  /// The template with these variables replaced by what stands for them; `nil` for one that stands for no text.
  func replacing(_ trees: [String: Tree]) -> Template? {
    var replaced: [Piece] = []
    for piece in pieces {
      guard case .variable(let name, let filter) = piece, let tree = trees[name] else {
        replaced.append(piece)
        continue
      }
      switch tree {
      case .text(let template):
        for inner in template.pieces {
          switch (inner, filter) {
          case (.text(let text), .upper): replaced.append(.text(text.uppercased()))
          case (.text(let text), .lower): replaced.append(.text(text.lowercased()))
          case (.variable(let name, .none), _): replaced.append(.variable(name, filter))
          default: replaced.append(inner)
          }
        }
      case .literal(let text): replaced.append(.text(text))
      case .list, .object: return nil
      }
    }
    return Template(pieces: replaced)
  }
}

extension Tree {
  /// The tree with these variables replaced by what stands for them.
  func replacing(_ trees: [String: Tree]) -> Tree {
    switch self {
    case .text(let template):
      if template.pieces.count == 1, case .variable(let name, .none) = template.pieces.first, let tree = trees[name] {
        return tree
      }
      return template.replacing(trees).map(Tree.text) ?? self
    case .literal: return self
    case .list(let elements): return .list(elements.map { $0.replacing(trees) })
    case .object(let members): return .object(members.map { Member(name: $0.name, value: $0.value.replacing(trees)) })
    }
  }

  /// Every variable in it.
  var variables: Set<String> {
    switch self {
    case .text(let template): Set(template.variables)
    case .literal: []
    case .list(let elements): elements.reduce(into: []) { $0.formUnion($1.variables) }
    case .object(let members): members.reduce(into: []) { $0.formUnion($1.value.variables) }
    }
  }
}
