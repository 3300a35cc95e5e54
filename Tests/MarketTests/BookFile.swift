import Core
import Foundation

@testable import Market

/// A temporary file to hold a book, gone with the value.
final class BookFile {
  let descriptor: Int32
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "nija-book-\(UUID().uuidString)"
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  deinit {
    close(descriptor)
    unlink(path)
  }

  /// Opens it anew for reading only, as a worker gets it, and maps it.
  func reader() throws -> FeedBookReader {
    let readOnly = open(path, O_RDONLY)
    defer { close(readOnly) }
    return try FeedBookReader(descriptor: readOnly)
  }

  func poke(_ value: UInt64, word: Int) {
    withUnsafeBytes(of: value) { _ = pwrite(descriptor, $0.baseAddress, 8, off_t(word * 8)) }
  }

  func peek(word: Int) -> UInt64 {
    var value: UInt64 = 0
    withUnsafeMutableBytes(of: &value) { _ = pread(descriptor, $0.baseAddress, 8, off_t(word * 8)) }
    return value
  }
}

/// A generator of random numbers that a printed seed repeats (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

func decimal(_ text: String) -> ExactDecimal {
  guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no decimal") }
  return number
}

func price(_ text: String) -> Price { Price(decimal(text)) }
func quantity(_ text: String) -> Quantity { Quantity(decimal(text)) }
func time(_ seconds: Int) -> Timestamp { Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000) }

func instrument(_ base: String, aliases: [String] = [], tick: String = "0.1") -> Instrument {
  Instrument(
    symbol: Symbol(base: base, quote: "USD"), venueID: "X\(base)ZUSD", venueAliases: aliases, venueBase: "X\(base)",
    venueQuote: "ZUSD", status: .online, tickSize: decimal(tick), lotStep: decimal("0.00000001"),
    minimumQuantity: quantity("0.00005"), minimumNotional: Notional(decimal("0.5")))
}

/// A candle all of whose numbers derive from `number`.
func candle(_ number: Int, start: Int) -> Candle {
  let value = ExactDecimal(integer: number)
  return Candle(
    start: time(start), open: Price(value), high: Price(value), low: Price(value), close: Price(value),
    volume: Quantity(value))
}
