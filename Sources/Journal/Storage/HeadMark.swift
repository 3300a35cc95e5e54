import Glibc

/// Where the chain had got to when a commit was last acknowledged, kept beside the database in `journal.mark`.
///
/// It is made and synced before a journal's first row, then written after each commit and not synced. Written after the commit's own sync, so it can never be ahead of
/// the chain: a chain that ends before its mark has lost rows that were acknowledged, whatever ended the process or the
/// machine. A process that dies leaves an exact mark (at most the one commit behind that it was busy with); a power cut
/// may leave an older one, which then proves nothing of the rows after it.
struct HeadMark: ~Copyable {
  private static let magic = Array("nijamrk1".utf8)
  private static let length = 64
  private let descriptor: Int32

  /// What the file says.
  enum Reading: Equatable {
    /// There is none: a new journal, one from before there were marks, or it was taken away.
    case none
    /// The operator's word in its place: what rows there are is all there is to be.
    case accepted
    /// It contradicts itself.
    case unreadable
    /// The last row of the chain at that time.
    case at(seq: Int64, hash: [UInt8])
  }

  /// Opens the mark for writing; a missing one is made, with its length already on the disk.
  init(_ files: JournalFiles) throws(JournalError) {
    let descriptor = unsafe open(files.mark, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(files.mark) }
    let failure = posix_fallocate(descriptor, 0, off_t(Self.length))
    guard failure == 0 else {
      close(descriptor)
      throw .system(files.mark, failure)
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Writes it so that a power cut leaves it: before the first row of a journal, so that no rows are ever without it.
  func begin(_ head: Journal.Head, _ files: JournalFiles) throws(JournalError) {
    guard write(seq: head.seq, hash: head.hash), fsync(descriptor) == 0 else { throw .system(files.mark) }
    try JournalFiles.sync(directory: files.directory)
  }

  /// - Returns: whether it was written.
  func write(seq: Int64, hash: [UInt8]) -> Bool {
    let bytes = Self.encoded(seq, hash)
    return unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) } == bytes.count
  }

  static func read(_ files: JournalFiles) throws(JournalError) -> Reading {
    guard let bytes = try files.contents(files.mark, limit: length + 1), !bytes.isEmpty else { return .none }
    // Made, and not written to yet.
    guard let last = bytes.lastIndex(where: { $0 != 0 }) else { return .none }
    if [Array("accept".utf8), Array("accept\n".utf8)].contains(Array(bytes[...last])) { return .accepted }
    guard bytes.count == length else { return .unreadable }
    let seq = bytes[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let hash = Array(bytes[17..<17 + min(Int(bytes[16]), 32)])
    guard let number = Int64(exactly: seq), encoded(number, hash) == bytes else { return .unreadable }
    return .at(seq: number, hash: hash)
  }

  /// Magic, number, hash with its length, zeros, and a sum over all that (FNV-1a) that tells a torn write.
  private static func encoded(_ seq: Int64, _ hash: [UInt8]) -> [UInt8] {
    var bytes = magic
    append(UInt64(bitPattern: seq), to: &bytes)
    bytes.append(UInt8(min(hash.count, 32)))
    bytes += hash.prefix(32)
    bytes += repeatElement(0, count: length - 8 - bytes.count)
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    append(sum, to: &bytes)
    return bytes
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }
}
