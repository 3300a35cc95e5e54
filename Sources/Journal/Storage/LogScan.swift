import Glibc

/// A look at the write-ahead log before SQLite opens it.
///
/// SQLite recovers a log up to the first frame that does not check and drops what follows without a word: right for a
/// torn tail, wrong for a commit that was acknowledged and then damaged. A transaction begins to be written only when
/// the one before is on the disk; so a frame that begins one *after* a damaged frame's transaction proves that the
/// damaged one had been synced. What cannot be told apart here (the last transaction of the log: torn or damaged) the
/// head mark decides. Format: sqlite.org/fileformat2.html#walformat.
struct LogScan {
  /// What the log looks like.
  enum Finding: Equatable {
    /// Every frame of this generation belongs to a commit.
    case sound
    /// Frames of a last transaction that was never committed; SQLite leaves them out.
    case unfinished(frame: Int, frames: Int)
    /// A frame, counted from 1 (0: the header), that does not check though commits follow it.
    case damaged(frame: Int)
  }

  private static let headerLength = 32
  private static let frameHeaderLength = 24

  private var bigEndian = false
  private var pageSize = 0
  private var salt: [UInt8] = []

  private struct Frame {
    /// Of the log's present generation.
    var isCurrent: Bool
    /// Its sum follows from the sum that the frame before has stored.
    var follows: Bool
    var isCommit: Bool
    var sum: Sum
    var salt: [UInt8]
  }

  private struct Sum: Equatable {
    var first: UInt32 = 0
    var second: UInt32 = 0
  }

  static func scan(_ path: String) throws(JournalError) -> Finding {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw .system(path) }
      return .sound
    }
    defer { close(descriptor) }
    var scan = LogScan()
    return try scan.scan(descriptor, path)
  }

  private mutating func scan(_ descriptor: Int32, _ path: String) throws(JournalError) -> Finding {
    let header = try Self.read(descriptor, path, at: 0, Self.headerLength)
    guard header.count == Self.headerLength, header.contains(where: { $0 != 0 }) else { return .sound }
    let stored = Sum(first: Self.number(header, 24), second: Self.number(header, 28))
    let magic = Self.number(header, 0)
    bigEndian = magic & 1 == 1
    pageSize = Int(Self.number(header, 8))
    salt = Array(header[16..<24])
    let isSound =
      magic & ~1 == 0x377f_0682 && (512...65_536).contains(pageSize) && pageSize & (pageSize - 1) == 0
      && sum(header[0..<24], after: Sum()) == stored
    guard isSound else { return try damagedHeader(descriptor, path, stored) }
    return try frames(descriptor, path, after: stored)
  }

  /// A header that does not check: SQLite would take the log for empty. With frames that belong to it that would drop
  /// commits; without any there is nothing to lose. Whatever page size and byte order fits is tried.
  private mutating func damagedHeader(
    _ descriptor: Int32, _ path: String, _ stored: Sum
  ) throws(JournalError) -> Finding {
    for size in [4_096, 1_024, 2_048, 8_192, 16_384, 32_768, 65_536, 512] {
      pageSize = size
      // The magic number's last bit may be what was damaged: our own machine's order is the one that was written.
      bigEndian = false
      guard let first = try frame(descriptor, path, 1, after: stored) else { continue }
      if first.follows || first.salt == salt { return .damaged(frame: 0) }
    }
    return .sound
  }

  private func frames(_ descriptor: Int32, _ path: String, after seed: Sum) throws(JournalError) -> Finding {
    var previous: Frame?
    var sum = seed
    var number = 0, lastCommit = 0, lastCurrent = 0
    var firstBad: Int?
    while let frame = try frame(descriptor, path, number + 1, after: sum) {
      number += 1
      if frame.isCurrent { lastCurrent = number }
      let isGood = frame.isCurrent && frame.follows
      if let bad = firstBad {
        // A commit, and then the beginning of another transaction.
        if isGood, previous?.isCurrent == true, previous?.isCommit == true { return .damaged(frame: bad) }
      } else if !isGood {
        firstBad = number
      } else if frame.isCommit {
        lastCommit = number
      }
      previous = frame
      sum = frame.sum
    }
    guard lastCurrent > lastCommit else { return .sound }
    return .unfinished(frame: lastCommit + 1, frames: lastCurrent - lastCommit)
  }

  private func frame(
    _ descriptor: Int32, _ path: String, _ number: Int, after sum: Sum
  ) throws(JournalError) -> Frame? {
    let length = Self.frameHeaderLength + pageSize
    let bytes = try Self.read(descriptor, path, at: Self.headerLength + (number - 1) * length, length)
    guard bytes.count == length else { return nil }
    let stored = Sum(first: Self.number(bytes, 16), second: Self.number(bytes, 20))
    let salt = Array(bytes[8..<16])
    let isCurrent = salt == self.salt
    // The sums of old frames are of no interest, and adding them up is what costs.
    let follows =
      isCurrent || number == 1
      ? self.sum(bytes[24...], after: self.sum(bytes[0..<8], after: sum)) == stored : false
    return Frame(
      isCurrent: isCurrent, follows: follows, isCommit: Self.number(bytes, 4) != 0, sum: stored, salt: salt)
  }

  private func sum(_ bytes: ArraySlice<UInt8>, after sum: Sum) -> Sum {
    var (first, second) = (sum.first, sum.second)
    let bigEndian = bigEndian
    unsafe bytes.withUnsafeBytes { bytes in
      var offset = 0
      while offset + 8 <= bytes.count {
        let x = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let y = unsafe bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        first = first &+ (bigEndian ? x.bigEndian : x.littleEndian) &+ second
        second = second &+ (bigEndian ? y.bigEndian : y.littleEndian) &+ first
        offset += 8
      }
    }
    return Sum(first: first, second: second)
  }

  /// Numbers in headers are big-endian whatever the sums are.
  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func read(
    _ descriptor: Int32, _ path: String, at offset: Int, _ count: Int
  ) throws(JournalError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    guard got >= 0 else { throw .system(path) }
    return got == count ? bytes : Array(bytes.prefix(got))
  }
}
