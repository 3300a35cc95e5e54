import Core
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Sandbox

/// A served sandbox with an account at each venue, called over plain connections while faults are set.
final class FaultBench {
  static let kraken = "kraken/a"
  static let coinbase = "coinbase/a"

  let sandbox: ServedSandbox
  private let krakenKey: (key: String, secret: [UInt8])
  private let coinbaseKey: CoinbaseTokenMaker
  private let nonces = Mutex(1_000_000)

  init(options: [String] = []) throws {
    sandbox = try ServedSandbox(options: options)
    krakenKey = try sandbox.openAccount(Self.kraken, funds: ["USD": "10000.00"])
    let opened = try sandbox.control([
      "do": "open_account", "venue": "coinbase", "account": .string(Self.coinbase), "funds": ["USD": "10000.00"],
    ])
    let credentials = try opened.object("credentials")
    coinbaseKey = CoinbaseTokenMaker(
      name: try credentials.string("api_key"), secret: try credentials.string("api_secret"))
  }

  /// What came back over a connection that nobody shares.
  struct Outcome {
    var status: Int?
    var head = ""
    var body: [UInt8] = []
    var end: Wire.End
    var took: Duration
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { get throws { try JSON(parsing: body) } }
    /// The first entry of Kraken's `error`; empty without one.
    var error: String { get throws { try json.array("error").first?.text ?? "" } }
  }

  /// Sets a fault; its number.
  @discardableResult
  func set(_ fault: String, venue: String? = nil, endpoint: String? = nil, _ more: [(String, JSONValue)] = []) throws
    -> Int
  {
    var members: [(key: String, value: JSONValue)] = [("do", "fault"), ("fault", .string(fault))]
    if let venue { members.append(("venue", .string(venue))) }
    if let endpoint { members.append(("endpoint", .string(endpoint))) }
    members += more.map { ($0.0, $0.1) }
    let answer = try sandbox.control(.object(members))
    try #require(answer["ok"]?.boolean == true, "\(fault): \(answer["error"]?.text ?? "")")
    return try answer.integer("id")
  }

  func clear() throws { try #require(try sandbox.control(["do": "clear_faults"]).boolean("ok")) }

  func step(_ seconds: Int) throws {
    try #require(try sandbox.control(["do": "step_clock", "seconds": .integer(seconds)]).boolean("ok"))
  }

  /// The faults that are set, with how often each struck.
  func faults() throws -> [JSON] { try sandbox.control(["do": "faults"]).array("faults") }

  // MARK: Calls

  func kraken(_ name: String, _ parameters: String = "", wait: Double = 5) throws -> Outcome {
    let nonce = nonces.withLock { nonces in
      nonces += 1
      return nonces
    }
    return try exchange(
      "kraken", ServedSandbox.request(name, parameters, krakenKey, nonce: nonce), wait: wait)
  }

  func open(_ venue: String, _ target: String, wait: Double = 5) throws -> Outcome {
    try exchange(venue, "GET \(target) HTTP/1.1\r\nHost: sandbox\r\n\r\n", wait: wait)
  }

  func coinbase(_ method: String, _ path: String, _ body: JSONValue? = nil, wait: Double = 5) throws -> Outcome {
    let target = CoinbaseRoute.prefix + path
    let token = try coinbaseKey.token(
      method, "sandbox", String(target.prefix { $0 != "?" }), at: WallClock().now)
    let text = body?.encoded ?? ""
    return try exchange(
      "coinbase",
      "\(method) \(target) HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer \(token)\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)", wait: wait)
  }

  private func exchange(_ venue: String, _ request: String, wait: Double) throws -> Outcome {
    let wire = try Wire(port: try sandbox.port(venue))
    try wire.send(request)
    return try wire.outcome(within: wait)
  }

  // MARK: What the venue did

  func krakenOrders() throws -> Int { try orders(Self.kraken) }
  func coinbaseOrders() throws -> Int { try orders(Self.coinbase) }

  private func orders(_ name: String) throws -> Int {
    let accounts = try sandbox.control(["do": "ledger"]).object("ledger").array("accounts")
    return try #require(try accounts.first { try $0.string("account") == name }).array("orders").count
  }

  static let krakenOrder = "pair=XBTUSD&type=buy&ordertype=limit&price=20000.0&volume=0.001"

  /// Places an order that rests.
  func placeAtKraken(wait: Double = 5) throws -> Outcome { try kraken("AddOrder", Self.krakenOrder, wait: wait) }

  func placeAtCoinbase(wait: Double = 5) throws -> Outcome {
    try coinbase(
      "POST", "orders",
      CoinbaseBench.order(UUID().uuidString, "BUY", CoinbaseBench.limitGTC("0.001", "20000.00")), wait: wait)
  }
}

extension Wire {
  /// How an exchange ended.
  enum End: Hashable { case whole, closed, reset, silent }

  /// One answer, or what there is of it when the connection ends or the time is over.
  func outcome(within seconds: Double) throws -> FaultBench.Outcome {
    let start = ContinuousClock.now
    let deadline = start + .seconds(seconds)
    var bytes: [UInt8] = []
    var outcome = FaultBench.Outcome(end: .silent, took: .zero)
    while outcome.end == .silent, ContinuousClock.now < deadline {
      switch try receive(for: deadline - .now) {
      case .some(let part) where part.isEmpty: outcome.end = .closed
      case .some(let part): bytes += part
      case nil where errno == ECONNRESET: outcome.end = .reset
      case nil: break
      }
      if outcome.end == .silent { outcome.read(bytes) }
    }
    if outcome.end != .whole {
      let end = outcome.end
      outcome.read(bytes)
      if outcome.end == .silent || outcome.end == .whole { outcome.end = end }
    }
    outcome.took = start.duration(to: .now)
    return outcome
  }
}

extension FaultBench.Outcome {
  fileprivate mutating func read(_ bytes: [UInt8]) {
    guard let cut = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    head = String(decoding: bytes[..<cut.lowerBound], as: UTF8.self)
    status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    body = Array(bytes[cut.upperBound...])
    if body.count == promised { end = .whole }
  }

  /// The length that the head tells.
  var promised: Int? {
    let line = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
    return line.flatMap { Int($0.dropFirst("content-length: ".count)) }
  }
}
