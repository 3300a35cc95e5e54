import Core
import Foundation
import Journal

/// A folder of its own, removed with the value.
final class Scratch: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "nija-journal-\(UUID().uuidString)")
    self.path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func files() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: path)) }
}

struct FixedClock: ProtocolClock {
  var now = Timestamp(nanoseconds: 1_768_564_800_000_000_000)
}

/// Four differently seeded FNV-1a: changes with every byte, which is all the chain's tests need of it.
func testHash(_ bytes: [UInt8]) -> [UInt8] {
  (0..<4).flatMap { seed in
    var value: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(seed)
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return withUnsafeBytes(of: value.bigEndian, Array.init)
  }
}

let binding = JournalBinding(account: "kraken/tania_gilbert", mode: "sandbox", broker: "kraken")
let bitcoin = Symbol(base: "BTC", quote: "USD")

func open(_ directory: String, _ asked: JournalBinding = binding) throws -> Journal {
  try Journal.open(directory: directory, binding: asked, clock: FixedClock(), hash: testHash)
}

func decimal(_ text: String) -> ExactDecimal {
  guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no decimal") }
  return number
}

func request(
  _ id: ClientOrderID, _ side: Side = .buy, _ quantity: String = "1", symbol: Symbol = bitcoin,
  limit: String = "100.5"
) -> OrderRequest {
  OrderRequest(
    clientOrderID: id, symbol: symbol, side: side, quantity: Quantity(decimal(quantity)), limit: Price(decimal(limit)),
    timeInForce: .immediateOrCancel, deadline: FixedClock().now + .seconds(5))
}

func fill(
  _ id: String, order: String, _ side: Side = .buy, _ quantity: String = "1", price: String = "100",
  fee: String = "0.1", feeCurrency: String = "USD", symbol: Symbol = bitcoin, after seconds: Int = 0
) -> Fill {
  Fill(
    id: id, venueOrderID: VenueOrderID(order), symbol: symbol, side: side, price: Price(decimal(price)),
    quantity: Quantity(decimal(quantity)), fee: decimal(fee), feeCurrency: feeCurrency,
    time: FixedClock().now + .seconds(seconds))
}

extension Journal {
  /// An order that the venue took under `venueID`.
  func accepted(
    _ venueID: String, _ side: Side = .buy, _ quantity: String = "1", symbol: Symbol = bitcoin
  ) throws -> ClientOrderID {
    let id = try nextClientOrderID()
    try recordIntent(request(id, side, quantity, symbol: symbol), purpose: .entry, cause: "test")
    try recordEvent(OrderEvent(id, .accepted, venueOrderID: VenueOrderID(venueID)), cause: "test")
    return id
  }
}

/// SplitMix64: a seed gives the same run again.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { self.state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
