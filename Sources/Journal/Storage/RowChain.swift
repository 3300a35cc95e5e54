import SQLite

/// The hash that ties each row to the row before it.
///
/// What is hashed: the hash before, the table's name, and name and value of each column that is not `NULL`, in the
/// order of the names; each piece with its length in front, so that no two rows give the same bytes.
struct RowChain {
  /// The hash function: the caller's, so that the journal needs no cryptography of its own.
  let function: @Sendable ([UInt8]) throws(JournalError) -> [UInt8]

  /// What the first row is chained to: whose journal it is.
  func genesis(name: String, binding: JournalBinding) throws(JournalError) -> [UInt8] {
    var bytes: [UInt8] = []
    for text in ["nija-journal/1", name, binding.account, binding.mode, binding.broker] {
      Self.append(Array(text.utf8), to: &bytes)
    }
    return try function(bytes)
  }

  /// The hash of a row, given the hash of the row before.
  func hash(
    after previous: [UInt8], table: String, columns: [(name: String, value: SQLiteValue)]
  ) throws(JournalError) -> [UInt8] {
    var bytes: [UInt8] = []
    Self.append(previous, to: &bytes)
    Self.append(Array(table.utf8), to: &bytes)
    for column in columns.sorted(by: { $0.name < $1.name }) where column.value != .null {
      Self.append(Array(column.name.utf8), to: &bytes)
      Self.append(Self.encoded(column.value), to: &bytes)
    }
    return try function(bytes)
  }

  private static func encoded(_ value: SQLiteValue) -> [UInt8] {
    switch value {
    case .null: []
    case .integer(let number): [0x69] + Array(String(number).utf8)
    case .text(let text): [0x74] + Array(text.utf8)
    case .blob(let blob): [0x62] + blob
    }
  }

  private static func append(_ piece: [UInt8], to bytes: inout [UInt8]) {
    let count = UInt32(piece.count)
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    bytes += piece
  }
}
