internal import Core

/// Reads how a field is read: a path, functions around it, or the first of several.
struct ReadingParser {
  /// How many nodes a reading may have, which bounds its depth as well.
  static let maximumNodes = 64

  private var scanner: TextScanner
  private var nodes = 0

  /// Reads the whole of a text.
  static func parse(_ text: String) throws(TextProblem) -> Reading {
    var parser = ReadingParser(scanner: TextScanner(text))
    let reading = try parser.first()
    guard parser.scanner.isAtEnd else { throw parser.problem("expected |, or the end") }
    return reading
  }

  /// Reads a text that is a path and nothing else.
  static func parsePath(_ text: String) throws(TextProblem) -> Path {
    var scanner = TextScanner(text)
    let path = try PathParser.parse(&scanner)
    guard scanner.isAtEnd else { throw TextProblem(offset: scanner.offset, message: "expected the end of the path") }
    return path
  }

  private func problem(_ message: String, at offset: Int? = nil) -> TextProblem {
    TextProblem(offset: offset ?? scanner.offset, message: message)
  }

  private mutating func first() throws(TextProblem) -> Reading {
    let only = try item()
    var readings = [only]
    scanner.skipSpaces()
    while scanner.take("|") {
      readings.append(try item())
      scanner.skipSpaces()
    }
    return readings.count == 1 ? only : .first(readings)
  }

  private mutating func item() throws(TextProblem) -> Reading {
    scanner.skipSpaces()
    nodes += 1
    guard nodes <= Self.maximumNodes else { throw problem("a reading has at most \(Self.maximumNodes) parts") }
    if scanner.next == "'" { return .literal(try scanner.literal()) }
    if let function = try function() { return function }
    return .path(try PathParser.parse(&scanner))
  }

  /// A call, where a name with ( behind it is next.
  private mutating func function() throws(TextProblem) -> Reading? {
    var ahead = scanner
    let start = scanner.offset
    let name = ahead.name()
    guard !name.isEmpty, ahead.take("(") else { return nil }
    scanner = ahead
    guard let function = Reading.Function(rawValue: name) else {
      let names = Reading.Function.allCases.map(\.rawValue)
      let meant = Suggestion.closest(to: name, among: names)
      throw problem(
        "unknown function; " + (meant.map { "did you mean \"\($0)\"?" } ?? "known: \(names.joined(separator: ", "))"),
        at: start)
    }
    var arguments: [Reading] = []
    for index in 0..<function.arity {
      if index > 0 {
        scanner.skipSpaces()
        guard scanner.take(",") else { throw problem("expected a comma: \(name) takes \(function.arity) arguments") }
      }
      scanner.skipSpaces()
      let place = scanner.offset
      let argument = try first()
      guard argument.kind.fits(function.takes(index)) else {
        throw problem("\(name) takes \(function.takes(index).rawValue) here, not \(argument.kind.rawValue)", at: place)
      }
      arguments.append(argument)
    }
    scanner.skipSpaces()
    try check(function, arguments, start)
    guard scanner.take(")") else {
      throw problem("expected ): \(name) takes \(function.arity == 1 ? "one argument" : "\(function.arity) arguments")")
    }
    return .apply(function, arguments)
  }
}

extension ReadingParser {
  /// What the types of arguments do not say.
  private func check(_ function: Reading.Function, _ arguments: [Reading], _ start: Int) throws(TextProblem) {
    switch function {
    case .total:
      guard case .path? = arguments.first else {
        throw problem("total takes a path, such as total(fills[].fee)", at: start)
      }
    case .head, .tail:
      guard case .literal(let text)? = arguments.last, text.utf8.count <= 4, let count = Int(text), count != 0 else {
        throw problem("\(function.rawValue) takes a number of characters in quotes, such as '3' or '-3'", at: start)
      }
    default: break
    }
  }
}

extension Reading {
  /// What a reading gives.
  enum Kind: String {
    /// What stands in the answer: whatever it is.
    case raw = "a plain value"
    case text = "text"
    case number = "a number"
    case time = "a time"

    /// Whether it can be taken where `wanted` is wanted.
    func fits(_ wanted: Kind) -> Bool {
      self == wanted || wanted == .raw && self != .time || self == .raw && wanted != .time
    }
  }

  /// What it gives.
  var kind: Kind {
    switch self {
    case .path: .raw
    case .literal(let text): (try? ExactDecimal(parsing: text)) == nil ? .text : .raw
    case .apply(let function, _): function.gives
    case .first(let readings):
      readings.first { $0.kind != .raw }?.kind ?? .raw
    case .cases(let cases): cases.compactMap { $0.reading?.kind }.first { $0 != .raw } ?? .raw
    }
  }

  /// Whether the field may be left out.
  var mayBeAbsent: Bool {
    switch self {
    case .path(let path): path.isOptional
    case .literal, .cases: false
    case .apply(_, let arguments): arguments.contains(where: \.mayBeAbsent)
    case .first(let readings): readings.allSatisfy(\.mayBeAbsent)
    }
  }

  /// Every path in it that leads to one thing.
  var paths: [Path] {
    switch self {
    case .path(let path): [path]
    case .literal, .apply(.total, _): []
    case .apply(_, let arguments), .first(let arguments): arguments.flatMap(\.paths)
    case .cases(let cases): cases.flatMap { $0.reading?.paths ?? [] }
    }
  }
}

extension Reading.Function {
  /// What it gives.
  var gives: Reading.Kind {
    switch self {
    case .s, .ms, .us, .ns, .iso, .httpDate: .time
    case .abs, .sum, .minus, .times, .over, .percent, .step, .total: .number
    case .sign, .before, .after, .upper, .lower, .word, .head, .tail, .join: .text
    }
  }

  /// What it takes.
  func takes(_ index: Int) -> Reading.Kind {
    switch self {
    case .s, .ms, .us, .ns: .number
    case .iso, .httpDate, .before, .after, .upper, .lower, .word, .head, .tail, .join: .text
    case .abs, .sum, .minus, .times, .over, .percent, .step, .sign, .total: .number
    }
  }
}
