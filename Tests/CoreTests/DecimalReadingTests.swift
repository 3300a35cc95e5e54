import Foundation
import Testing

@testable import Core

/// The short way into a decimal gives what the long way gives, for every text.
@Suite struct DecimalReadingTests {
  /// Any number of zeros before a number leave it as it is, and make the text too long for the short way.
  private static func longWay(_ text: String) -> Result<ExactDecimal, DecimalError> {
    let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
    return read(sign + String(repeating: "0", count: 30) + text.dropFirst(sign.count))
  }

  private static func read(_ text: String) -> Result<ExactDecimal, DecimalError> {
    Result { () throws(DecimalError) in try ExactDecimal(parsing: text) }
  }

  @Test func `both ways read the same number, whatever its digits, zeros, point and sign`() {
    let seed = ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
    var state = seed
    func next(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    for _ in 0..<20_000 {
      var text = ["", "", "-", "+"][next(4)]
      for _ in 0..<next(12) { text += next(3) == 0 ? "0" : String(next(10)) }
      if next(2) == 0 {
        text += "."
        for _ in 0..<next(12) { text += next(2) == 0 ? "0" : String(next(10)) }
      }
      guard text.contains(where: \.isNumber) else { continue }
      #expect(Self.read(text) == Self.longWay(text), "NIJA_SEED=\(seed): \(text)")
    }
  }

  @Test(arguments: ["", "-", ".", "-.", "1.2.3", "..1", "1-", "--1", " 1", "1 ", "1e", "NaN", "0x1", "１"])
  func `what is no number is refused by either way`(text: String) {
    #expect(throws: DecimalError.notANumber) { try ExactDecimal(parsing: text) }
  }

  @Test func `a member is found by its whole key alone, and a number in a string is a number`() throws {
    let json = try JSON(parsing: #"{"price":"1.50","prices":2,"pric":3,"":4,"twice":1,"twice":2,"e":1e-8,"x":"y"}"#)
    #expect(try json.decimal("price") == ExactDecimal(parsing: "1.5"))
    #expect(json["prices"]?.decimal == ExactDecimal(integer: 2) && json[""]?.decimal == ExactDecimal(integer: 4))
    #expect(json["twice"] == nil && json["pri"] == nil && json["x"]?.decimal == nil && json.decimal == nil)
    #expect(json["e"]?.decimal?.description == "0.00000001")
    #expect(
      try JSON(parsing: "[12345678901234567890123.5, -0.0]").elements?.map { $0.decimal?.description } == [
        "12345678901234567890123.5", "0",
      ])
  }
}
