import Core
import SQLite

/// The row a segment begins with, as far as going on needs it.
struct SegmentOpening {
  /// Which segment, counted from 1.
  let number: Int
  /// The row's own running number.
  let sequence: Int64
  /// Orders handed to the venue whose intents only sealed segments have.
  let placedBefore: Int

  /// The latest such row; `nil` in a file of a version that had none, or that was not opened for writing since.
  static func read(_ database: Database, _ version: Int) throws(JournalError) -> SegmentOpening? {
    guard version >= JournalKind.segments.sinceVersion else { return nil }
    var rows = try database.rows("SELECT number, seq, placed_before FROM segments ORDER BY seq DESC LIMIT 1")
    guard try rows.advance() else { return nil }
    return SegmentOpening(
      number: Int(clamping: try rows.neededInteger(0, "segments.number")),
      sequence: try rows.neededInteger(1, "segments.seq"),
      placedBefore: Int(clamping: try rows.neededInteger(2, "segments.placed_before")))
  }
}
