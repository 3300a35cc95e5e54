extension Timestamp {
  /// RFC 3339 in UTC with as many digits of a second as needed: `2026-01-16T12:00:00Z`, `…:00.25Z`.
  public var description: String { text(fractionDigits: nil) }

  /// RFC 3339 in UTC with exactly so many (0…9) digits of a second, cut, not rounded; `nil` for as many as needed.
  public func text(fractionDigits: Int?) -> String {
    let date = CivilDate(daysSinceEpoch: floored(to: .seconds(86_400)).seconds / 86_400)
    let ofDay = seconds - floored(to: .seconds(86_400)).seconds
    var text: [UInt8] = []
    text.reserveCapacity(32)
    date.append(to: &text)
    for (mark, number) in [("T", ofDay / 3_600), (":", ofDay / 60 % 60), (":", ofDay % 60)] {
      text.append(contentsOf: mark.utf8)
      Self.append(number, 2, to: &text)
    }
    let whole = text.count
    text.append(UInt8(ascii: "."))
    Self.append(Int(nanoseconds - floored(to: .seconds(1)).nanoseconds), 9, to: &text)
    if let fractionDigits {
      text.removeLast(9 - max(0, min(9, fractionDigits)))
    } else {
      while text.last == UInt8(ascii: "0"), text.count > whole + 1 { text.removeLast() }
    }
    if text.count == whole + 1 { text.removeLast() }
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  /// The last `width` digits of a number.
  fileprivate static func append(_ number: Int, _ width: Int, to text: inout [UInt8]) {
    var unit = 1
    for _ in 1..<width { unit *= 10 }
    while unit > 0 {
      text.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
      unit /= 10
    }
  }

  /// Reads RFC 3339: `2026-01-16T12:00:00Z`, with 0…9 (or more, cut) digits of a second, `Z` or an offset.
  /// `nil` when it is not that, or beyond the years 1678…2262.
  public init?(rfc3339 text: String) {
    var reader = TimeReader(utf8: Array(text.utf8))
    guard let timestamp = reader.read() else { return nil }
    self = timestamp
  }
}

/// A day of the Gregorian calendar.
struct CivilDate: CustomStringConvertible {
  let year: Int, month: Int, day: Int

  /// Howard Hinnant's `civil_from_days`: eras of 400 years, years that begin in March.
  init(daysSinceEpoch: Int) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    self.day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    self.month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The inverse, `days_from_civil`; `nil` when there is no such day.
  static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int? {
    guard (1...9_999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    let check = CivilDate(daysSinceEpoch: days)
    return check.day == day && check.month == month ? days : nil
  }

  var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// As `2026-01-16`; what a ``Timestamp`` can show has four digits of a year.
  func append(to text: inout [UInt8]) {
    Timestamp.append(year, 4, to: &text)
    text.append(UInt8(ascii: "-"))
    Timestamp.append(month, 2, to: &text)
    text.append(UInt8(ascii: "-"))
    Timestamp.append(day, 2, to: &text)
  }
}

private struct TimeReader {
  let utf8: [UInt8]
  var index = 0

  init(utf8: [UInt8]) { self.utf8 = utf8 }

  mutating func read() -> Timestamp? {
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      skip("T") || skip("t") || skip(" "), let hour = number(2), skip(":"), let minute = number(2), skip(":"),
      let second = number(2), hour < 24, minute < 60, second < 61, let fraction = fraction(),
      let offset = offset(), index == utf8.count,
      let days = CivilDate.daysSinceEpoch(year: year, month: month, day: day),
      let whole = Timestamp(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset)
    else { return nil }
    return whole + .nanoseconds(fraction)
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard index < utf8.count, utf8[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func digit() -> Int? {
    guard index < utf8.count, (48...57).contains(utf8[index]) else { return nil }
    index += 1
    return Int(utf8[index - 1]) - 48
  }

  private mutating func number(_ width: Int) -> Int? {
    var value = 0
    for _ in 0..<width {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private mutating func fraction() -> Int64? {
    guard skip(".") else { return 0 }
    var value: Int64 = 0
    var digits = 0
    while let digit = digit() {
      if digits < 9 { value = value * 10 + Int64(digit) }
      digits += 1
      guard digits <= 32 else { return nil }
    }
    guard digits > 0 else { return nil }
    for _ in min(digits, 9)..<9 { value *= 10 }
    return value
  }

  private mutating func offset() -> Int? {
    if skip("Z") || skip("z") { return 0 }
    let sign = skip("+") ? 1 : (skip("-") ? -1 : 0)
    guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
      return nil
    }
    return sign * (hours * 3_600 + minutes * 60)
  }
}
