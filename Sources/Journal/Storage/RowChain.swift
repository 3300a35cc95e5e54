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

  /// How the rows of one table are hashed straight from where SQLite has them.
  struct Shape {
    fileprivate let table: [UInt8]
    fileprivate let columns: [(place: Int, name: [UInt8])]
    /// Where the row's own hash is stored.
    let stored: Int?

    init(table: String, columns names: [String]) {
      self.table = Self.piece(table)
      stored = names.firstIndex(of: "hash")
      columns = names.indices.filter { names[$0] != "hash" }.sorted { names[$0] < names[$1] }
        .map { ($0, Self.piece(names[$0])) }
    }

    private static func piece(_ text: String) -> [UInt8] {
      var bytes: [UInt8] = []
      RowChain.append(text.utf8, to: &bytes)
      return bytes
    }
  }

  /// The hash of the row that is being read: the same as ``hash(after:table:columns:order:)`` of its columns.
  /// - Parameter bytes: room to put together in what is hashed.
  func hash(
    after previous: [UInt8], row: borrowing Rows, _ shape: Shape, _ bytes: inout [UInt8]
  ) throws(JournalError) -> [UInt8] {
    bytes.removeAll(keepingCapacity: true)
    Self.append(previous, to: &bytes)
    bytes.append(contentsOf: shape.table)
    for column in shape.columns {
      let kind: UInt8
      switch row.kind(column.place) {
      case .null: continue
      case .integer: kind = 0x69
      case .text: kind = 0x74
      case .blob: kind = 0x62
      }
      bytes.append(contentsOf: column.name)
      if kind == 0x69 {
        Self.append(kind: kind, String(row.integer(column.place) ?? 0).utf8, to: &bytes)
      } else {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0, kind])
        row.appendBytes(column.place, to: &bytes)
        let count = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * place)) }
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
