import Broker
import Core
import Foundation
import Kraken
import Synchronization

/// Answers by script and keeps what it was asked.
final class ScriptedTransport: Transport {
  enum Step: Sendable {
    case answer(String, status: Int = 200, headers: [String: String] = [:])
    case fail(TransportError)
  }

  private struct State {
    var steps: [String: [Step]]
    var requests: [HTTPRequest] = []
  }

  private let state: Mutex<State>

  /// Steps by the last part of the path; each is used once, the last one again and again.
  init(_ steps: [String: [Step]]) { state = Mutex(State(steps: steps)) }

  convenience init(_ name: String, _ body: String) { self.init([name: [.answer(body)]]) }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    let name = request.path.split(separator: "/").last.map(String.init) ?? ""
    let step = state.withLock { state in
      state.requests.append(request)
      guard let first = state.steps[name]?.first else { return nil as Step? }
      if state.steps[name]?.count ?? 0 > 1 { state.steps[name]?.removeFirst() }
      return first
    }
    switch step {
    case .answer(let body, let status, let headers):
      return HTTPAnswer(status: status, headers: headers, body: Array(body.utf8))
    case .fail(let error): throw error
    case nil: throw TransportError(phase: .connect, mayHaveArrived: false, detail: "the script has no \(name)")
    }
  }
}

extension HTTPRequest {
  private var afterHost: Substring { url.dropFirst(8).drop { $0 != "/" } }
  /// From `/0/` on, without the query.
  var path: String { String(afterHost.prefix { $0 != "?" }) }
  /// The decoded parameters of query or body.
  var parameters: [String: String] {
    let text = body.isEmpty ? String(afterHost.drop { $0 != "?" }.dropFirst()) : String(decoding: body, as: UTF8.self)
    return text.split(separator: "&").reduce(into: [:]) { parameters, pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? ""
      }
      parameters[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
  }
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
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

/// A clock that stands still.
struct StoppedClock: ProtocolClock {
  var now = Timestamp(nanoseconds: 1_760_000_000_000_000_000)
}

extension Kraken {
  static let testSecret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="

  /// A plugin over a script, with two markets learnt.
  static func scripted(_ transport: any Transport, clock: StoppedClock = StoppedClock()) throws -> Kraken {
    let kraken = try Kraken(
      PluginContext(
        endpoint: Broker.Endpoint(parsing: "https://api.kraken.com"),
        credentials: ["api_key": Secret(Array("key".utf8)), "api_secret": Secret(Array(testSecret.utf8))],
        options: ["tier": "pro"], transport: transport, nonces: CountingNonces(), clock: clock))
    kraken.learn([
      instrument("BTC", "USD", "XXBTZUSD", "XBTUSD", "XXBT", "ZUSD"),
      instrument("BTC", "USDT", "XBTUSDT", "XBTUSDT", "XXBT", "USDT"),
      instrument("ETH", "USDT", "ETHUSDT", "ETHUSDT", "XETH", "USDT"),
      instrument("DOGE", "USD", "XDGUSD", "XDGUSD", "XXDG", "ZUSD"),
    ])
    return kraken
  }

  private static func instrument(
    _ base: String, _ quote: String, _ id: String, _ alias: String, _ venueBase: String, _ venueQuote: String
  ) -> Instrument {
    Instrument(
      symbol: Symbol(base: base, quote: quote), venueID: id, venueAliases: [alias], venueBase: venueBase,
      venueQuote: venueQuote, status: .online, tickSize: .one, lotStep: .one)
  }
}

extension ExactDecimal {
  /// A number written in a test.
  init(_ text: String) throws { try self.init(parsing: text) }
}
