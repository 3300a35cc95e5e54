package import Core
import Glibc
import SQLite

/// The durable record of one account, for its worker: the only one that writes it.
///
/// A call that records something has committed it, synced to the disk, when it returns; inside ``transaction(_:)`` when
/// that returns. Confined to one thread at a time: a class without `Sendable`, to be held by one actor.
package final class Journal: JournalReader {
  private(set) var files: JournalFiles
  private let lock: WriterLock
  private let mark: HeadMark
  var space = LogSpace()
  /// What was found at opening and does no harm: a commit that was never acknowledged, a mark that the operator replaced.
  package private(set) var findings: [String] = []
  let clock: any ProtocolClock
  let chain: RowChain
  let limits: SegmentLimits
  /// Told of each step of a rotation; where tests end the process.
  var rotationStep: (RotationStep) -> Void = { _ in }
  /// Client ids with running numbers below this may be in sealed segments.
  private(set) var identifiersSealed: Int64 = 0
  /// Venue orders that were looked for in the sealed segments in vain.
  var foreignOrders: Set<VenueOrderID> = []
  var head: Head
  private(set) var depth = 0
  /// Why nothing more may be written; see ``JournalError/endsWriting``.
  private(set) var stopped: JournalError?
  /// Why the transaction that is open can no longer be committed.
  private(set) var lost: JournalError?
  var identifiers = IdentifierBlock()
  var holdingCache: [Symbol: KnownHolding] = [:]
  var balanceCache: [String: Balance?]?
  /// See ``JournalReader/settledBefore()``.
  var settledCache: Int64?
  var insertions: [String: Insertion] = [:]
  /// See ``Database/othersCommits()``, when the connection was opened.
  private var othersCommits: Int64
  /// What the paths of the open files led to when they were opened.
  private var identities: FileIdentities
  /// Client ids of ours with running numbers below this were given before this opening, whether the journal knows or not.
  private var identifiersOpened: Int64 = 0
  /// No intent has a client id of ours with this running number or a higher one.
  var identifiersIntended: Int64 = .max

  /// The last row of the chain.
  struct Head {
    var seq: Int64
    var hash: [UInt8]
  }

  /// Opens the journal in `directory`, making it first where there is none.
  /// - Parameters:
  ///   - directory: see ``JournalBinding/directory(state:)``; made 0700 where missing.
  ///   - binding: whose journal it is; must be what it was made with.
  ///   - clock: gives each row its time.
  ///   - hash: chains each row to the row before; SHA-256 in the worker.
  ///   - random: names a new journal.
  ///   - limits: when a segment is sealed.
  package static func open(
    directory: String, binding: JournalBinding, clock: any ProtocolClock,
    hash: @escaping @Sendable ([UInt8]) throws(JournalError) -> [UInt8],
    random: any RandomNumberGenerator = SystemRandomNumberGenerator(), limits: SegmentLimits = .standard
  ) throws(JournalError) -> Journal {
    let base = JournalFiles(directory: directory)
    try base.makeDirectory()
    let lock = try WriterLock(base)
    let files = try base.live()
    let reading = try HeadMark.read(files)
    var findings = try JournalOpening.inspect(files, reading, lock.journal)
    try files.checkSealed()
    try files.makeDatabase()
    let database = try JournalOpening.database(files)
    // Before the rows are looked at: whoever commits after this is noticed at the first transaction.
    let commits = try database.othersCommits()
    findings += try JournalOpening.compare(database, reading, lock.journal, files)
    let rows = RowChain(function: hash)
    try JournalOpening.verify(database, files, rows)
    // All that is there is in order: from here on files change.
    try files.settleRotation()
    let mark = try HeadMark(files)
    if reading == .none, let head = try JournalOpening.head(database, try Schema.version(of: database)) {
      try mark.begin(head, files)
    }
    try JournalOpening.prepare(database, binding, clock, random)
    let journal = try Journal(database, files, lock, mark, clock, rows, limits, asked: binding, commits)
    try journal.begin(findings, isMarked: reading != .none)
    return journal
  }

  private init(
    _ database: Database, _ files: JournalFiles, _ lock: consuming WriterLock, _ mark: consuming HeadMark,
    _ clock: any ProtocolClock, _ chain: RowChain, _ limits: SegmentLimits,
    asked: JournalBinding, _ commits: Int64
  ) throws(JournalError) {
    self.files = files
    self.othersCommits = commits
    self.lock = lock
    self.mark = mark
    self.clock = clock
    self.chain = chain
    self.limits = limits
    self.head = Head(seq: 0, hash: [])
    self.identities = FileIdentities(of: [], in: files.directory)
    try super.init(database, directory: files.directory)
    try JournalOpening.compare(binding, asked)
    if let head = try JournalOpening.head(database) {
      self.head = head
    } else {
      self.head = Head(seq: 0, hash: try chain.genesis(name: name, binding: binding))
    }
  }

  private func begin(_ findings: [String], isMarked: Bool) throws(JournalError) {
    if !isMarked { try mark.begin(head, files) }
    lock.leaveTrace(of: name)
    database.leaveLogOnClose(false)
    self.findings = findings
    do throws(JournalError) {
      try space.allocate(files.log)
    } catch .diskFull {
      // What there is of it serves; entries wait until there is more.
      self.findings.append("no space for the reserve of the log: entries wait until there is")
    }
    try appendOpening()
    for finding in findings { try appendNote(.opening, "finding", finding, cause: "opened") }
    identifiersSealed = try database.number("SELECT coalesce(max(value), 0) FROM counters WHERE name = 'client_ids'")
    try reserveIdentifiers(from: IdentifierBlock.floor(at: clock.now))
    identifiersOpened = identifiers.next
    identifiersIntended = identifiers.next
    identities = FileIdentities(of: files.written, in: files.directory)
  }

  /// The first row of a journal, and of one from before there was such a row: whose it is and since when.
  private func appendOpening() throws(JournalError) {
    guard try SegmentOpening.read(database, version) == nil else { return }
    let created = try createdAt().description
    try transaction { () throws(JournalError) in
      try append(
        "segments", cause: head.seq == 0 ? "made" : "taken over from an older version",
        [("number", .integer(1)), ("created_at", .text(created)), ("placed_before", .integer(0))])
    }
  }

  /// Ties the journal to the identity of the key at the venue: the first time by recording it, from then on by
  /// refusing any other.
  package func bind(identity: String) throws(JournalError) {
    guard let bound = try self.identity() else {
      return try setNote(.binding, "identity", identity, cause: "first key")
    }
    guard bound == identity else { throw .boundToAnother(what: "key", bound: bound, asked: identity) }
  }

  /// The instant now, as rows get it.
  var now: Timestamp { clock.now }

  /// The running number of the last row.
  var lastSequence: Int64 { head.seq }
  /// The hash of the last row.
  var lastHash: [UInt8] { head.hash }

  override var listsSealed: Bool { false }

  override func exchange(_ open: () throws(JournalError) -> Database) throws(JournalError) {
    try super.exchange(open)
    othersCommits = try database.othersCommits()
  }

  /// Refuses to go on from rows that another program changed: SQLite takes them for ours.
  func refuseOthers() throws(JournalError) {
    guard try database.othersCommits() != othersCommits else { return }
    let error = JournalError.writtenByAnother(path: files.database)
    stop(error)
    throw error
  }

  /// Goes on in the next segment, whose opening row is `head`.
  func enter(_ next: JournalFiles, _ head: Head) throws(JournalError) {
    try exchange { () throws(JournalError) in try JournalOpening.database(next) }
    database.leaveLogOnClose(false)
    files = next
    self.head = head
    identifiersSealed = identifiers.next
    foreignOrders = []
    forget()
    space = LogSpace()
    do throws(JournalError) { try space.allocate(next.log) } catch .diskFull {}
    acknowledge()
    identities = FileIdentities(of: files.written, in: files.directory)
  }

  /// Nothing more may be written.
  func stop(_ error: JournalError) { stopped = stopped ?? error }

  private func forget() {
    holdingCache = [:]
    balanceCache = nil
    settledCache = nil
  }

  override func sealedClientOrderID(of id: VenueOrderID) throws(JournalError) -> ClientOrderID? {
    guard segment > 1, !foreignOrders.contains(id) else { return nil }
    if let found = try super.sealedClientOrderID(of: id) { return found }
    if foreignOrders.count >= 1_000 { foreignOrders = [] }
    foreignOrders.insert(id)
    return nil
  }

  override func settledBefore() throws(JournalError) -> Int64 {
    if let known = settledCache { return known }
    let stored = try super.settledBefore()
    settledCache = stored
    return stored
  }

  override func holding(of symbol: Symbol) throws(JournalError) -> Holding? {
    if let known = holdingCache[symbol] { return known.holding }
    let known = try computedHolding(of: symbol)
    holdingCache[symbol] = known
    return known.holding
  }
}

