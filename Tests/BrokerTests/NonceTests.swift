import Broker
import Core
import Testing

@Suite struct NonceTests {
  private static let start: UInt64 = 1_760_000_000_000_000_000

  private static func wall(_ nanoseconds: UInt64) -> Timestamp { Timestamp(nanoseconds: Int64(nanoseconds)) }

  @Test func `a number is the clock's, and one more than the last when the clock stands still`() {
    var block = NonceBlock(scale: .nanoseconds, stored: 0)
    let now = Self.wall(Self.start)
    #expect(block.next(at: now) == .reserve(upTo: Self.start + 1_000_000_000))
    block.reserved(upTo: Self.start + 1_000_000_000)
    #expect(block.next(at: now) == .give(Self.start))
    #expect(block.next(at: now) == .give(Self.start + 1))
    #expect(block.next(at: Self.wall(Self.start + 500)) == .give(Self.start + 500))
  }

  @Test func `a clock stepped back an hour changes nothing`() {
    var block = NonceBlock(scale: .nanoseconds, stored: Self.start)
    let back = Self.wall(Self.start - 3_600_000_000_000)
    block.reserved(upTo: Self.start + 10)
    #expect(block.next(at: back) == .give(Self.start + 1))
  }

  @Test(arguments: [
    (NonceScale.nanoseconds, Self.start), (.microseconds, Self.start / 1_000), (.milliseconds, Self.start / 1_000_000),
  ])
  func `each scale counts its own steps, a second to a block`(_ scale: NonceScale, _ first: UInt64) {
    var block = NonceBlock(scale: scale, stored: 0)
    #expect(block.next(at: Self.wall(Self.start)) == .reserve(upTo: first + 1_000_000_000 / scale.nanoseconds))
  }

  @Test func `the last number there is is given, then none`() {
    var block = NonceBlock(scale: .nanoseconds, stored: .max - 1)
    #expect(block.next(at: Self.wall(0)) == .reserve(upTo: .max))
    block.reserved(upTo: .max)
    #expect(block.next(at: Self.wall(0)) == .give(.max))
    #expect(block.next(at: Self.wall(0)) == .exhausted)
  }

  @Test func `a clock before the epoch gives numbers above what was stored`() {
    var block = NonceBlock(scale: .nanoseconds, stored: 7)
    block.reserved(upTo: 100)
    #expect(block.next(at: Timestamp(nanoseconds: .min)) == .give(8))
  }

  /// Processes that die at any point, a clock that goes anywhere, a write that fails: what the venue sees only rises.
  @Test(arguments: NonceScale.allCases) func `numbers rise over crashes, failed writes and clock steps`(
    _ scale: NonceScale
  ) {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededRandom(seed)
    var stored: UInt64 = 0
    var clock = Self.start
    var seen: UInt64?
    for run in 0..<400 {
      var block = NonceBlock(scale: scale, stored: stored)
      for _ in 0..<Int.random(in: 0..<60, using: &random) {
        clock = Self.stepped(clock, &random)
        switch block.next(at: Self.wall(clock)) {
        case .give(let number):
          #expect(seen.map { number > $0 } ?? true, "seed \(seed), run \(run)")
          seen = number
        case .reserve(let ceiling):
          let chance = Int.random(in: 0..<10, using: &random)
          // The write is lost; or it lasts, and the process knows or dies before it does.
          if chance > 0 { stored = ceiling }
          if chance > 1 { block.reserved(upTo: ceiling) }
        case .exhausted: Issue.record("seed \(seed): exhausted")
        }
      }
    }
    #expect(seen != nil)
  }

  private static func stepped(_ clock: UInt64, _ random: inout SeededRandom) -> UInt64 {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: clock - 3_600_000_000_000
    case 1: clock + 3_600_000_000_000
    case 2...8: clock
    default: clock + UInt64.random(in: 0..<2_000_000_000, using: &random)
    }
  }
}

/// SplitMix64: the same numbers from the same seed.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
