public import Core
import Glibc
import Synchronization

/// The machine-wide file of one key: its lock keeps a second holder out, its number keeps nonces rising for ever.
///
/// One per key, whatever account, manifest or state folder uses it. The kernel frees the lock when the process ends,
/// however it ends.
public final class KeyFile: NonceSource {
  private struct State {
    var block: NonceBlock
    var record: KeyRecord
  }

  private let file: LockedFile
  private let clock: any ProtocolClock
  private let state: Mutex<State>

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

  /// Locks the key's file in `folder`, made when it is not there (folder 0700, file 0600).
  /// - Parameters:
  ///   - name: of ``name(forKey:)``.
  ///   - wait: how long to wait for a predecessor that is about to end.
  ///   - clock: what nonces are not to stay behind.
  public static func open(
    folder: String, name: String, scale: NonceScale, wait: Duration, clock: any ProtocolClock
  ) async throws(KeyFileError) -> KeyFile {
    let fresh = KeyRecord(scale: scale, reserved: 0, holder: getpid())
    let file = try LockedFile(folder: folder, name: name, initial: try encoded(fresh))
    try await lock(file, wait: wait)
    var record = try read(file)
    guard record.scale == scale else { throw .otherScale(inFile: record.scale, asked: scale) }
    record.holder = getpid()
    try file.write(try encoded(record), durably: false)
    return KeyFile(file, record, clock)
  }

  private init(_ file: LockedFile, _ record: KeyRecord, _ clock: any ProtocolClock) {
    self.file = file
    self.clock = clock
    self.state = Mutex(State(block: NonceBlock(scale: record.scale, stored: record.reserved), record: record))
  }

  private static func lock(_ file: LockedFile, wait: Duration) async throws(KeyFileError) {
    let deadline = ContinuousClock.now + wait
    while try !file.tryLock() {
      guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(5))) != nil else {
        throw .held(byProcess: (try? read(file))?.holder)
      }
    }
  }

  private static func read(_ file: LockedFile) throws(KeyFileError) -> KeyRecord {
    guard let record = KeyRecord(decoding: try file.read(limit: KeyRecord.maximumLength)) else {
      throw .damaged(path: file.path)
    }
    return record
  }

  static func encoded(_ record: KeyRecord) throws(KeyFileError) -> [UInt8] {
    do throws(SigningError) {
      return try record.encoded()
    } catch {
      throw .crypto(error.description)
    }
  }

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
    let now = clock.now
    while true {
      switch state.block.next(at: now) {
      case .give(let number): return number
      case .reserve(let ceiling):
        var record = state.record
        record.reserved = ceiling
        try file.checkStillThere()
        try file.write(try Self.encoded(record), durably: true)
        state.record = record
        state.block.reserved(upTo: ceiling)
      case .exhausted: throw .exhausted(path: file.path)
      }
    }
  }
}
