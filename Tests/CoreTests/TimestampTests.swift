import Core
import Testing

struct TimestampTests {
  @Test func `times are written and read as RFC 3339`() throws {
    let texts = [
      "1970-01-01T00:00:00Z", "2026-01-16T12:00:00.25Z", "2000-02-29T23:59:59.999999999Z", "1969-12-31T23:59:59.5Z",
      "2026-12-31T00:00:00Z",
    ]
    for text in texts { #expect(Timestamp(rfc3339: text)?.description == text) }
    #expect(Timestamp(rfc3339: "2026-01-16T14:00:00+02:00") == Timestamp(rfc3339: "2026-01-16T12:00:00Z"))
    #expect(Timestamp(rfc3339: "2026-01-16T12:00:00.1234567891Z")?.description == "2026-01-16T12:00:00.123456789Z")
  }

  @Test func `what is no time is none`() {
    for text in [
      "", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "9999-01-01T00:00:00Z",
    ] {
      #expect(Timestamp(rfc3339: text) == nil, "\(text)")
    }
  }

  @Test func `arithmetic stays at the ends of the range`() {
    #expect(Timestamp(nanoseconds: .max) + .seconds(1) == Timestamp(nanoseconds: .max))
    #expect(Timestamp(nanoseconds: .min) - .seconds(1) == Timestamp(nanoseconds: .min))
    #expect(Timestamp(nanoseconds: -1).floored(to: .seconds(1)) == Timestamp(nanoseconds: -1_000_000_000))
  }

  @Test func `a market clock runs its speed and never overflows`() {
    let clock = MarketClock(wallOrigin: Timestamp(nanoseconds: 0), origin: Timestamp(nanoseconds: 0), speed: 60)
    #expect(clock.time(atWall: Timestamp(nanoseconds: 1_000_000_000)) == Timestamp(nanoseconds: 60_000_000_000))
    #expect(clock.time(atWall: Timestamp(nanoseconds: .max)) == Timestamp(nanoseconds: .max))
    #expect(clock.wallDuration(of: .seconds(150)) == .milliseconds(2_500))
  }
}
