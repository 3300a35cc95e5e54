/// A template together with where its variables stand.
struct PlacedTemplate {
  var template: Template
  /// Characters before each variable's name, in their order.
  var offsets: [Int]
}

/// Reads text with `{name}` and `{name:filter}` in it.
enum TemplateParser {
  /// How many pieces a template may have.
  static let maximumPieces = 64

  static func parse(_ text: String) throws(TextProblem) -> PlacedTemplate {
    var scanner = TextScanner(text)
    var placed = PlacedTemplate(template: Template(pieces: []), offsets: [])
    while let next = scanner.next {
      switch next {
      case "{":
        let start = scanner.offset
        scanner.advance()
        placed.offsets.append(scanner.offset)
        placed.template.pieces.append(try variable(&scanner, start))
      case "}": throw TextProblem(offset: scanner.offset, message: "} closes nothing; a variable is written {name}")
      default: placed.template.pieces.append(.text(scanner.take { $0 != "{" && $0 != "}" }))
      }
      guard placed.template.pieces.count <= maximumPieces else {
        throw TextProblem(offset: scanner.offset, message: "a text has at most \(maximumPieces) pieces")
      }
    }
    return placed
  }

  /// A variable whose opening brace has been taken.
  static func variable(_ scanner: inout TextScanner, _ start: Int) throws(TextProblem) -> Template.Piece {
    let name = scanner.name()
    var filter = Template.Filter.none
    if scanner.take(":") {
      let place = scanner.offset
      guard let known = Template.Filter(rawValue: scanner.name()), known != .none else {
        throw TextProblem(offset: place, message: "expected upper, lower or number behind the colon")
      }
      filter = known
    }
    guard !name.isEmpty, scanner.take("}") else {
      throw TextProblem(offset: start, message: "expected a variable such as {symbol} or {symbol:lower}")
    }
    return .variable(name, filter)
  }
}
