import Core
import Glibc

/// The append-only record of one exchange: a header line, then one line per entry.
///
/// A line reaches the kernel before the answer that depends on it goes out, so it survives the death of the process. A
/// last line that was cut short belongs to an answer nobody got: it is dropped.
final class LedgerFile: Sendable {
  /// What the file begins with.
  struct Header: Hashable, Sendable {
    /// Random bits of this ledger: what makes its order ids differ from another ledger's.
    let salt: UInt64
    /// Where the market's path begins.
    let anchor: Timestamp
  }

  let header: Header
  private let descriptor: Int32

  private init(descriptor: Int32, header: Header) {
    self.descriptor = descriptor
    self.header = header
  }

  deinit { close(descriptor) }

  /// Opens `directory`/ledger.jsonl for one exchange alone, making it with `fresh` where there is none.
  static func open(
    directory: String, fresh: Header
  ) throws(LedgerError) -> (file: LedgerFile, entries: [LedgerEntry]) {
    let path = directory + "/ledger.jsonl"
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
    guard descriptor >= 0 else { throw .system("open \(path)", code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .inUse(directory)
    }
    let content: LedgerReader.Content
    do throws(LedgerError) {
      content = try LedgerReader.read(descriptor, path)
    } catch {
      close(descriptor)
      throw error
    }
    let file = LedgerFile(descriptor: descriptor, header: content.header ?? fresh)
    guard ftruncate(descriptor, off_t(content.whole)) == 0 else { throw .system("heal \(path)", code: errno) }
    if content.header == nil { try file.write(LedgerReader.line(fresh)) }
    return (file, content.entries)
  }

  func append(_ entry: LedgerEntry) throws(LedgerError) { try write(LedgerCodec.line(entry)) }

  /// Writes all of it or none of it.
  private func write(_ line: String) throws(LedgerError) {
    let bytes = Array(line.utf8)
    let begin = lseek(descriptor, 0, SEEK_END)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        ftruncate(descriptor, begin)
        throw .system("write to the ledger", code: code)
      }
      written += count
    }
  }
}

/// Reads a ledger's file, also while a sandbox writes to it.
enum LedgerReader {
  /// What a file holds: `whole` is the length of its whole lines.
  struct Content {
    var header: LedgerFile.Header?
    var entries: [LedgerEntry] = []
    var whole = 0
  }

  private static let format = "nija-sandbox-ledger-log/1"

  static func line(_ header: LedgerFile.Header) -> String {
    let value: JSONValue = [
      "format": .string(format), "salt": .string(String(header.salt)),
      "anchor": .string(String(header.anchor.nanoseconds)),
    ]
    return value.encoded + "\n"
  }

  /// The entries of `directory`/ledger.jsonl.
  static func read(directory: String) throws(LedgerError) -> Content {
    let path = directory + "/ledger.jsonl"
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open \(path)", code: errno) }
    defer { close(descriptor) }
    return try read(descriptor, path)
  }

  static func read(_ descriptor: Int32, _ path: String) throws(LedgerError) -> Content {
    let bytes = try contents(descriptor, path)
    var content = Content()
    var number = 0
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
      number += 1
      do throws(JSONError) {
        try content.add(Array(line))
      } catch {
        throw .damaged(line: number, error.description)
      }
      content.whole += line.count + 1
    }
    return content
  }

  private static func contents(_ descriptor: Int32, _ path: String) throws(LedgerError) -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(bytes.count)) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("read \(path)", code: errno) }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: block[0..<count])
    }
  }

  fileprivate static func header(_ line: [UInt8]) throws(JSONError) -> LedgerFile.Header {
    let json = try JSON(parsing: line)
    guard try json.string("format") == format else { throw .wrongType("format", expected: format) }
    return LedgerFile.Header(salt: try json.word("salt") { UInt64($0) }, anchor: try json.timestamp("anchor"))
  }
}

extension LedgerReader.Content {
  fileprivate mutating func add(_ line: [UInt8]) throws(JSONError) {
    if header == nil {
      header = try LedgerReader.header(line)
    } else {
      entries.append(try LedgerCodec.entry(line))
    }
  }
}
