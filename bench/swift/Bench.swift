import Broker
import Core
import Glibc
import Kraken

/// The Swift side of `make bench`: what `bench/run.py` compares with the programs in `bench/c`.
@main
struct Bench {
  private static let secret =
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "decode", arguments.count == 4, let count = arguments.last.flatMap({ Int($0) }) {
      let words = Array(arguments)
      return try await Decode.run(words[1], words[2], count)
    }
    if arguments.first == "descriptor", arguments.count >= 4, let count = arguments.last.flatMap({ Int($0) }) {
      let words = Array(arguments)
      if words[1] == "sign" { return try DescriptorBench.sign(words[2], count, secret: secret) }
      if words[1] == "order", words.count == 5 { return try await order(words[3], count, descriptor: words[2]) }
    }
    switch (arguments.first, arguments.dropFirst().first, arguments.dropFirst(2).first.flatMap { Int($0) }) {
    case ("order", let url?, let count?): try await order(url, count)
    case ("sign", let count?, nil): try sign(Int(count) ?? 0)
    case ("journal", let folder?, let count?): try JournalBench.run(folder, count)
    case ("intent", let folder?, let count?): try await OrderPathBench.run(folder, count)
    default:
      print(
        "usage: nija-bench order URL COUNT | sign COUNT | descriptor … | decode KIND FILE COUNT | journal FOLDER COUNT"
          + " | intent FOLDER COUNT")
      exit(64)
    }
  }

  /// Signed orders through the plugin, without a journal: median and 99th percentile in nanoseconds.
  private static func order(_ url: String, _ count: Int, descriptor: String? = nil) async throws {
    let transport = try CurlTransport()
    let context = PluginContext(
      endpoint: try Broker.Endpoint(parsing: url),
      credentials: ["api_key": Secret(Array("bench".utf8)), "api_secret": Secret(Array(secret.utf8))], options: [:],
      transport: transport, nonces: Counter(), clock: WallClock())
    let kraken: any BrokerPlugin =
      if let descriptor { try DescriptorBench.plugin(descriptor, context) } else {
        try Kraken(context, time: Decode.unhurried)
      }
    kraken.learn([try instrument()])
    let times = try await withTaskExecutorPreference(transport.executor) {
      var times: [Duration] = []
      for index in 0..<count {
        let request = try request(index)
        let start = ContinuousClock.now
        _ = try await kraken.place(request)
        times.append(ContinuousClock.now - start)
      }
      return times.sorted()
    }
    print(times[count / 2].wholeNanoseconds, times[count * 99 / 100].wholeNanoseconds)
    await transport.shutdown(within: .seconds(1))
  }

  private static func instrument() throws -> Instrument {
    Instrument(
      symbol: Symbol(base: "BTC", quote: "USD"), venueID: "XXBTZUSD", venueAliases: ["XBTUSD"], venueBase: "XXBT",
      venueQuote: "ZUSD", status: .online, tickSize: try ExactDecimal(parsing: "0.1"),
      lotStep: try ExactDecimal(parsing: "0.00000001"))
  }

  private static func request(_ index: Int) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: UInt64(index)),
      symbol: Symbol(base: "BTC", quote: "USD"), side: .buy, quantity: Quantity(try ExactDecimal(parsing: "0.1")),
      limit: Price(try ExactDecimal(parsing: "30000")), timeInForce: .immediateOrCancel,
      deadline: WallClock().now + .seconds(15))
  }

  /// Kraken signatures a second.
  private static func sign(_ count: Int) throws {
    let signer = try KrakenSigner(key: Secret(Array("bench".utf8)), secret: Secret(Array(secret.utf8)))
    let start = ContinuousClock.now
    var total = 0
    for index in 0..<count {
      let nonce = String(1_616_492_376 + index)
      let body = Array("nonce=\(nonce)&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25".utf8)
      total += try signer.signature(path: "/0/private/AddOrder", nonce: nonce, body: body).utf8.count
    }
    let seconds = Double((ContinuousClock.now - start).wholeNanoseconds) / 1e9
    precondition(total > 0, "nothing was signed")
    print(Int(Double(count) / seconds))
  }

  /// Nonces without a file.
  private final class Counter: NonceSource {
    func next() throws(BrokerError) -> UInt64 { UInt64(max(0, WallClock().now.nanoseconds)) }
  }
}
