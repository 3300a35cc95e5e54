import Synchronization

/// A copy of a key's number under another name: always above the file's, written far less often. It is locked with it.
final class KeyCopy: Sendable {
  let file: LockedFile
  /// Every number up to this is covered; `nil` when the copy is damaged or new.
  private let covered: Mutex<UInt64?>

  init(_ file: LockedFile) {
    self.file = file
    covered = Mutex(nil)
  }

  /// What it holds; `nil` when that is damaged.
  func read() throws(KeyFileError) -> KeyRecord? {
    KeyRecord(decoding: try file.read(limit: KeyRecord.maximumLength))
  }

  /// Makes it cover what is about to be reserved, with so much to spare.
  func cover(_ record: KeyRecord, span: UInt64) throws(KeyFileError) {
    try covered.withLock { (covered) throws(KeyFileError) in
      if let covered, record.reserved <= covered { return }
      var ahead = record
      let (end, overflow) = record.reserved.addingReportingOverflow(span)
      ahead.reserved = overflow ? .max : end
      try file.write(try KeyFile.encoded(ahead), durably: true)
      covered = ahead.reserved
    }
  }

  /// Says who holds it and takes up what it covers.
  func take(_ held: KeyRecord?, for record: KeyRecord) throws(KeyFileError) {
    var own = record
    own.reserved = max(held?.reserved ?? 0, record.reserved)
    try file.write(try KeyFile.encoded(own), durably: held == nil)
    covered.withLock { $0 = own.reserved }
  }
}
