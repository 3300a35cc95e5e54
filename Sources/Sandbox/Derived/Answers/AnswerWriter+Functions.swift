import Core
import Descriptor

/// The inverses of the functions.
extension AnswerWriter {
  private var reader: AnswerReader { AnswerReader(spot) }

  /// Writes the arguments of a function so that it gives the value.
  func write(_ value: AnswerValue, _ function: Reading.Function, _ arguments: [Reading]) -> Bool {
    guard let first = arguments.first, let last = arguments.last, arguments.count == function.arity else {
      return false
    }
    switch value {
    case .time(let time): return Self.text(time, function).map { put(number: $0, by: first) } ?? false
    case .text(let text): return write(text, function, first, last)
    }
  }

  /// Times as numbers where they are numbers.
  private func put(number text: String, by reading: Reading) -> Bool {
    guard case .path(let path) = reading, path.steps.last != .key, path.origin == .row || path.origin == .root,
      AnswerReader.number(text) != nil, let node = node(path), node.isEmpty
    else { return write(.text(text), by: reading) }
    node.put(.number(text))
    return true
  }

  /// An instant as a venue that counts so writes it.
  private static func text(_ time: Timestamp, _ function: Reading.Function) -> String? {
    switch function {
    case .s: (try? ExactDecimal(coefficient: Int128(time.nanoseconds), scale: 9))?.description
    case .ms: String(time.milliseconds)
    case .us: String(time.nanoseconds / 1_000)
    case .ns: String(time.nanoseconds)
    case .iso: time.text(fractionDigits: 6)
    case .httpDate: HTTPDate.text(time)
    default: nil
    }
  }

  private func write(_ text: String, _ function: Reading.Function, _ first: Reading, _ last: Reading) -> Bool {
    switch function {
    case .s, .ms, .us, .ns, .iso, .httpDate: false
    case .abs: write(.text(signed(text, first)), by: first)
    case .sign: writeSign(text, first)
    case .percent:
      AnswerReader.combined(text, "100") { (a, b) throws(DecimalError) in try a * b }
        .map { write(.text($0), by: first) } ?? false
    case .step: AnswerReader.number(text).map { write(.text(String($0.scale)), by: first) } ?? false
    case .upper: text == text.uppercased() && write(.text(text.lowercased()), by: first)
    case .lower: text == text.lowercased() && write(.text(text.uppercased()), by: first)
    case .word: !text.contains(" ") && write(.text(text), by: first)
    case .total: writeTotal(text, first)
    case .join: writeJoined(text, first, last)
    case .head: writeEnd(text, first, last, isHead: true)
    case .tail: writeEnd(text, first, last, isHead: false)
    case .before: writePart(text, first, last, isBefore: true)
    case .after: writePart(text, first, last, isBefore: false)
    case .sum, .minus, .times, .over: write(text, function, pair: first, last)
    }
  }

  /// Nothing is the sum of an empty list, which is there all the same.
  private func writeTotal(_ text: String, _ reading: Reading) -> Bool {
    guard case .path(let path) = reading, AnswerReader.number(text)?.isZero == true, let list = path.list else {
      return write(.text(text), by: reading)
    }
    node(list.path)?.makeEmpty(list: list.isList)
    return true
  }

  // MARK: Signs

  /// What `sign` was told of a place before its number was known stands there as `-1` or `1`.
  private func writeSign(_ sign: String, _ reading: Reading) -> Bool {
    guard sign == "+" || sign == "-" else { return false }
    guard let there = reader.text(reading), let number = AnswerReader.number(there) else {
      return write(.text(sign == "-" ? "-1" : "1"), by: reading)
    }
    guard let turned = sign == "-" ? try? -number.magnitude() : try? number.magnitude(), !turned.isZero else {
      return false
    }
    return replace(reading, turned.description)
  }

  /// A size with the sign that stands there already.
  private func signed(_ size: String, _ reading: Reading) -> String {
    guard let there = reader.text(reading), there.hasPrefix("-"), case .path(let path) = reading else {
      if case .path(let path) = reading, reader.text(reading) == "1" { clear(path) }
      return size
    }
    clear(path)
    return "-" + size
  }

  private func clear(_ path: Path) { _ = put(.text(""), at: path, replacing: true) }

