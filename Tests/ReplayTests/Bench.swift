import Broker
import Coinbase
import Core
import Kraken
import Synchronization

/// Answers from a function and keeps what was asked.
final class ScriptedVenue: Transport {
  typealias Answer = @Sendable (HTTPRequest, _ earlier: Int) -> HTTPAnswer
  private let answer: Answer
  private let sent = Mutex<[HTTPRequest]>([])

  /// - Parameter answer: what comes back for a request; `earlier` counts those to the same path before it.
  init(_ answer: @escaping Answer) { self.answer = answer }

  var requests: [HTTPRequest] { sent.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    let path = request.path
    let earlier = sent.withLock { sent in
      defer { sent.append(request) }
      return sent.count { $0.path == path }
    }
    return answer(request, earlier)
  }
}

extension HTTPRequest {
  /// Without scheme, host and query.
  var path: String { String(url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.prefix { $0 != "?" }) }
}

/// The clock of all replays: it stands at the instant that the recorded requests name.
struct StandingClock: ProtocolClock {
  static let pinned = Timestamp(nanoseconds: 1_700_000_000_123_000_000)
  var now = Self.pinned
}

/// 1, 2, 3, …
final class CountingNonces: NonceSource {
  private let last = Mutex<UInt64>(0)
  func next() throws(BrokerError) -> UInt64 {
    last.withLock {
      $0 += 1
      return $0
    }
  }
}

/// A plugin over a scripted venue.
struct Bench {
  let venue: ScriptedVenue
  let plugin: any BrokerPlugin

  /// Throw-away: the digest of a text, and Kraken's published example.
  static let krakenSecret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
  static let coinbaseKey =
    "organizations/11111111-2222-4333-8444-555555555555/apiKeys/66666666-7777-4888-8999-aaaaaaaaaaaa"

  init(
    _ venue: Venue, _ instruments: [Instrument], now: Timestamp = StandingClock.pinned,
    _ answer: @escaping ScriptedVenue.Answer
  ) throws {
    self.venue = ScriptedVenue(answer)
    switch venue {
    case .kraken:
      let credentials = ["api_key": "key", "api_secret": Self.krakenSecret]
      plugin = try Kraken(try Self.context(Kraken.spec, credentials, self.venue, now))
    case .coinbase:
      let seed = try SHA256.digest(Array("a throw-away key of the replay".utf8))
      let credentials = ["api_key": Self.coinbaseKey, "api_secret": Base64.encode(seed)]
      plugin = try Coinbase(try Self.context(Coinbase.spec, credentials, self.venue, now))
    }
    plugin.learn(instruments)
  }

  private static func context(
    _ spec: PluginSpec, _ credentials: [String: String], _ venue: ScriptedVenue, _ now: Timestamp
  ) throws -> PluginContext {
    PluginContext(
      endpoint: try Broker.Endpoint(parsing: spec.declaration.defaultEndpoint ?? ""),
      credentials: credentials.mapValues { Secret(Array($0.utf8)) }, options: [:], transport: venue,
      nonces: CountingNonces(), clock: StandingClock(now: now))
  }
}
