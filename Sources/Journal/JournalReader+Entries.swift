package import Core
import SQLite

extension JournalReader {
  /// Rows of the journal, the newest first.
  /// - Parameters:
  ///   - kinds: which ones; a file from before a kind existed has none of it.
  ///   - since: written at this instant or later.
  ///   - limit: at most so many.
  package func entries(
    _ kinds: Set<JournalKind> = Set(JournalKind.allCases), since: Timestamp? = nil, limit: Int
  ) throws(JournalError) -> [JournalEntry] {
    var entries: [JournalEntry] = []
    for (sequence, kind) in try places(kinds, since, limit) { entries.append(try entry(sequence, kind)) }
    guard listsSealed else { return entries }
    _ = try sealed { reader throws(JournalError) -> Bool? in
      guard entries.count < limit else { return true }
      entries += try reader.entries(kinds, since: since, limit: limit - entries.count)
      return nil
    }
    return entries
  }

  private func places(
    _ kinds: Set<JournalKind>, _ since: Timestamp?, _ limit: Int
  ) throws(JournalError) -> [(Int64, JournalKind)] {
    let sources = Schema.chained(version).compactMap(JournalKind.init(rawValue:)).filter(kinds.contains).map {
      "SELECT seq, '\($0.rawValue)' FROM \($0.rawValue) WHERE seq >= \(first) AND time >= ?1"
    }
    guard !sources.isEmpty else { return [] }
    var rows = try database.rows(
      sources.joined(separator: " UNION ALL ") + " ORDER BY 1 DESC LIMIT ?2",
      [.integer(since?.nanoseconds ?? .min), .integer(Int64(limit))])
    var places: [(Int64, JournalKind)] = []
    while try rows.advance() {
      places.append((try rows.neededInteger(0, "seq"), try rows.needed(1, "kind", JournalKind.init(rawValue:))))
    }
    return places
  }

  private func entry(_ sequence: Int64, _ kind: JournalKind) throws(JournalError) -> JournalEntry {
    let table = kind.rawValue
    var row = try database.rows("SELECT * FROM \(table) WHERE seq = ?", [.integer(sequence)])
    guard try row.advance() else { throw .damaged(place: "row \(sequence) (\(table))", detail: "it is missing") }
    var fields: [JournalEntry.Field] = []
    var time: Timestamp?, cause: String?, hash: [UInt8]?
    for (position, name) in row.columnNames.enumerated() {
      switch name {
      case "seq": break
      case "time": time = try row.neededTime(position, "\(table).time")
      case "cause": cause = try row.needed(position, "\(table).cause")
      case "hash": hash = row.blob(position)
      default: fields.append(JournalEntry.Field(name: name, value: JournalEntry.Value(row.value(position), name)))
      }
    }
    guard let time, let cause, let hash else {
      throw .damaged(place: "row \(sequence) (\(table))", detail: "it has no time, cause or hash")
    }
    return JournalEntry(
      segment: segment, sequence: sequence, kind: kind, time: time, cause: cause, hash: hash, fields: fields)
  }
}

extension JournalEntry.Value {
  /// The columns of whole numbers that are instants.
  private static let times: Set<String> = [
    "expires", "deadline", "market_time", "executed_at", "started_at", "finished_at", "opened_at", "fills_from",
    "before_sealed_at",
  ]

  init?(_ value: SQLiteValue, _ column: String) {
    switch value {
    case .text(let text): self = .text(text)
    case .integer(let number):
      self = Self.times.contains(column) ? .time(Timestamp(nanoseconds: number)) : .number(number)
    case .null, .blob: return nil
    }
  }
}
