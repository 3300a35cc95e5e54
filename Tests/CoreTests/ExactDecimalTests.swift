import Core
import Testing

struct ExactDecimalTests {
  private static func number(_ text: String) throws -> ExactDecimal { try ExactDecimal(parsing: text) }

  @Test func `what is read is written again as the same number`() throws {
    let texts = [
      ("0", "0"), ("-0.50", "-0.5"), (".5", "0.5"), ("1e-8", "0.00000001"), ("1.20E+3", "1200"),
      ("0.1000000000000000000000000000000000000000000000", "0.1"), ("00012.340", "12.34"),
    ]
    for (text, expected) in texts { #expect(try Self.number(text).description == expected) }
  }

  @Test func `what is no number, or none that can be held, is refused`() {
    for text in ["", "-", ".", "abc", "NaN", "1e", "1 ", "0x1", "1,000", "--1", "1e999", "1e-999"] {
      #expect(throws: DecimalError.self) { try Self.number(text) }
    }
    #expect(throws: DecimalError.overflow) { try Self.number(String(repeating: "9", count: 40)) }
    #expect(throws: DecimalError.tooPrecise) { try Self.number("0." + String(repeating: "1", count: 31)) }
  }

  @Test func `rounding to steps goes in the direction told and stays a multiple`() throws {
    var random = SystemRandomNumberGenerator()
    let seed = random.next()
    var generator = Seeded(state: seed)
    for _ in 0..<2_000 {
      let value = try ExactDecimal(
        coefficient: Int128(Int64.random(in: 0...1_000_000_000_000, using: &generator)), scale: 9)
      for text in ["0.5", "5", "0.00000001", "0.1", "3"] {
        let step = try Self.number(text)
        let down = try value.rounded(toMultipleOf: step, .down), up = try value.rounded(toMultipleOf: step, .up)
        #expect(try down.isMultiple(of: step) && up.isMultiple(of: step), "seed \(seed)")
        #expect(down <= value && value <= up, "seed \(seed)")
        #expect(try up == down || up - down == step, "seed \(seed)")
      }
    }
  }

  @Test func `arithmetic that does not fit throws instead of trapping`() throws {
    let large = try ExactDecimal(coefficient: .max, scale: 0)
    #expect(throws: DecimalError.overflow) { try large + .one }
    #expect(throws: DecimalError.overflow) { try large * large }
    #expect(throws: DecimalError.divisionByZero) { try large.divided(by: .zero, places: 2, .down) }
    #expect(try Self.number("0.1") + Self.number("0.2") == Self.number("0.3"))
    #expect(try large > Self.number("0.000000000000000000000000000001"))
  }
}

/// SplitMix64, so that a printed seed repeats a run.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
