import SQLite

/// What is looked at to find rows that are gone or changed. Nothing of it changes a file.
extension JournalOpening {
  /// The first schema version whose journals have a mark from before their first row on.
  private static let markedVersion = 3

  /// What can be found out before SQLite touches the files.
  /// - Parameter trace: the name of the journal that stood here, as its lock tells.
  /// - Returns: what was found and does no harm, in words.
  static func inspect(
    _ files: JournalFiles, _ mark: HeadMark.Reading, _ trace: String?
  ) throws(JournalError) -> [String] {
    try refuseMissing(files, mark, trace)
    try files.refuseRemains()
    switch try LogScan.scan(files.log) {
    case .sound: break
    case .damaged(let frame):
      let place = frame == 0 ? "its header" : "frame \(frame)"
      throw .damaged(place: files.log, detail: "\(place) does not check, though commits follow that were acknowledged")
    case .unfinished(let frame, let frames):
      return ["the log ended in a commit that was never acknowledged (\(frames) frames from frame \(frame)): left out"]
    }
    return []
  }

  /// Refuses a journal whose newest segment's file is gone.
  static func refuseMissing(
    _ files: JournalFiles, _ mark: HeadMark.Reading, _ trace: String?
  ) throws(JournalError) {
    let isThere = try (files.size(files.database) ?? 0) > 0
    if !isThere, mark != .none {
      throw .damaged(place: files.database, detail: "it is gone or empty, but \(files.mark) tells of rows")
    }
    if let seal = try Seal.read(files) {
      // Written before its segment ends: right after a crash within a rotation, but not with later rows.
      guard isThere else {
        throw .damaged(place: files.database, detail: "it is gone or empty, but \(files.seal) tells of rows")
      }
      switch mark {
      case .none: throw lacking(files)
      case .accepted, .unreadable: break
      case .at(let seq, _):
        guard seq > seal.last else { break }
        throw .damaged(
          place: JournalFiles(directory: files.directory, segment: files.segment + 1).database,
          detail: "it is gone: rows up to \(seq) were acknowledged; segment \(files.segment) ends with \(seal.last)")
      }
    }
    if !isThere, let trace { throw .gone(path: files.database, name: trace) }
  }

  private static func lacking(_ files: JournalFiles) -> JournalError {
    .withoutMark(path: files.mark, detail: "is missing or empty")
  }

  /// Refuses a chain that ends before its mark, has another row there, or none that tells where it ended: rows that were
  /// acknowledged are gone, or may be.
  /// - Returns: what was found and does no harm, in words.
  static func compare(
    _ database: Database, _ mark: HeadMark.Reading, _ trace: String?, _ files: JournalFiles
  ) throws(JournalError) -> [String] {
    let version = try Schema.version(of: database)
    let head = try head(database, version)
    if let trace {
      let name = version > 0 ? try JournalReader.meta("name", database) : nil
      if (name ?? trace) != trace || (head == nil && mark == .none) { throw .gone(path: files.database, name: trace) }
    }
    switch mark {
    case .none:
      if head != nil, version >= markedVersion { throw lacking(files) }
      return []
    case .unreadable:
      // A process that dies within writing it leaves it so: alone of all files it is written in place.
      return ["the head mark was unreadable: made anew from the last row"]
    case .accepted:
      return ["the head mark was replaced by the operator's word: the last row is \(head?.seq ?? 0)"]
    case .at(let seq, let hash):
      guard seq > 0 else { return [] }
      guard let head, head.seq >= seq else {
        throw .damaged(
          place: "row \((head?.seq ?? 0) + 1)", detail: "rows up to \(seq) were acknowledged; those after it are gone")
      }
      let found = head.seq == seq ? head.hash : try self.hash(of: seq, database, version)
      guard found == nil || found == hash else {
        throw .damaged(place: "row \(seq)", detail: "it is another one than was acknowledged")
      }
      return []
    }
  }

  /// Refuses a newest segment of which any row was changed or deleted, or that does not go on from the one before.
  static func verify(_ database: Database, _ files: JournalFiles, _ chain: RowChain) throws(JournalError) {
    guard try Schema.version(of: database) > 0 else { return }
    try JournalVerifier.checkNewest(try JournalReader(database, directory: files.directory), files, chain)
  }
}

extension Database {
  /// A number that changes when another connection commits to the file, and with nothing that this one does.
  func othersCommits() throws(JournalError) -> Int64 { try number("PRAGMA data_version") }
}
