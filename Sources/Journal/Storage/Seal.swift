import Core
import Glibc

/// What a sealed segment's file held, in a few lines beside it (`journal-000001.seal`).
///
/// The same is in the first row of the next segment, under the chain. The file stays when a segment is moved away to
/// keep the disk small: it says that this was meant.
struct Seal: Hashable {
  var segment: Int
  /// Running numbers of its first and last own rows.
  var first: Int64
  var last: Int64
  /// The hash of its last row.
  var hash: [UInt8]
  /// See ``FileDigest``.
  var digest: [UInt8]
  var bytes: Int
  var sealedAt: Timestamp

  /// Rows that are its own.
  var rows: Int64 { last - first + 1 }

  var text: String {
    """
    nija-journal-seal/1
    segment \(segment)
    first \(first)
    last \(last)
    hash \(Hex.encode(hash))
    digest \(Hex.encode(digest))
    bytes \(bytes)
    sealed_at \(sealedAt)

    """
  }

  init(segment: Int, first: Int64, last: Int64, hash: [UInt8], digest: [UInt8], bytes: Int, sealedAt: Timestamp) {
    self.segment = segment
    self.first = first
    self.last = last
    self.hash = hash
    self.digest = digest
    self.bytes = bytes
    self.sealedAt = sealedAt
  }

  /// Reads ``text``; `nil` for anything that differs from it in a byte.
  init?(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let words = text.split(separator: "\n").dropFirst().map { $0.split(separator: " ").last.map(String.init) ?? "" }
    guard words.count == 7, let segment = Int(words[0]), let first = Int64(words[1]), let last = Int64(words[2]),
      let hash = Hex.decode(words[3]), let digest = Hex.decode(words[4]), let size = Int(words[5]),
      let sealedAt = Timestamp(rfc3339: words[6]), last >= first
    else { return nil }
    self.init(
      segment: segment, first: first, last: last, hash: hash, digest: digest, bytes: size, sealedAt: sealedAt)
    guard Array(self.text.utf8) == bytes else { return nil }
  }

  /// The seal of a segment; `nil` when there is none.
  static func read(_ files: JournalFiles) throws(JournalError) -> Seal? {
    guard let bytes = try files.contents(files.seal, limit: 4_096) else { return nil }
    guard let seal = Seal(bytes), seal.segment == files.segment else {
      throw .damaged(place: files.seal, detail: "it is not the seal of segment \(files.segment)")
    }
    return seal
  }

  /// Writes it so that it is there whole or not at all.
  func write(_ files: JournalFiles) throws(JournalError) {
    let path = files.seal + ".new"
    let descriptor = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o400)
    guard descriptor >= 0 else { throw .system(path) }
    let bytes = Array(text.utf8)
    let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    let failure = count == bytes.count && fsync(descriptor) == 0 ? 0 : errno
    close(descriptor)
    guard failure == 0 else { throw .system(path, failure) }
    guard unsafe rename(path, files.seal) == 0 else { throw .system(files.seal) }
  }
}

/// A digest over a whole file that needs only a piece of it in memory: the hash of the hashes of its pieces.
enum FileDigest {
  private static let piece = 65_536

  static func of(
    _ path: String, _ hash: ([UInt8]) throws(JournalError) -> [UInt8]
  ) throws(JournalError) -> (digest: [UInt8], bytes: Int) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .system(path) }
    defer { close(descriptor) }
    var hashes: [UInt8] = []
    var size = 0
    var bytes = [UInt8](repeating: 0, count: piece)
    while true {
      let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 else { throw .system(path) }
      guard count > 0 else { break }
      size += count
      hashes += try hash(count == piece ? bytes : Array(bytes.prefix(count)))
    }
    return (try hash(hashes), size)
  }
}
