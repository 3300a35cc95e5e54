import Broker
import Core
import Synchronization
import Testing

@testable import Descriptor

/// What a venue, or a value of a venue's, must not be able to do.
@Suite struct SafetyTests {
  static func failure(_ body: () async throws -> Void) async -> BrokerError? {
    do {
      try await body()
      return nil
    } catch { return error as? BrokerError }
  }

  // MARK: Twice

  @Test func `whether a request may be repeated is told by the operation's effect, not by its method`() async throws {
    let bench = try Bench { $0.operations[.place]?.call.method = "GET" }
    bench.venue.answer(.json("{\"orderId\": 7}"), .json("[]"))
    _ = try await bench.plugin.place(try bench.order())
    _ = try await bench.plugin.fetchOpenOrders()
    #expect(bench.venue.requests.map(\.method) == ["GET", "GET"])
    #expect(bench.venue.requests.map(\.isQuestion) == [false, true])
  }

  // MARK: Dots

  @Test(arguments: [".", "..", ""]) func `a name that would lead the path elsewhere is not sent`(
    _ name: String
  ) async throws {
    let bench = try Bench("alpaca")
    bench.venue.answer(.json("{}"))
    let error = await Self.failure { _ = try await bench.plugin.cancel(VenueOrderID(name)) }
    #expect(error?.code == .notSent && error?.mayHaveExecuted == false, "\(String(describing: error))")
    #expect(bench.venue.requests.isEmpty)
    _ = try await bench.plugin.cancel(VenueOrderID("a.b..c"))
    #expect(bench.venue.requests.map(\.url) == ["https://api.alpaca.markets/v2/orders/a.b..c"])
  }

  // MARK: Secrets

  /// Says what it was asked, in each of the ways in which venues speak.
  final class Echo: Transport {
    let way: String
    init(_ way: String) { self.way = way }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
      let headers = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
      let all = "\(headers)\n\(request.url)\n\(String(decoding: request.body, as: UTF8.self))"
      let text: (String, Int, String) =
        switch way {
        case "text": (all, 400, "text/plain")
        case "page": ("<html><title>\(all)</title><body>\(all)</body></html>", 502, "text/html")
        case "message": (JSONValue.object([("msg", .string(all)), ("message", .string(all))]).encoded, 400, "")
        default: ("not what was asked for: " + all, 200, "text/plain")
        }
      return HTTPAnswer(status: text.1, headers: ["content-type": text.2], body: Array(text.0.utf8))
    }
  }

  @Test(arguments: ["binance", "alpaca", "okx", "gate", "gemini"], ["text", "page", "message", "nonsense"])
  func `a venue that echoes the request shows no secret of it`(_ name: String, _ way: String) async throws {
    let descriptor = try ShippedBrokerage(name).descriptor
    var secrets: [String: Secret] = [:]
    for (index, slot) in descriptor.credentials.enumerated() {
      secrets[slot.name] = Secret(Array(Base64.encode(Array("secret-of-a-test-\(index)".utf8)).utf8))
    }
    let echo = Echo(way)
    let recorder = Recorder(echo)
    let plugin = try DescriptorPlugin(
      descriptor,
      PluginContext(
        endpoint: try #require(descriptor.hosts.first?.endpoint), credentials: secrets, options: [:],
        transport: recorder, nonces: Bench.Counter(), clock: StubClock()))
    plugin.learn([try Bench.market("BTC")])
    plugin.follow([Symbol(base: "BTC", quote: "USDT")])
    let error = try #require(await Self.failure { _ = try await plugin.fetchBalances() })
    let shown = "\(error) \(error.nextStep ?? "")"
    #expect(error.venueText?.isEmpty == false)
    let request = try #require(recorder.requests.first)
    for secret in secrets.values {
      let value = secret.withExposedBytes { String(decoding: $0, as: UTF8.self) }
      for line in value.split(separator: "\n") where !line.hasPrefix("-----") { #expect(!shown.contains(line)) }
    }
    // Nor what was made of them.
    let usual = ["content-type", "user-agent", "accept"]
    for header in request.headers where !usual.contains(header.name.lowercased()) {
      for part in header.value.split(separator: " ") where part.utf8.count >= 20 {
        #expect(!shown.contains(part), "\(header.name)")
      }
    }
    if let signature = request.url.split(separator: "signature=").dropFirst().first {
      #expect(!shown.contains(signature.prefix(20)))
    }
  }

  @Test func `a page is not quoted at length`() async throws {
    let bench = try Bench()
    let rest = String(repeating: "x", count: 900)
    let page = "<!DOCTYPE html>\n<html><head><title>502\n Bad Gateway</title></head><body>\(rest)"
    bench.venue.answer(.json(page, status: 502))
    let error = await Self.failure { _ = try await bench.plugin.fetchBalances() }
    #expect(error?.venueText == "a page of HTML: 502 Bad Gateway")
  }

  // MARK: Bans

  @Test(arguments: [("86400", 86_400), ("604800", 604_800), ("99999999999999999999999", 604_800), ("0", 1)])
  func `a ban is kept for as long as the venue says, up to seven days`(_ said: String, _ seconds: Int) async throws {
    let bench = try Bench()
    bench.venue.answer(.json("{\"code\": -1003, \"msg\": \"banned\"}", status: 418, headers: ["retry-after": said]))
    let error = await Self.failure { _ = try await bench.plugin.fetchBalances() }
    #expect(error?.code == .lockedOut, "\(String(describing: error))")
    #expect(error?.recovery == .retry(after: .seconds(seconds)))
    guard seconds > 1 else { return }
    // And no other call leaves meanwhile.
    let next = await Self.failure { _ = try await bench.plugin.fetchOpenOrders() }
    #expect(bench.venue.requests.count == 1)
    guard case .retry(let wait)? = next?.recovery else {
      Issue.record("\(String(describing: next))")
      return
    }
    #expect(wait > .seconds(seconds - 60) && wait <= .seconds(seconds))
  }

  // MARK: Markets

  @Test func `an account of many markets goes on, and keeps those of its orders`() async throws {
    let bench = try Bench("binance") { descriptor in
      descriptor.operations[.openOrders]?.each = .followed
    }
    var markets = [try Bench.market("BTC")]
    for number in 1...100 { markets.append(try Bench.market("C\(number)")) }
    bench.plugin.learn(markets)
    bench.plugin.follow([Symbol(base: "C1", quote: "USDT")])
    // In doubt: nobody may forget where it is.
    bench.venue.answer(StubVenue.broken)
    _ = await Self.failure { _ = try await bench.plugin.place(try bench.order()) }
    for (index, market) in markets.dropFirst().enumerated() {
      bench.plugin.markets.note(market.symbol, order: "\(index)")
    }
    let before = bench.venue.requests.count
    for _ in 0..<200 { bench.venue.answer(.json("[]")) }
    _ = try await bench.plugin.fetchOpenOrders()
    let asked = bench.venue.requests.dropFirst(before).map(\.url)
    #expect(asked.count == 64, "\(asked.count)")
    for name in ["BTCUSDT", "C100USDT", "C99USDT"] {
      #expect(asked.contains { $0.contains("symbol=\(name)") }, "\(name)")
    }
  }
}

/// Remembers what is sent to another.
final class Recorder: Transport {
  private let inner: any Transport
  private let sent = Mutex<[HTTPRequest]>([])
  init(_ inner: any Transport) { self.inner = inner }
  var requests: [HTTPRequest] { sent.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    sent.withLock { $0.append(request) }
    return try await inner.send(request)
  }
}
