import Broker
import Core
import Glibc
import Journal

/// What an order's intent costs until it is durable, against one plain `fdatasync` of the same size beside it.
enum JournalBench {
  /// Prints the medians and 99th percentiles, in nanoseconds: the intent; a write and `fdatasync` of as many bytes over
  /// a file that has its length already; the same bytes written at the end of one that grows.
  ///
  /// Taken in turns, so that all see the same disk.
  static func run(_ folder: String, _ count: Int) throws {
    let journal = try Journal.open(
      directory: folder + "/journal", binding: JournalBinding(account: "bench", mode: "sandbox", broker: "bench"),
      clock: WallClock(),
      hash: { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      })
    let plain = try PlainFile(folder + "/plain", length: 1 << 20)
    let growing = try PlainFile(folder + "/growing", length: 0)
    var intents: [Duration] = [], overwritten: [Duration] = [], appended: [Duration] = []
    for index in 0..<count {
      let request = try request(try journal.nextClientOrderID())
      intents.append(
        try ContinuousClock().measure {
          try journal.recordIntent(request, purpose: .entry, plan: plan, cause: "trend_pullback")
        })
      overwritten.append(ContinuousClock().measure { plain.write(at: index % 64) })
      appended.append(ContinuousClock().measure { growing.write(at: index) })
      // As a worker does between two cycles.
      if index % 20 == 19 { try journal.recordCycle(cycle(index), cause: "cycle") }
    }
    for times in [intents, overwritten, appended] {
      let sorted = times.sorted()
      print(sorted[count / 2].wholeNanoseconds, sorted[count * 99 / 100].wholeNanoseconds)
    }
  }

  private static let plan = #"{"stop":"29000","targets":["31500","33000"],"score":5,"reason":"trend_pullback"}"#

  private static func request(_ id: ClientOrderID) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: id, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      quantity: Quantity(try ExactDecimal(parsing: "0.1")), limit: Price(try ExactDecimal(parsing: "30000")),
      timeInForce: .immediateOrCancel, deadline: WallClock().now + .seconds(15))
  }

  private static func cycle(_ number: Int) -> CycleRecord {
    let now = WallClock().now
    return CycleRecord(
      number: number, startedAt: now, finishedAt: now, marketTime: now, markets: 50, signals: 0, orders: 0,
      rejected: "{}", equity: nil, failure: nil)
  }
}
