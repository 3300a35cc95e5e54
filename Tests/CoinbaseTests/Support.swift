import Broker
import Core
import Foundation
import Synchronization

@testable import Coinbase

/// Material outside the repository, beside its root.
enum Shared {
  static func vectors(_ name: String) throws -> JSON? { try file("vectors", name) }
  static func fixtures(_ name: String) throws -> JSON? { try file("fixtures", name) }

  /// The text of a reference, read where it lies.
  static func reference(_ name: String) throws -> String? {
    try bytes("reference", name).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func file(_ folder: String, _ name: String) throws -> JSON? {
    try bytes(folder, name).map { try JSON(parsing: $0) }
  }

  /// `nil`, with a line that says so, where the material is absent; in CI that is an error.
  private static func bytes(_ folder: String, _ name: String) throws -> [UInt8]? {
    let environment = ProcessInfo.processInfo.environment
    let path = URL(filePath: #filePath).appending(path: "../../../../shared/\(folder)").standardizedFileURL
    let url = path.appending(path: name)
    guard FileManager.default.fileExists(atPath: url.path) else {
      if environment["CI"] == "true" { throw Absent(path: url.path) }
      print("left out: \(folder)/\(name) is not there")
      return nil
    }
    return Array(try Data(contentsOf: url))
  }

  struct Absent: Error { let path: String }
}

/// Answers from a script, in order, and keeps what was asked.
final class ScriptedTransport: Transport {
  typealias Reply = Result<HTTPAnswer, TransportError>
  private let state: Mutex<(replies: [Reply], requests: [HTTPRequest])>

  init(_ replies: [Reply]) { state = Mutex((replies, [])) }
  convenience init(_ bodies: String...) { self.init(bodies.map { Self.ok($0) }) }

  static func ok(_ body: String) -> Reply { status(200, body) }
  static func status(_ status: Int, _ body: String, headers: [String: String] = [:]) -> Reply {
    .success(HTTPAnswer(status: status, headers: headers, body: Array(body.utf8)))
  }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    let reply = state.withLock { state -> Reply in
      state.requests.append(request)
      let unscripted = TransportError(phase: .cancelled, mayHaveArrived: false, detail: "the script has ended")
      return state.replies.isEmpty ? .failure(unscripted) : state.replies.removeFirst()
    }
    return try reply.get()
  }
}

/// A clock that stands.
struct FixedClock: ProtocolClock {
  var now = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
}

/// A throw-away Ed25519 key: its seed is the digest of these words.
enum ThrowAway {
  static let keyName = "organizations/11111111-2222-4333-8444-555555555555/apiKeys/66666666-7777-4888-8999-aaaaaaaaaaaa"
  static func seed() throws -> [UInt8] { try SHA256.digest(Array("a throw-away key of the tests".utf8)) }
}

func makeCoinbase(
  _ transport: any Transport, endpoint: String = "https://api.coinbase.com", credentials: [String: String]? = nil,
  clock: any ProtocolClock = FixedClock()
) throws -> Coinbase {
  let given = try credentials ?? ["api_key": ThrowAway.keyName, "api_secret": Base64.encode(ThrowAway.seed())]
  let coinbase = try Coinbase(
    PluginContext(
      endpoint: Broker.Endpoint(parsing: endpoint), credentials: given.mapValues { Secret(Array($0.utf8)) },
      options: [:], transport: transport, nonces: nil, clock: clock))
  coinbase.learn([bitcoin])
  return coinbase
}

let bitcoin = Instrument(
  symbol: Symbol(base: "BTC", quote: "USD"), venueID: "BTC-USD", venueBase: "BTC", venueQuote: "USD", status: .online,
  tickSize: decimal("0.01"), lotStep: decimal("0.00000001"))

/// A decimal written in a test.
func decimal(_ text: String) -> ExactDecimal {
  guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no decimal") }
  return number
}

/// An order written in a test: buys 0.001 at 30000 unless told otherwise.
func order(
  _ timeInForce: TimeInForce = .immediateOrCancel, side: Side = .buy,
  deadline: Timestamp = FixedClock().now + .seconds(90)
) -> OrderRequest {
  OrderRequest(
    clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: 7), symbol: bitcoin.symbol, side: side,
    quantity: Quantity(decimal("0.001")), limit: Price(decimal("30000.00")), timeInForce: timeInForce,
    deadline: deadline)
}

/// What a call failed with; `nil` when it did not.
func failure<Value>(_ body: () async throws(BrokerError) -> Value) async -> BrokerError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}