  private func replace(_ reading: Reading, _ text: String) -> Bool {
    guard case .path(let path) = reading else { return false }
    return put(.text(text), at: path, replacing: true)
  }

  // MARK: Two arguments

  /// What is made of two texts: a known beginning is taken off. An id that is told together with its market's name has
  /// none of it before: then the name is what another field says.
  private func writeJoined(_ text: String, _ first: Reading, _ last: Reading) -> Bool {
    if let start = reader.text(first), text.hasPrefix(start) {
      return write(.text(String(text.dropFirst(start.count))), by: last)
    }
    return write(.text(text), by: last)
  }

  /// What stands before or after a separator; the other half keeps what it has.
  private func writePart(_ text: String, _ first: Reading, _ last: Reading, isBefore: Bool) -> Bool {
    guard case .literal(let separator) = last, !separator.isEmpty else { return false }
    guard let there = reader.text(first) else {
      return write(.text(isBefore ? text + separator : separator + text), by: first)
    }
    guard let parts = AnswerReader.split(there, separator) else { return false }
    guard isBefore ? parts.before.isEmpty : parts.after.isEmpty else { return false }
    return replace(first, isBefore ? text + separator + parts.after : parts.before + separator + text)
  }

  /// What stands at an end of a text of which the other end may be open yet (`_`).
  private func writeEnd(_ text: String, _ first: Reading, _ last: Reading, isHead: Bool) -> Bool {
    guard case .literal(let number) = last, let count = Int(number), count < 0 || text.count == count else {
      return false
    }
    let there = reader.text(first)
    let open = count < 0 ? String(repeating: "_", count: -count) : ""
    let rest: String
    if let there {
      rest =
        count < 0
        ? AnswerReader.end(there, -count, isHead: !isHead) : AnswerReader.end(there, -count, isHead: !isHead)
    } else {
      rest = open
    }
    let whole = isHead ? text + rest : rest + text
    guard AnswerReader.end(whole, count, isHead: isHead) == text else { return false }
    guard let there else { return write(.text(whole), by: first) }
    return whole.contains(there.filter { $0 != "_" }) && replace(first, whole)
  }

  /// Solves for the argument that is open; with both open the second one is what changes nothing.
  private func write(_ text: String, _ function: Reading.Function, pair first: Reading, _ last: Reading) -> Bool {
    if let known = reader.text(first) {
      return Self.second(function, text, known).map { write(.text($0), by: last) } ?? false
    }
    if let known = reader.text(last) {
      return Self.first(function, text, known).map { write(.text($0), by: first) } ?? false
    }
    let neutral = function == .sum || function == .minus ? "0" : "1"
    return write(.text(neutral), by: last) && write(.text(text), by: first)
  }

  /// The second argument that gives this with a known first one.
  private static func second(_ function: Reading.Function, _ result: String, _ known: String) -> String? {
    switch function {
    case .sum: AnswerReader.combined(result, known) { (a, b) throws(DecimalError) in try a - b }
    case .minus: AnswerReader.combined(known, result) { (a, b) throws(DecimalError) in try a - b }
    case .times: AnswerReader.quotient(result, known)
    default: AnswerReader.quotient(known, result)
    }
  }

  /// The first argument that gives this with a known second one.
  private static func first(_ function: Reading.Function, _ result: String, _ known: String) -> String? {
    switch function {
    case .sum: AnswerReader.combined(result, known) { (a, b) throws(DecimalError) in try a - b }
    case .minus: AnswerReader.combined(result, known) { (a, b) throws(DecimalError) in try a + b }
    case .times: AnswerReader.quotient(result, known)
    default: AnswerReader.combined(result, known) { (a, b) throws(DecimalError) in try a * b }
    }
  }
}

/// The date as HTTP writes it.
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Tue, 11 Nov 2025 00:17:04 GMT`
  static func text(_ time: Timestamp) -> String {
    let iso = Array(time.text(fractionDigits: 0))
    guard iso.count >= 19, let month = Int(String(iso[5...6])), (1...12).contains(month) else { return "" }
    let weekday = days[(time.seconds.floored(to: 86_400) / 86_400 % 7 + 7) % 7]
    return "\(weekday), \(String(iso[8...9])) \(months[month - 1]) \(String(iso[0...3])) \(String(iso[11...18])) GMT"
  }
}
