import Core
import Glibc
import SQLite

/// When a segment of the journal is sealed and the next one begun.
package struct SegmentLimits: Sendable {
  /// Own rows of a segment.
  package var rows: Int64
  /// Bytes of its file.
  package var bytes: Int

  /// What `journal --verify` reads within a second, and a worker seals within some 50 ms between two cycles; at a cycle
  /// every 150 s it lasts weeks.
  package static let standard = SegmentLimits(rows: 20_000, bytes: 8 << 20)

  /// Limits with everything named.
  package init(rows: Int64, bytes: Int) {
    self.rows = rows
    self.bytes = bytes
  }
}

/// What has been done of a rotation; a crash after any of it is finished or undone at the next opening.
enum RotationStep: CaseIterable {
  /// The log is empty: all is in the segment's file.
  case logEmptied
  /// The next segment is whole, under a name that is not looked at.
  case nextBuilt
  /// The seal is written.
  case sealWritten
  /// The next segment has its name: from here on the old one is sealed.
  case nextNamed
  /// The next segment is open for writing.
  case nextOpened
  /// The old segment's log is gone.
  case oldCleared
}

extension Journal {
  /// How long after its execution a fill is still expected to be told: such are carried over, others are looked up.
  private static let carriedSpan = Duration.seconds(3_600)

  /// Seals the segment and begins the next one, when it is large enough and no reader is in the way.
  func rotateIfDue() throws(JournalError) {
    let size = try files.size(files.database) ?? 0
    if lastSequence - first + 1 >= limits.rows || size >= limits.bytes { try rotate() }
  }

  func rotate() throws(JournalError) {
    precondition(!isInTransaction, "a segment is sealed between transactions")
    guard try emptyLog() else { return }
    try refuseOthers()
    rotationStep(.logEmptied)
    let plan = try rotationPlan()
    // Gives up the locks on the file, which does not change any more.
    try exchange { () throws(JournalError) in
      try mapped { () throws(SQLiteError) in
        try Database(path: files.database, access: .immutable, busyTimeout: .zero)
      }
    }
    let next = JournalFiles(directory: files.directory, segment: segment + 1)
    let old = files, head: Head
    do throws(JournalError) {
      head = try publish(next, plan)
    } catch {
      // Nothing happened: the segment goes on.
      unsafe unlink(next.unfinished)
      unsafe unlink(old.seal)
      try resume(old)
      guard case .diskFull = error else { throw error }
      return
    }
    // From here on there is no way back, and none is needed: whoever opens next finishes it.
    do throws(JournalError) {
      try finish(old, next, head)
    } catch {
      stop(error)
      throw error
    }
  }

  private func resume(_ old: JournalFiles) throws(JournalError) {
    do throws(JournalError) {
      try exchange { () throws(JournalError) in try JournalOpening.database(old) }
      database.leaveLogOnClose(false)
    } catch {
      stop(error)
      throw error
    }
  }

  private func finish(_ old: JournalFiles, _ next: JournalFiles, _ head: Head) throws(JournalError) {
    try JournalFiles.sync(directory: old.directory)
    rotationStep(.nextNamed)
    try enter(next, head)
    rotationStep(.nextOpened)
    try old.clearSealed()
    rotationStep(.oldCleared)
  }

  private struct RotationPlan {
    var from: Timestamp
    var bases: [NextSegment.Base] = []
    var misfits: [Symbol] = []
    var open: [Symbol] = []
  }

  private func rotationPlan() throws(JournalError) -> RotationPlan {
    // An execution that belongs to an order whose venue id is not known yet becomes ours later.
    let unlinked = try openOrUnknownOrders().filter { $0.venueOrderID == nil }.map(\.intendedAt)
    var plan = RotationPlan(from: ([now] + unlinked).reduce(now, min) - Self.carriedSpan)
    for symbol in try symbols() {
      if case .position(let position) = try holding(of: symbol), position.isOpen { plan.open.append(symbol) }
      switch try computedHolding(of: symbol, before: plan.from).holding {
      case .position(let position): plan.bases.append(NextSegment.Base(position: position, through: plan.from))
      case .misfit:
        plan.misfits.append(symbol)
        if let base = try base(of: symbol) { plan.bases.append(base) }
      case nil: break
      }
    }
    return plan
  }

  private func publish(_ next: JournalFiles, _ plan: RotationPlan) throws(JournalError) -> Head {
    let old = files
    let (digest, bytes) = try FileDigest.of(old.database, chain.function)
    let seal = Seal(
      segment: segment, first: first, last: lastSequence, hash: lastHash, digest: digest, bytes: bytes, sealedAt: now)
    let made = NextSegment(
      source: old, files: next, from: plan.from, bases: plan.bases, misfits: plan.misfits, open: plan.open, seal: seal,
      placedBefore: placedBefore, createdAt: try createdAt().description, chain: chain, now: now)
    let head = try made.build()
    rotationStep(.nextBuilt)
    try seal.write(old)
    try JournalFiles.sync(directory: old.directory)
    rotationStep(.sealWritten)
    guard unsafe rename(next.unfinished, next.database) == 0 else { throw .system(next.database) }
    return head
  }
}

extension JournalFiles {
  /// Takes away what a sealed segment needs no more, and the right to write it.
  func clearSealed() throws(JournalError) {
    if let rest = try size(log), rest > 0 {
      throw .damaged(place: log, detail: "its segment is sealed, but the log has \(rest) bytes")
    }
    for path in [log, index] {
      guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .system(path) }
    }
    guard unsafe chmod(database, 0o400) == 0 else { throw .system(database) }
  }

  /// Finishes or undoes a rotation that a crash interrupted. To be called when the mark was found good: the newest segment
  /// that is here may be another than the journal's.
  func settleRotation() throws(JournalError) {
    for name in try names() where name.hasSuffix(".new") || name.hasSuffix(".new-journal") {
      let path = directory + "/" + name
      guard unsafe unlink(path) == 0 else { throw .system(path) }
    }
    // A seal is written before its segment ends: without a next segment it means nothing.
    guard unsafe unlink(seal) == 0 || errno == ENOENT else { throw .system(seal) }
    for number in 1..<max(segment, 1) {
      let sealed = JournalFiles(directory: directory, segment: number)
      if try sealed.size(sealed.database) != nil { try sealed.clearSealed() }
    }
  }

  /// Refuses a journal of which a sealed segment is gone without a seal, or has another size than it was sealed with.
  func checkSealed() throws(JournalError) {
    for number in 1..<max(segment, 1) {
      let sealed = JournalFiles(directory: directory, segment: number)
      let size = try sealed.size(sealed.database)
      guard let seal = try Seal.read(sealed) else {
        throw .damaged(
          place: sealed.name, detail: size == nil ? "neither the segment nor its seal is there" : "its seal is gone")
      }
      guard size == nil || size == seal.bytes else {
        throw .damaged(place: sealed.name, detail: "it has \(size ?? 0) bytes; it was sealed with \(seal.bytes)")
      }
    }
  }
}
