import Broker
import Core
import Descriptor
import Synchronization
import Testing

/// A venue that answers as it is told and remembers what it was asked.
final class StubVenue: Transport {
  enum Reply: Sendable {
    case json(String, status: Int = 200, headers: [String: String] = [:])
    case fails(TransportError)
  }

  private struct State {
    var requests: [HTTPRequest] = []
    var replies: [Reply] = []
  }
  private let state = Mutex(State())

  init(_ replies: [Reply] = []) { state.withLock { $0.replies = replies } }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func answer(_ replies: Reply...) { state.withLock { $0.replies += replies } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    let reply = state.withLock { state in
      state.requests.append(request)
      return state.replies.isEmpty ? Reply.json("{}", status: 599) : state.replies.removeFirst()
    }
    switch reply {
    case .json(let text, let status, let headers):
      return HTTPAnswer(status: status, headers: headers, body: Array(text.utf8))
    case .fails(let error): throw error
    }
  }

  static let broken = Reply.fails(TransportError(phase: .receive, mayHaveArrived: true, detail: "reset"))
}

/// A clock that is told the time.
final class StubClock: ProtocolClock {
  private let time: Mutex<Timestamp>
  init(_ text: String = "2026-11-28T12:00:00Z") {
    time = Mutex(Timestamp(rfc3339: text) ?? Timestamp(nanoseconds: 0))
  }
  var now: Timestamp { time.withLock { $0 } }
  func step(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// One plugin of a shipped descriptor over a stub.
struct Bench {
  let venue = StubVenue()
  let clock = StubClock()
  let plugin: DescriptorPlugin

  final class Counter: NonceSource {
    private let last = Mutex<UInt64>(1_700_000_000_000)
    func next() throws(BrokerError) -> UInt64 {
      last.withLock { last in
        last += 1
        return last
      }
    }
  }

  init(_ name: String = "binance", changing change: (inout Descriptor) -> Void = { _ in }) throws {
    var descriptor = try ShippedBrokerage(name).descriptor
    change(&descriptor)
    let credentials = Dictionary(
      uniqueKeysWithValues: descriptor.credentials.map { ($0.name, Secret(Array("c2VjcmV0LW9mLWEtdGVzdA==".utf8))) })
    plugin = try DescriptorPlugin(
      descriptor,
      PluginContext(
        endpoint: try #require(descriptor.hosts.first?.endpoint), credentials: credentials, options: [:],
        transport: venue, nonces: Counter(), clock: clock))
    plugin.learn([try Self.market("BTC"), try Self.market("ETH")])
  }

  static func market(_ base: String) throws -> Instrument {
    Instrument(
      symbol: Symbol(base: base, quote: "USDT"), venueID: "\(base)USDT", venueBase: base, venueQuote: "USDT",
      status: .online, tickSize: try ExactDecimal(parsing: "0.01"), lotStep: try ExactDecimal(parsing: "0.00001"))
  }

  func order(_ sequence: UInt64 = 1, side: Side = .buy) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: sequence),
      symbol: Symbol(base: "BTC", quote: "USDT"), side: side, quantity: Quantity(try ExactDecimal(parsing: "0.001")),
      limit: Price(try ExactDecimal(parsing: "30000")), timeInForce: .immediateOrCancel,
      deadline: clock.now + plugin.spec.orderLifetime)
  }
}
