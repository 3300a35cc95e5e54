internal import Core

/// Reads one signing expression and checks its types.
struct ExpressionParser {
  /// How many nodes an expression may have, which bounds its depth as well.
  static let maximumNodes = 64

  private let scope: SigningScope
  private var scanner: TextScanner
  private var nodes = 0

  private init(_ text: String, _ scope: SigningScope) {
    self.scope = scope
    scanner = TextScanner(text)
  }

  /// Reads the whole of a text.
  static func parse(_ text: String, in scope: SigningScope) throws(TextProblem) -> Expression {
    var parser = ExpressionParser(text, scope)
    let expression = try parser.sum()
    guard parser.scanner.isAtEnd else { throw parser.problem("expected + or the end") }
    return expression
  }

  private func problem(_ message: String, at offset: Int? = nil) -> TextProblem {
    TextProblem(offset: offset ?? scanner.offset, message: message)
  }

  private mutating func count() throws(TextProblem) {
    nodes += 1
    guard nodes <= Self.maximumNodes else {
      throw problem("an expression has at most \(Self.maximumNodes) parts; name a part of it under values")
    }
  }

  private mutating func sum() throws(TextProblem) -> Expression {
    var left = try term()
    scanner.skipSpaces()
    while scanner.take("+") {
      scanner.skipSpaces()
      let start = scanner.offset
      let right = try term()
      guard left.kind == right.kind else {
        throw problem(
          "+ joins two of one type; here \(left.kind.phrase) and \(right.kind.phrase)"
            + left.kind.hint(from: right.kind), at: start)
      }
      try count()
      left = .join(left, right, left.kind)
      scanner.skipSpaces()
    }
    return left
  }

  private mutating func term() throws(TextProblem) -> Expression {
    scanner.skipSpaces()
    try count()
    guard let next = scanner.next else { throw problem("expected a variable, a function, 'text' or a whole number") }
    if next == "'" { return .text(try scanner.literal()) }
    if next.isASCIIDigit { return try number() }
    let start = scanner.offset
    let name = scanner.name()
    guard !name.isEmpty else { throw problem("expected a variable, a function, 'text' or a whole number") }
    if scanner.next == "(" { return try call(name, start) }
    guard let kind = scope.variables[name] else { throw unknown(name, start) }
    return .variable(name, kind)
  }

  private mutating func number() throws(TextProblem) -> Expression {
    let start = scanner.offset
    let digits = scanner.take { $0.isASCIIDigit }
    guard digits.utf8.count <= 18, let number = Int(digits), String(number) == digits else {
      throw problem("a whole number has at most 18 digits and no zero in front", at: start)
    }
    return .integer(number)
  }

  private func unknown(_ name: String, _ start: Int) -> TextProblem {
    if SigningScope.late[name] != nil {
      return problem(
        "is not known yet where parameters are made; it may stand in values, append and headers", at: start)
    }
    let meant = Suggestion.closest(to: name, among: scope.variables.keys.sorted())
    return problem(
      "unknown variable; " + (meant.map { "did you mean \"\($0)\"?" } ?? Self.known(scope.variables.keys)), at: start)
  }

  private static func known(_ names: some Sequence<String>) -> String {
    "known here: \(names.sorted().joined(separator: ", "))"
  }
}

// MARK: Functions

extension ExpressionParser {
  private mutating func call(_ name: String, _ start: Int) throws(TextProblem) -> Expression {
    if name == "jwt" { return try token() }
    guard let function = Expression.Function(rawValue: name) else {
      let names = Expression.Function.allCases.map(\.rawValue) + ["jwt"]
      let meant = Suggestion.closest(to: name, among: names)
      throw problem("unknown function; " + (meant.map { "did you mean \"\($0)\"?" } ?? Self.known(names)), at: start)
    }
    var arguments: [Expression] = []
    scanner.advance()
    for (index, kind) in function.parameters.enumerated() {
      if index > 0 { try separator(function) }
      scanner.skipSpaces()
      let start = scanner.offset
      if index == 0, function.takesSlot {
        arguments.append(.variable(try slot(for: function == .es256 ? [.pem, .keyFile] : [.base64, .keyFile]), .text))
        continue
      }
      let argument = try sum()
      guard argument.kind == kind else {
        throw problem(
          "\(name) takes \(kind.phrase) here, not \(argument.kind.phrase)" + kind.hint(from: argument.kind), at: start)
      }
      arguments.append(argument)
    }
    try close(
      "\(name) takes \(function.parameters.count == 1 ? "one argument" : "\(function.parameters.count) arguments")")
    return .call(function, arguments)
  }

  private mutating func separator(_ function: Expression.Function) throws(TextProblem) {
    scanner.skipSpaces()
    guard scanner.take(",") else {
      throw problem("expected a comma: \(function.rawValue) takes \(function.parameters.count) arguments")
    }
  }

  private mutating func close(_ message: String) throws(TextProblem) {
    scanner.skipSpaces()
    guard scanner.take(")") else { throw problem("expected ) or +: \(message)") }
  }

  /// The name of a credential whose forms are among these.
  private mutating func slot(for formats: [CredentialSlot.Format]) throws(TextProblem) -> String {
    scanner.skipSpaces()
    let start = scanner.offset
    try count()
    let name = scanner.name()
    guard let slot = scope.slots[name] else { throw problem("expected the name of a credential", at: start) }
    guard slot.formats.allSatisfy(formats.contains) else {
      throw problem(
        "needs a credential of the form \(formats.map(\.rawValue).joined(separator: " or "))", at: start)
    }
    return name
  }

  /// `jwt(secret, {…}, {…})`
  private mutating func token() throws(TextProblem) -> Expression {
    scanner.advance()
    let secret = try slot(for: [.pem, .keyFile, .base64])
    var objects: [[Expression.Member]] = []
    for _ in 0..<2 {
      scanner.skipSpaces()
      guard scanner.take(",") else { throw problem("expected a comma: jwt takes a credential, a header and claims") }
      objects.append(try object())
    }
    try close("jwt takes a credential, a header and claims")
    guard objects.count == 2, let header = objects.first, let claims = objects.last else { throw problem("expected )") }
    return .jwt(secret: secret, header: header, claims: claims)
  }

  private mutating func object() throws(TextProblem) -> [Expression.Member] {
    scanner.skipSpaces()
    guard scanner.take("{") else { throw problem("expected an object such as {kid: api_key}") }
    var members: [Expression.Member] = []
    scanner.skipSpaces()
    if scanner.take("}") { return members }
    repeat {
      scanner.skipSpaces()
      let start = scanner.offset
      let name = scanner.next == "'" ? try scanner.literal() : scanner.name()
      guard !name.isEmpty, !members.contains(where: { $0.name == name }), name != "alg", name != "typ" else {
        throw problem("expected a name of its own; alg and typ are added", at: start)
      }
      scanner.skipSpaces()
      guard scanner.take(":") else { throw problem("expected : and a value") }
      scanner.skipSpaces()
      let place = scanner.offset
      let value = try sum()
      guard value.kind != .bytes else { throw problem("a member is text or a whole number", at: place) }
      members.append(.init(name: name, value: value))
      scanner.skipSpaces()
    } while scanner.take(",")
    guard scanner.take("}") else { throw problem("expected , or }") }
    return members
  }
}
