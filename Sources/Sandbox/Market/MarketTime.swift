import Core
import Glibc
import Synchronization

/// The market clock of a sandbox, which never shows an earlier time than it has shown, not even after a crash: before it
/// shows a time it has stored a later one to go on from.
final class MarketTime: Sendable {
  /// The line the clock follows.
  let line: MarketClock
  private let wall: any ProtocolClock
  private let store: any MarketTimeStore
  private let state: Mutex<(shown: Timestamp, ceiling: Timestamp)>

  /// A clock that goes on from what is stored, or from the wall where nothing is.
  init(wall: any ProtocolClock, speed: Int, store: any MarketTimeStore) {
    let now = wall.now
    let origin = store.load() ?? now
    self.wall = wall
    self.store = store
    self.line = MarketClock(wallOrigin: now, origin: origin, speed: speed)
    self.state = Mutex((shown: origin, ceiling: origin))
  }

  /// The market's time. Stands still where it cannot be stored.
  var now: Timestamp {
    let time = line.time(atWall: wall.now)
    return state.withLock { state in
      if time > state.ceiling {
        let ceiling = time + line.marketDuration(of: .milliseconds(500))
        if store.save(ceiling) { state.ceiling = ceiling }
      }
      state.shown = max(state.shown, min(time, state.ceiling))
      return state.shown
    }
  }
}

/// Where the market's time outlives the process.
protocol MarketTimeStore: Sendable {
  /// What was saved last; `nil` when nothing ever was.
  func load() -> Timestamp?
  /// Saves; `false` when that failed.
  func save(_ time: Timestamp) -> Bool
}

/// A small file that is overwritten in place.
final class MarketTimeFile: MarketTimeStore {
  private let descriptor: Int32
  private static let width = 20

  /// `directory`/market-clock, made where there is none.
  init(directory: String) throws(LedgerError) {
    let path = directory + "/market-clock"
    self.descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("open \(path)", code: errno) }
  }

  deinit { close(descriptor) }

  func load() -> Timestamp? {
    var bytes = [UInt8](repeating: 0, count: Self.width)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count == Self.width else { return nil }
    let digits = String(decoding: bytes, as: UTF8.self).drop { $0 == "0" }
    return Int64(digits).map { Timestamp(nanoseconds: $0) }
  }

  func save(_ time: Timestamp) -> Bool {
    let digits = String(max(0, time.nanoseconds))
    let bytes = Array((String(repeating: "0", count: Self.width - digits.utf8.count) + digits).utf8)
    return bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == Self.width
  }
}

/// For an exchange that ends with its process.
final class MarketTimeMemory: MarketTimeStore {
  private let time: Mutex<Timestamp?>

  init(_ time: Timestamp? = nil) { self.time = Mutex(time) }

  func load() -> Timestamp? { time.withLock { $0 } }

  func save(_ time: Timestamp) -> Bool {
    self.time.withLock { $0 = time }
    return true
  }
}
