extension ExactDecimal: CustomStringConvertible {
  /// Plain digits with as many behind the point as the number has: `0.00012`, `-5`, `1200`.
  public var description: String { text(minimumPlaces: 0) }

  /// Plain digits with at least `minimumPlaces` behind the point: venues and displays pad with zeros.
  public func text(minimumPlaces: Int) -> String {
    let places = Swift.max(Int(scale), minimumPlaces)
    let magnitude = coefficient.magnitude
    // A machine word is written many times as fast, and nearly every number of a venue fits one.
    var text = Array((UInt64(exactly: magnitude).map { String($0) } ?? String(magnitude)).utf8)
    text += repeatElement(UInt8(ascii: "0"), count: places - Int(scale))
    if text.count <= places { text = Array(repeating: UInt8(ascii: "0"), count: places - text.count + 1) + text }
    if places > 0 { text.insert(UInt8(ascii: "."), at: text.count - places) }
    if coefficient < 0 { text.insert(UInt8(ascii: "-"), at: 0) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads `12`, `-0.5`, `.5`, `1e-8`, `1.20E+3`: what JSON and venues write. No spaces, no separators, no `NaN`.
  /// - Throws: ``DecimalError``; a number that cannot be held exactly is refused, not shortened.
  public init(parsing text: some StringProtocol) throws(DecimalError) {
    var whole = String(text)
    let outcome = whole.withUTF8 { bytes in
      Result { () throws(DecimalError) in try ExactDecimal(utf8: UnsafeRawBufferPointer(bytes)) }
    }
    self = try outcome.get()
  }

  /// Reads the same from bytes that are the caller's: a price on its way from the wire is copied nowhere.
  init(utf8: UnsafeRawBufferPointer) throws(DecimalError) {
    if let short = Self.short(utf8) {
      self = short
    } else {
      var reader = DigitReader(utf8: utf8)
      self = try reader.read()
    }
  }

  /// Plain digits with or without a point, as nearly every number of a venue is, as long as they fit a machine word.
  /// - Returns: `nil` for everything else, also for what is no number.
  private static func short(_ utf8: UnsafeRawBufferPointer) -> ExactDecimal? {
    // 18 digits fit; the sign and the point are two characters more.
    guard utf8.count <= 20, let first = utf8.first else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    var value: Int64 = 0, digits = 0, scale = 0, zeros = 0
    var isBehindPoint = false
    for character in utf8[(isNegative ? 1 : 0)...] {
      if character == UInt8(ascii: ".") {
        guard !isBehindPoint else { return nil }
        isBehindPoint = true
        continue
      }
      guard character >= 48, character <= 57, digits < 18 else { return nil }
      digits += 1
      if isBehindPoint, character == 48 {
        // As in the long way: zeros that turn out to be the last are never multiplied in.
        zeros += 1
        continue
      }
      for _ in 0..<zeros { value *= 10 }
      value = value * 10 + Int64(character - 48)
      if isBehindPoint { scale += zeros + 1 }
      zeros = 0
    }
    guard digits > 0 else { return nil }
    return ExactDecimal(normal: Int128(isNegative ? -value : value), UInt8(scale))
  }
}

/// Reads one number from its characters.
private struct DigitReader {
  let utf8: UnsafeRawBufferPointer
  var index = 0
  var coefficient: Int128 = 0
  var digits = 0
  var scale = 0

  init(utf8: UnsafeRawBufferPointer) { self.utf8 = utf8 }

  private var current: UInt8? { index < utf8.count ? utf8[index] : nil }

  mutating func read() throws(DecimalError) -> ExactDecimal {
    // Longer than any number that could be held: refused before it costs anything.
    guard utf8.count <= 128 else { throw .overflow }
    let isNegative = skip(UInt8(ascii: "-"))
    if !isNegative { _ = skip(UInt8(ascii: "+")) }
    try readDigits(behindPoint: false)
    if skip(UInt8(ascii: ".")) { try readDigits(behindPoint: true) }
    guard digits > 0 else { throw .notANumber }
    let exponent = try readExponent()
    guard index == utf8.count else { throw .notANumber }
    return try ExactDecimal(coefficient: isNegative ? -coefficient : coefficient, scale: scale - exponent)
  }

  private mutating func skip(_ character: UInt8) -> Bool {
    guard current == character else { return false }
    index += 1
    return true
  }

  private mutating func readDigits(behindPoint: Bool) throws(DecimalError) {
    var pendingZeros = 0
    while let character = current, character >= 48, character <= 57 {
      index += 1
      digits += 1
      if behindPoint && character == 48 {
        // Zeros that turn out to be the last are never multiplied in: `1.000…0` fits however long.
        pendingZeros += 1
        continue
      }
      for _ in 0..<pendingZeros { try append(0, behindPoint) }
      pendingZeros = 0
      try append(Int128(character - 48), behindPoint)
    }
  }

  private mutating func append(_ digit: Int128, _ behindPoint: Bool) throws(DecimalError) {
    coefficient = try (try coefficient.times(10)).plus(digit)
    if behindPoint { scale += 1 }
  }

  private mutating func readExponent() throws(DecimalError) -> Int {
    guard current == UInt8(ascii: "e") || current == UInt8(ascii: "E") else { return 0 }
    index += 1
    let isNegative = skip(UInt8(ascii: "-"))
    if !isNegative { _ = skip(UInt8(ascii: "+")) }
    let start = index
    var exponent = 0
    while let character = current, character >= 48, character <= 57 {
      index += 1
      exponent = Swift.min(exponent * 10 + Int(character - 48), 1_000)
    }
    guard index > start else { throw .notANumber }
    guard coefficient != 0 else { return 0 }
    guard exponent <= 64 else { throw isNegative ? .tooPrecise : .overflow }
    return isNegative ? -exponent : exponent
  }
}