extension Journal {
  /// All that `body` records, or nothing of it: one commit, one sync.
  ///
  /// One inside another is a part of it that can fail alone: its rows are taken back, the others stay.
  /// - Parameter canWait: that what is recorded may be refused with ``JournalError/diskFull(operation:)`` while there is
  ///   still space kept for exits, events and fills.
  package func transaction<Result>(
    canWait: Bool = false, _ body: () throws(JournalError) -> Result
  ) throws(JournalError) -> Result {
    if let stopped { throw stopped }
    let isOuter = depth == 0
    if isOuter { try canWait ? makeRoom() : saveRoom() }
    let before = head
    try run(isOuter ? "BEGIN IMMEDIATE" : "SAVEPOINT part")
    depth += 1
    defer { depth -= 1 }
    do throws(JournalError) {
      if isOuter { try refuseOthers() }
      let result = try body()
      if let lost { throw lost }
      try run(isOuter ? "COMMIT" : "RELEASE part")
      if isOuter { acknowledge() }
      return result
    } catch {
      undo(isOuter, before, error)
      throw error
    }
  }

  /// The commit is on the disk: the mark may follow. A commit stands without it; but none may follow, since what then
  /// went lost would not be missed.
  private func acknowledge() {
    space.used = database.logFrames
    guard !mark.write(seq: head.seq, hash: head.hash) else { return }
    stopped = stopped ?? .failed(operation: "write \(files.mark)", cause: "errno \(errno)")
  }

