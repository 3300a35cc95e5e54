/// Reads where something is in an answer.
struct PathParser {
  /// How many steps a path may have.
  static let maximumSteps = 32

  /// Reads the path that is next. `path?` may be absent; `.` alone is the row itself.
  static func parse(_ scanner: inout TextScanner) throws(TextProblem) -> Path {
    let start = scanner.offset
    if scanner.take("#") {
      let name = scanner.take { $0.isASCIILetter || $0.isASCIIDigit || $0 == "-" || $0 == "_" }
      guard !name.isEmpty else { throw TextProblem(offset: start, message: "expected the name of a header behind #") }
      return Path(origin: .header(name.lowercased()), steps: [], isOptional: scanner.take("?"))
    }
    var path = Path(origin: .row, steps: [], isOptional: false)
    if scanner.next == ".", isEnd(scanner.second) {
      scanner.advance()
      return path
    }
    var needsDot = false
    if scanner.take("$") {
      path.origin = .root
      needsDot = true
    }
    while true {
      let hasDot = scanner.next == "." && (needsDot || !path.steps.isEmpty)
      if hasDot { scanner.advance() }
      guard let step = try step(&scanner, isFirst: path.steps.isEmpty && !needsDot, hasDot: hasDot) else {
        guard !hasDot else { throw TextProblem(offset: scanner.offset, message: "expected a name behind the dot") }
        break
      }
      path.steps.append(step)
      guard path.steps.count <= maximumSteps else {
        throw TextProblem(offset: start, message: "a path has at most \(maximumSteps) steps")
      }
    }
    guard !path.steps.isEmpty || path.origin == .root else {
      throw TextProblem(offset: start, message: "expected a path such as result.list[0].price")
    }
    path.isOptional = scanner.take("?")
    return path
  }

  private static func isEnd(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return true }
    return scalar == " " || scalar == ")" || scalar == "," || scalar == "|"
  }

  private static func isName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCIILetter || scalar.isASCIIDigit || scalar == "_" || scalar == "-" || scalar == ":"
  }

  private static func step(
    _ scanner: inout TextScanner, isFirst: Bool, hasDot: Bool
  ) throws(TextProblem) -> Path.Step? {
    guard let next = scanner.next else { return nil }
    if next == "[", !hasDot { return try bracket(&scanner) }
    guard isFirst || hasDot else { return nil }
    if scanner.take("*") { return .values }
    if scanner.take("@") {
      let start = scanner.offset
      guard scanner.name() == "key" else { throw TextProblem(offset: start, message: "expected @key") }
      return .key
    }
    return try name(&scanner)
  }

  /// A member's name, which may hold the market's.
  private static func name(_ scanner: inout TextScanner) throws(TextProblem) -> Path.Step? {
    var pieces: [Template.Piece] = []
    while let next = scanner.next, next == "{" || isName(next) {
      guard next == "{" else {
        pieces.append(.text(scanner.take(while: isName)))
        continue
      }
      let start = scanner.offset
      scanner.advance()
      let piece = try TemplateParser.variable(&scanner, start)
      guard case .variable(let name, let filter) = piece, OperationRule.market.contains(name), filter != .number else {
        throw TextProblem(offset: start, message: "a name in an answer may hold {symbol}, {base} and {quote} alone")
      }
      pieces.append(piece)
    }
    guard let first = pieces.first, pieces.count <= TemplateParser.maximumPieces else { return nil }
    if pieces.count == 1, case .text(let name) = first { return .member(name) }
    return .named(Template(pieces: pieces))
  }

  private static func bracket(_ scanner: inout TextScanner) throws(TextProblem) -> Path.Step {
    let start = scanner.offset
    scanner.advance()
    if scanner.take("]") { return .elements }
    let text = scanner.take { $0 != "]" && $0 != "=" }
    if scanner.take("=") {
      let value = scanner.take { $0 != "]" && $0 != "[" }
      guard !text.isEmpty, text.unicodeScalars.allSatisfy(isName), !value.isEmpty, scanner.take("]") else {
        throw TextProblem(offset: start, message: "expected [key=value]")
      }
      return .matching(key: text, value: value)
    }
    guard scanner.take("]"), text.utf8.count <= 6, let index = Int(text), String(index) == text else {
      throw TextProblem(offset: start, message: "expected [], [0], [-1] or [key=value]")
    }
    return .element(index)
  }
}

extension Path {
  /// Whether it leads to several values.
  var isMany: Bool { steps.contains { $0 == .elements || $0 == .values } }
  /// Whether it asks for the name that a value came by.
  var asksKey: Bool { steps.contains(.key) }
}
