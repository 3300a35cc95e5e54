public import Core

/// How a venue wants client order ids, and what a repeated one means there.
public struct ClientOrderIDRule: Hashable, Sendable {
  /// How the id is written on the wire.
  public enum Rendering: String, Hashable, Sendable, CaseIterable {
    /// 32 lower-case hexadecimal digits.
    case hex
    /// Grouped 8-4-4-4-12.
    case uuidShaped = "uuid"
    /// 25 digits of 0–9 and a–z.
    case base36
    /// 22 digits of 0–9, A–Z and a–z.
    case base62
    /// A whole number below 2⁴⁴: 8 bits of the journal's mark above the running number's lowest 36, which rise for 12
    /// days before one comes again. What it stands for cannot be read back from it.
    case number
  }
  /// What the venue does with an id it has seen.
  public enum Uniqueness: String, Hashable, Sendable, CaseIterable {
    /// Taken like any other: an order that is sent twice is two orders.
    case none
    /// Refused while an order with it is open, taken again afterwards: no idempotency.
    case open
    /// Refused for ever.
    case ever
    /// Refused within the same UTC day.
    case day
    /// The first order is answered, nothing new is made.
    case returnsExisting = "returns_existing"
  }

  /// How it is written.
  public var rendering: Rendering
  /// What stands before it.
  public var prefix: String
  /// What a repetition means.
  public var uniqueness: Uniqueness

  /// A venue's rule.
  public init(rendering: Rendering, prefix: String = "", uniqueness: Uniqueness) {
    self.rendering = rendering
    self.prefix = prefix
    self.uniqueness = uniqueness
  }

  private static let base62 = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

  /// The id as it goes over the wire.
  public func render(_ id: ClientOrderID) -> String {
    let text =
      switch rendering {
      case .hex: id.hex
      case .uuidShaped: id.uuidShaped
      case .base36: Self.padded(String(Self.value(id), radix: 36), to: 25)
      case .base62: Self.padded(Self.base62Text(Self.value(id)), to: 22)
      case .number: String(Self.number(id))
      }
    return prefix + text
  }

  /// The id that a text of the wire stands for; `nil` for what is not of our form, and for every number.
  public func parse(_ text: String) -> ClientOrderID? {
    guard text.hasPrefix(prefix) else { return nil }
    let digits = text.dropFirst(prefix.count)
    switch rendering {
    case .hex, .uuidShaped: return ClientOrderID(parsing: String(digits))
    case .base36:
      guard digits.utf8.count == 25, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isLowercase) }),
        let value = UInt128(digits, radix: 36)
      else { return nil }
      return Self.id(value)
    case .base62:
      guard digits.utf8.count == 22, let value = Self.base62Value(digits) else { return nil }
      return Self.id(value)
    case .number: return nil
    }
  }

  // MARK: Digits

  private static func value(_ id: ClientOrderID) -> UInt128 { UInt128(id.hex, radix: 16) ?? 0 }

  private static func id(_ value: UInt128) -> ClientOrderID? {
    ClientOrderID(parsing: padded(String(value, radix: 16), to: 32))
  }

  private static func number(_ id: ClientOrderID) -> UInt64 {
    let mark = UInt64(id.journal.suffix(2), radix: 16) ?? 0
    let running = UInt64(id.hex.suffix(9), radix: 16) ?? 0
    return mark << 36 | running
  }

  private static func padded(_ text: String, to count: Int) -> String {
    String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  private static func base62Text(_ value: UInt128) -> String {
    var rest = value
    var digits: [Character] = []
    while rest > 0 {
      digits.append(base62[Int(rest % 62)])
      rest /= 62
    }
    return String(digits.reversed())
  }

  private static func base62Value(_ text: Substring) -> UInt128? {
    var value: UInt128 = 0
    for character in text {
      guard let digit = base62.firstIndex(of: character) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 62)
      let (sum, carry) = product.addingReportingOverflow(UInt128(digit))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }
}