  private func undo(_ isOuter: Bool, _ before: Head, _ error: JournalError) {
    head = before
    forget()
    if error.endsWriting { stopped = stopped ?? error }
    do throws(JournalError) {
      // A write that fails badly enough has already ended the whole transaction.
      guard database.isInTransaction else { throw error }
      if isOuter { return try run("ROLLBACK") }
      try run("ROLLBACK TO part")
      try run("RELEASE part")
    } catch {
      lost = error
    }
    if isOuter { lost = nil }
  }

  private func run(_ sql: String) throws(JournalError) {
    try mapped { () throws(SQLiteError) in try database.execute(sql) }
  }

  /// Whether the files that are written are still those that the next opening will find. Rows in a file without a name are
  /// as good as never written, and a lock without a name keeps nobody out.
  func checkFiles() throws(JournalError) {
    guard let path = identities.firstMissing() else { return }
    let error = JournalError.damaged(place: path, detail: "it was removed or replaced while the journal was open")
    stop(error)
    throw error
  }

  /// Whether an id that the journal lacks is one that it gave before it was put back from an older copy.
  package func isLost(_ id: ClientOrderID) -> Bool {
    guard id.journal == name else { return false }
    return id.sequence < identifiersOpened
  }

  /// Whether a transaction of the caller's is open.
  var isInTransaction: Bool { depth > 0 }
}
