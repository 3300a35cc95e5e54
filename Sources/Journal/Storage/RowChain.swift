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
      Self.append(text.utf8, to: &bytes)
    }
    return try function(bytes)
  }

  /// The places of columns in the order in which they are hashed.
  static func order(_ columns: [(name: String, value: SQLiteValue)]) -> [Int] {
    columns.indices.sorted { columns[$0].name < columns[$1].name }
  }

  /// The hash of a row, given the hash of the row before.
  /// - Parameter order: ``order(_:)`` of the columns, where the caller has it.
  func hash(
    after previous: [UInt8], table: String, columns: [(name: String, value: SQLiteValue)], order: [Int]? = nil
  ) throws(JournalError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1_024)
    Self.append(previous, to: &bytes)
    Self.append(table.utf8, to: &bytes)
    for index in order ?? Self.order(columns) {
      switch columns[index].value {
      case .null: break
      case .integer(let number):
        Self.append(columns[index].name.utf8, to: &bytes)
        Self.append(kind: 0x69, String(number).utf8, to: &bytes)
      case .text(let text):
        Self.append(columns[index].name.utf8, to: &bytes)
        Self.append(kind: 0x74, text.utf8, to: &bytes)
      case .blob(let blob):
        Self.append(columns[index].name.utf8, to: &bytes)
        Self.append(kind: 0x62, blob, to: &bytes)
      }
    }
    return try function(bytes)
  }

  private static func append(kind: UInt8? = nil, _ piece: some Collection<UInt8>, to bytes: inout [UInt8]) {
    let count = UInt32(piece.count + (kind == nil ? 0 : 1))
    bytes.append(UInt8(truncatingIfNeeded: count >> 24))
    bytes.append(UInt8(truncatingIfNeeded: count >> 16))
    bytes.append(UInt8(truncatingIfNeeded: count >> 8))
    bytes.append(UInt8(truncatingIfNeeded: count))
    if let kind { bytes.append(kind) }
    bytes.append(contentsOf: piece)
  }
}
