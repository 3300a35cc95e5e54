import Broker
import Core
import Synchronization
import Testing

@testable import Coinbase

@Suite struct CoinbaseLimitTests {
  /// Time that passes only while somebody waits.
  final class SteppedTime: Sendable {
    private let start = ContinuousClock.now
    private let elapsed = Mutex(Duration.zero)
    var passed: Duration { elapsed.withLock { $0 } }
    var gate: GateTime {
      GateTime(now: { self.start + self.passed }, sleep: { duration in self.elapsed.withLock { $0 += duration } })
    }
  }

  static func request(isPublic: Bool, _ priority: HTTPRequest.Priority = .query) -> CoinbaseCall.Request {
    CoinbaseCall.Request(path: "/x", isPublic: isPublic, priority: priority)
  }

  @Test(arguments: [(true, 4), (false, 8)])
  func `a hundred questions take as long as the venue's rate allows`(isPublic: Bool, perSecond: Int) async throws {
    let time = SteppedTime()
    let limits = CoinbaseLimits(time: time.gate)
    var sent: [Duration] = []
    for _ in 0..<100 {
      try await limits.run(Self.request(isPublic: isPublic), CoinbaseOperation("x")) {}
      sent.append(time.passed)
    }
    for index in sent.indices.dropFirst(2 * perSecond) {
      #expect(sent[index] - sent[index - 2 * perSecond] >= .milliseconds(990))
    }
    #expect(time.passed < .seconds(100 / perSecond + 1))
  }

  @Test func `questions leave room for exits and cancels`() async throws {
    let time = SteppedTime()
    let limits = CoinbaseLimits(time: time.gate)
    while time.passed == .zero { try await limits.run(Self.request(isPublic: false), CoinbaseOperation("x")) {} }
    let before = time.passed
    for priority in [HTTPRequest.Priority.cancel, .reduce, .cancel] {
      try await limits.run(Self.request(isPublic: false, priority), CoinbaseOperation("x")) {}
    }
    #expect(time.passed == before)
    try await limits.run(Self.request(isPublic: false, .enter), CoinbaseOperation("x")) {}
    #expect(time.passed > before)
  }
}
