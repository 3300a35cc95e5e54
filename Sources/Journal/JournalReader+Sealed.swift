import Core
import SQLite

/// Looking through sealed segments.
extension JournalReader {
  /// The sealed segments whose files are here, the newest first, each opened when its turn comes.
  func sealed<Result>(
    _ body: (JournalReader) throws(JournalError) -> Result?
  ) throws(JournalError) -> Result? {
    for number in stride(from: segment - 1, through: 1, by: -1) {
      let files = JournalFiles(directory: directory, segment: number)
      guard try files.size(files.database) != nil else { continue }
      if let result = try body(try Self.sealedReader(files)) { return result }
    }
    return nil
  }

  static func sealedReader(_ files: JournalFiles) throws(JournalError) -> JournalReader {
    let database = try mapped { () throws(SQLiteError) in
      let database = try Database(path: files.database, access: .immutable, busyTimeout: .zero)
      try database.economise()
      return database
    }
    return try JournalReader(database, directory: nil)
  }

  /// The first sealed segment that was moved away; what it held cannot be looked up.
  func archivedSegment() throws(JournalError) -> Int? {
    for number in 1..<max(segment, 1) {
      let files = JournalFiles(directory: directory, segment: number)
      if try files.size(files.database) == nil { return number }
    }
    return nil
  }

  /// Something that may be in a sealed segment alone; refuses to answer "no" for a segment that was moved away.
  func sealedOnly<Result>(
    _ what: String, _ body: (JournalReader) throws(JournalError) -> Result?
  ) throws(JournalError) -> Result? {
    guard segment > 1, !directory.isEmpty else { return nil }
    if let found = try sealed(body) { return found }
    if let number = try archivedSegment() { throw .movedAway(segment: number, neededFor: what) }
    return nil
  }

  /// Own fills of a market over all segments, each once, executed before an instant.
  func allFills(of symbol: Symbol, before end: Timestamp) throws(JournalError) -> [Fill] {
    var fills: [String: Fill] = [:]
    func take(_ reader: JournalReader) throws(JournalError) {
      for fill in try reader.ownFills(of: symbol) where fill.time < end && fills[fill.id] == nil {
        fills[fill.id] = fill
      }
    }
    try take(self)
    _ = try sealedOnly("the position in \(symbol)") { reader throws(JournalError) -> Never? in
      try take(reader)
      return nil
    }
    return fills.values.sorted { KnownHolding.Turn($0) < KnownHolding.Turn($1) }
  }
}
