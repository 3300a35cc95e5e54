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
  /// Every fill that the venue executed at this instant or later, and that is in a sealed segment, was carried over;
  /// `nil` in the first segment.
  let fillsFrom: Timestamp?
  /// The hash of the last row of the segment before; `nil` in the first.
  let before: [UInt8]?

  /// The latest such row; `nil` in a file of a version that had none, or that was not opened for writing since.
  static func read(_ database: Database, _ version: Int) throws(JournalError) -> SegmentOpening? {
    guard version >= JournalKind.segments.sinceVersion else { return nil }
    var rows = try database.rows(
      "SELECT number, seq, placed_before, fills_from, before_hash FROM segments ORDER BY seq DESC LIMIT 1")
    guard try rows.advance() else { return nil }
    return SegmentOpening(
      number: Int(clamping: try rows.neededInteger(0, "segments.number")),
      sequence: try rows.neededInteger(1, "segments.seq"),
      placedBefore: Int(clamping: try rows.neededInteger(2, "segments.placed_before")),
      fillsFrom: rows.integer(3).map(Timestamp.init(nanoseconds:)), before: rows.text(4).flatMap { Hex.decode($0) })
  }
}
