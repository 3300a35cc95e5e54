public import Core
import Glibc
import Synchronization

/// The machine-wide file of one key: its lock keeps a second holder out, its number keeps nonces rising for ever, its
/// levels keep the venue's counters from being overrun after a restart.
///
/// One per key, whatever account, manifest or state folder uses it. The kernel frees the lock when the process ends,
/// however it ends. Copies of the number lie beside it and in the account's folder: a file that is lost goes on from
/// them, whatever the clock shows. With all of them lost the clock alone decides, and should it be behind the last
/// number, the venue refuses the calls: nothing is carried out, and the error says what to do.
public final class KeyFile: NonceSource, LevelStore {
  private struct State {
    var block: NonceBlock
    var record: KeyRecord
    var levels: LevelTable
  }

  /// What the file held of the venue's counters when it was opened.
  public let kept: KeptLevels

  private let file: LockedFile
  private let copies: [KeyCopy]
  private let clock: any ProtocolClock
  private let machine: @Sendable () -> MachineTime
  private let state: Mutex<State>

  /// Where the levels begin: a page of their own behind the record.
  private static let levelsOffset = 4_096
  /// How far a copy is ahead of the file: a write of the copies once in so many nanoseconds.
  private static let copySpan: UInt64 = 60_000_000_000
  /// What was written to the file last and not to a copy may be so far ahead at the most.
  private static let blockSpan: UInt64 = 2_000_000_000

  init(
    _ file: LockedFile, _ copies: [KeyCopy], _ record: KeyRecord, _ levels: LevelTable, clock: any ProtocolClock,
    machine: @escaping @Sendable () -> MachineTime
  ) {
    self.file = file
    self.copies = copies
    self.clock = clock
    self.machine = machine
    self.kept = levels.kept(at: machine())
    let block = NonceBlock(scale: record.scale, stored: record.reserved)
    self.state = Mutex(State(block: block, record: record, levels: levels))
  }

  /// The file's name for a key: 32 hexadecimal digits that do not tell the key.
  public static func name(forKey key: Secret) throws(KeyFileError) -> String {
    // The words before it keep this digest apart from any other made of the same key.
    let message = key.withExposedBytes { Array("nija-host key file 1\n".utf8) + $0 }
    do throws(SigningError) {
      return Hex.encode(try SHA256.digest(message).prefix(16))
    } catch {
      throw .crypto(error.description)
    }
  }

  // MARK: What lies in the file

  static func encoded(_ record: KeyRecord) throws(KeyFileError) -> [UInt8] {
    do throws(SigningError) {
      return try record.encoded()
    } catch {
      throw .crypto(error.description)
    }
  }

  /// All of a file: the record, and lines for levels. Those of a file that was lost are unknown.
  static func whole(_ record: KeyRecord, levelsAreLost: Bool) throws(KeyFileError) -> [UInt8] {
    let encoded = try encoded(record)
    let gap = [UInt8](repeating: 10, count: levelsOffset - encoded.count)
    let line = levelsAreLost ? LevelSlot.unknown : LevelSlot.blank
    return encoded + gap + [[UInt8]](repeating: line, count: LevelTable.count).joined()
  }

  static func levels(_ file: LockedFile) throws(KeyFileError) -> LevelTable {
    LevelTable(try file.read(from: levelsOffset, limit: LevelTable.length))
  }

  /// The number to go on from. A file older than its copies, put back from somewhere, is not believed.
  static func start(_ own: UInt64?, _ copies: [UInt64], _ scale: NonceScale) -> UInt64 {
    guard let own else { return copies.max() ?? 0 }
    let (newest, overflow) = own.addingReportingOverflow((copySpan + blockSpan) / scale.nanoseconds)
    guard !overflow, let copy = copies.max(), copy > newest else { return own }
    return copy
  }

  // MARK: Numbers

  /// The next number; writes to disk once a block, not once a call.
  public func next() throws(BrokerError) -> UInt64 {
    try state.withLock { (state) throws(BrokerError) in
      do throws(KeyFileError) {
        return try next(&state)
      } catch {
        throw BrokerError(
          .notSent, scope: .account, recovery: .retry(after: .seconds(5)), message: "no nonce: \(error.description)")
      }
    }
  }

  private func next(_ state: inout State) throws(KeyFileError) -> UInt64 {
    // A lock on a file that is no longer there keeps nobody out.
    try file.checkStillThere()
    let now = clock.now
    while true {
      switch state.block.next(at: now) {
      case .give(let number): return number
      case .reserve(let ceiling):
        var record = state.record
        record.reserved = ceiling
        for copy in copies { try copy.cover(record, span: Self.copySpan / record.scale.nanoseconds) }
        try file.write(try Self.encoded(record), durably: true)
        state.record = record
        state.block.reserved(upTo: ceiling)
      case .exhausted: throw .exhausted(path: file.path)
      }
    }
  }

  // MARK: Levels

  /// Keeps levels for the process that comes after this one; only those that must be are forced to the disk.
  public func keep(_ levels: [LevelChange]) throws(BrokerError) {
    guard !levels.isEmpty else { return }
    try state.withLock { (state) throws(BrokerError) in
      let now = machine()
      for level in levels { try keep(level, now, &state.levels) }
      // What is known is in its place again: lines that cannot be read have nothing more to say.
      for index in state.levels.takeDamaged() { try write(LevelSlot.blank, index, durably: false) }
    }
  }

  private func keep(_ level: LevelChange, _ now: MachineTime, _ table: inout LevelTable) throws(BrokerError) {
    guard let (index, line) = table.keep(level, at: now) else { return }
    try write(line, index, durably: level.isDurable)
  }

  private func write(_ line: [UInt8], _ index: Int, durably: Bool) throws(BrokerError) {
    do throws(KeyFileError) {
      try file.write(line, at: Self.levelsOffset + index * LevelSlot.length, durably: durably)
    } catch {
      throw BrokerError(
        .notSent, scope: .account, recovery: .retry(after: .seconds(5)),
        message: "the level of the call counters cannot be kept: \(error.description)")
    }
  }
}
