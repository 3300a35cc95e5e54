internal import Core

/// What can be done to what was read.
enum ReadingFunctions {
  /// - Returns: `nil` for what `before` and `after` do not find.
  static func apply(_ function: Reading.Function, _ values: [ReadValue]) throws(JSONError) -> ReadValue? {
    guard values.count == function.arity, let first = values.first, let last = values.last else {
      throw .wrongType(function.rawValue, expected: "a function of \(function.arity)")
    }
    switch function {
    case .s, .ms, .us, .ns, .iso, .httpDate: return .time(try time(function, first))
    case .abs, .sum, .minus, .times, .over, .percent, .step:
      let (x, y) = (try number(function, first), try number(function, last))
      do throws(DecimalError) {
        return .text(try compute(function, x, y).description)
      } catch {
        throw .wrongType(function.rawValue, expected: "a result that can be held exactly")
      }
    case .sign:
      let number = try number(function, first)
      return .text(number.isZero ? "0" : number.isNegative ? "-" : "+")
    case .before, .after, .upper, .lower, .word, .head, .tail, .join:
      guard let text = first.text, let mark = last.text else { throw .wrongType(function.rawValue, expected: "text") }
      return change(function, text, mark).map(ReadValue.text)
    case .total: throw .wrongType("total", expected: "the sum of a path")
    }
  }

  private static func number(_ function: Reading.Function, _ value: ReadValue) throws(JSONError) -> ExactDecimal {
    guard let number = value.decimal else { throw .wrongType(function.rawValue, expected: "a decimal") }
    return number
  }

  // MARK: Times

  private static func time(_ function: Reading.Function, _ value: ReadValue) throws(JSONError) -> Timestamp {
    let time: Timestamp?
    switch function {
    case .s: time = Timestamp(seconds: try number(function, value))
    case .ms: time = try nanoseconds(function, value, 1_000_000)
    case .us: time = try nanoseconds(function, value, 1_000)
    case .ns: time = try nanoseconds(function, value, 1)
    case .iso: time = value.text.flatMap(isoTime)
    default: time = value.text.flatMap(HTTPDate.read)
    }
    guard let time else { throw .wrongType(function.rawValue, expected: "a time") }
    return time
  }

  private static func nanoseconds(
    _ function: Reading.Function, _ value: ReadValue, _ unit: Int
  ) throws(JSONError) -> Timestamp? {
    let count = try number(function, value)
    guard let product = try? count * ExactDecimal(integer: unit), let whole = try? product.rounded(places: 0, .down),
      let nanoseconds = Int64(exactly: whole.coefficient)
    else { return nil }
    return Timestamp(nanoseconds: nanoseconds)
  }

  /// RFC 3339; without a zone it is UTC.
  private static func isoTime(_ text: String) -> Timestamp? {
    Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z")
  }

  // MARK: Numbers

  private static func compute(
    _ function: Reading.Function, _ x: ExactDecimal, _ y: ExactDecimal
  ) throws(DecimalError) -> ExactDecimal {
    switch function {
    case .abs: try x.magnitude()
    case .sum: try x + y
    case .minus: try x - y
    case .times: try x * y
    case .over: try exactQuotient(x, y)
    case .percent: try ExactDecimal(coefficient: x.coefficient, scale: Int(x.scale) + 2)
    default: try step(x)
    }
  }

  /// 4 → 0.0001, -2 → 100.
  private static func step(_ places: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    guard places.scale == 0, let count = Int(exactly: places.coefficient), (-18...30).contains(count) else {
      throw .tooPrecise
    }
    return try ExactDecimal(coefficient: 1, scale: count)
  }

  /// The quotient, when it can be written with a finite number of digits.
  private static func exactQuotient(_ x: ExactDecimal, _ y: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    for places in [0, 2, 4, 8, 12, 16, 20, 24, 28] {
      let quotient = try x.divided(by: y, places: places, .down)
      if let product = try? quotient * y, product == x { return quotient }
    }
    throw .tooPrecise
  }

  // MARK: Texts

  private static func change(_ function: Reading.Function, _ text: String, _ mark: String) -> String? {
    switch function {
    case .upper: return text.uppercased()
    case .lower: return text.lowercased()
    case .word: return String(text.prefix { $0 != " " })
    case .join: return text + mark
    case .head:
      return Int(mark).map { count in String(count < 0 ? text.dropLast(-count) : text.prefix(count)) }
    case .tail:
      return Int(mark).map { count in String(count < 0 ? text.dropFirst(-count) : text.suffix(count)) }
    default: return split(text, mark).map { function == .before ? $0.before : $0.after }
    }
  }

  private static func split(_ text: String, _ mark: String) -> (before: String, after: String)? {
    guard !mark.isEmpty else { return nil }
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(mark) {
        return (String(text[..<start]), String(text[text.index(start, offsetBy: mark.count)...]))
      }
      start = text.index(after: start)
    }
    return nil
  }
}

/// Dates as HTTP writes them (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  static func read(_ text: String) -> Timestamp? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
    let number = month + 1
    return Timestamp(rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
  }
}
