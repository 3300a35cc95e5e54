public import Core
import Glibc

extension KeyFile {
  /// Where the copies of a key's number lie: beside its file, and in each folder given.
  static func copyPlaces(_ place: KeyPlace, _ folders: [String]) -> [KeyPlace] {
    [KeyPlace(place.path + ".copy")] + folders.map { KeyPlace("\($0)/key-\(place.name)") }
  }

  /// Every file of a key: what a process that locks itself in must be let at.
  public static func paths(_ place: KeyPlace, copiesIn folders: [String] = []) -> [String] {
    [place.path] + copyPlaces(place, folders).map(\.path)
  }

  /// Makes the files of a key that are not there, without locking them: a worker does so before it locks itself in,
  /// after which it can reach them but make none.
  /// - Parameter folders: where a copy of the number is kept too: the account's own folder.
  public static func make(
    _ place: KeyPlace, scale: NonceScale, copiesIn folders: [String] = []
  ) throws(KeyFileError) {
    var numbers: [UInt64] = []
    let places = copyPlaces(place, folders)
    for copy in places {
      guard let record = try LockedFile.existing(copy).flatMap({ (file) throws(KeyFileError) in try record(file) })
      else { continue }
      guard record.scale == scale else { throw .otherScale(inFile: record.scale, asked: scale) }
      if record.reserved > 0 { numbers.append(record.reserved) }
    }
    // A copy without its file: the file was lost, and nobody knows the levels.
    let fresh = KeyRecord(scale: scale, reserved: numbers.max() ?? 0, holder: getpid())
    let whole = try whole(fresh, levelsAreLost: !numbers.isEmpty)
    _ = try LockedFile(place, isPrivate: true, initial: whole)
    let blank = try encoded(KeyRecord(scale: scale, reserved: 0, holder: getpid()))
    for copy in places { _ = try LockedFile(copy, isPrivate: copy.folder == place.folder, initial: blank) }
  }

  /// Locks the key's file, made when it is not there (folder 0700, file 0600), and its copies.
  /// - Parameters:
  ///   - scale: what one step of its numbers counts, for ever.
  ///   - folders: where a copy of the number is kept too: the account's own folder.
  ///   - wait: how long to wait for a predecessor that is about to end.
  ///   - clock: what nonces are not to stay behind.
  ///   - onWait: told who has the key, at once and every second that it has to wait.
  public static func open(
    _ place: KeyPlace, scale: NonceScale, copiesIn folders: [String] = [], wait: Duration, clock: any ProtocolClock,
    machine: (@Sendable () -> MachineTime)? = nil, onWait: (Int32?) -> Void = { _ in }
  ) async throws(KeyFileError) -> KeyFile {
    try make(place, scale: scale, copiesIn: folders)
    let file = try LockedFile.opened(place)
    let copies = try copyPlaces(place, folders).map { (place) throws(KeyFileError) in
      KeyCopy(try LockedFile.opened(place))
    }
    try await lock([file] + copies.map(\.file), wait: wait, onWait)
    let record = try settle(file, copies, scale)
    return KeyFile(
      file, copies, record, try levels(file), clock: clock, machine: machine ?? { MachineTime.now(clock) })
  }

  /// Locks the file called `name` in `folder`.
  public static func open(
    folder: String, name: String, scale: NonceScale, wait: Duration, clock: any ProtocolClock
  ) async throws(KeyFileError) -> KeyFile {
    try await open(KeyPlace("\(folder)/\(name)"), scale: scale, wait: wait, clock: clock)
  }

  private static func lock(
    _ files: [LockedFile], wait: Duration, _ onWait: (Int32?) -> Void
  ) async throws(KeyFileError) {
    let deadline = ContinuousClock.now + wait
    var tell = ContinuousClock.now
    while let held = try lockAll(files) {
      let holder = try record(held)?.holder
      let now = ContinuousClock.now
      guard now < deadline else { throw .held(byProcess: holder) }
      if now >= tell {
        onWait(holder)
        tell = now + .seconds(1)
      }
      guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { throw .held(byProcess: holder) }
    }
  }

  /// All or none.
  /// - Returns: the one that another process holds.
  private static func lockAll(_ files: [LockedFile]) throws(KeyFileError) -> LockedFile? {
    for (index, file) in files.enumerated() where try !file.tryLock() {
      for locked in files.prefix(index) { locked.unlock() }
      return file
    }
    return nil
  }

  private static func record(_ file: LockedFile) throws(KeyFileError) -> KeyRecord? {
    KeyRecord(decoding: try file.read(limit: KeyRecord.maximumLength))
  }

  /// What to go on from, now that the files are ours; puts right what is damaged and writes who holds them.
  private static func settle(
    _ file: LockedFile, _ copies: [KeyCopy], _ scale: NonceScale
  ) throws(KeyFileError) -> KeyRecord {
    let own = try record(file)
    let held = try copies.map { (copy) throws(KeyFileError) in try copy.read() }
    guard (own?.scale ?? scale) == scale else { throw .otherScale(inFile: own?.scale ?? scale, asked: scale) }
    let copied = held.compactMap { $0?.scale == scale ? $0?.reserved : nil }
    // Only the copy beside it has seen every holder of this key; one in an account's folder may be older than the file.
    if own == nil, (held.first.flatMap { $0 }?.reserved ?? 0) == 0 { throw .damaged(path: file.path) }
    let record = KeyRecord(scale: scale, reserved: start(own?.reserved, copied, scale), holder: getpid())
    for (copy, held) in zip(copies, held) { try copy.take(held, for: record) }
    try file.write(try encoded(record), durably: own == nil)
    return record
  }
}
