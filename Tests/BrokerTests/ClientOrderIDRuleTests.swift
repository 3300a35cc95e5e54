import Broker
import Core
import Testing

@Suite struct ClientOrderIDRuleTests {
  private static func id(_ sequence: UInt64) -> ClientOrderID {
    ClientOrderID(journal: "0123456789ab", sequence: sequence)
  }

  @Test(arguments: ClientOrderIDRule.Rendering.allCases.filter { $0 != .number })
  func `what is written is read back`(_ rendering: ClientOrderIDRule.Rendering) {
    let rule = ClientOrderIDRule(rendering: rendering, prefix: "t-", uniqueness: .ever)
    for sequence: UInt64 in [0, 1, 61, 62, 63, 1 << 24, (1 << 48) - 1] {
      let text = rule.render(Self.id(sequence))
      #expect(rule.parse(text) == Self.id(sequence), "\(text)")
      #expect(rule.parse(String(text.dropFirst(2))) == nil, "without its prefix it is somebody else's")
      #expect(rule.parse(text + "0") == nil)
    }
  }

  @Test func `texts have the lengths that descriptors count with`() {
    let lengths = ClientOrderIDRule.Rendering.allCases.filter { $0 != .number }.map { rendering in
      ClientOrderIDRule(rendering: rendering, uniqueness: .open).render(Self.id(1)).count
    }
    #expect(lengths == [32, 36, 25, 22])
  }

  /// A journal's numbers begin at the time it was opened, 2¹⁶ a second: openings within 12 days share none.
  @Test func `numbers do not come again within 12 days, and stay below 2⁴⁴`() {
    let rule = ClientOrderIDRule(rendering: .number, uniqueness: .day)
    var seen: Set<String> = []
    for opening: UInt64 in stride(from: 1_790_000_000, to: 1_790_000_000 + 1_036_800, by: 64) {
      for order: UInt64 in 0..<3 {
        let text = rule.render(Self.id(opening << 16 + order))
        #expect(seen.insert(text).inserted, "\(text) twice")
        #expect(UInt64(text).map { $0 < 1 << 44 } == true)
      }
    }
    #expect(rule.parse("123") == nil)
  }
}
