import Core
import Foundation
import Testing

@testable import Sandbox

@Suite struct LedgerFileTests {
  private static let header = LedgerFile.Header(salt: 5, anchor: Timestamp(nanoseconds: 1_000_000_000))

  private func directory() throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "nija-ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url.path
  }

  private func entry(_ name: String) -> LedgerEntry {
    LedgerEntry(
      time: Timestamp(nanoseconds: 7), marketTime: Timestamp(nanoseconds: 9),
      events: [.accountOpened(name: name, venue: "kraken", identity: "i", funds: ["USD": .literal("1.5")])])
  }

  @Test func `what was written is read again, and the first header stays`() throws {
    let directory = try directory()
    do {
      let (file, entries) = try LedgerFile.open(directory: directory, fresh: Self.header)
      #expect(entries.isEmpty)
      try file.append(entry("a"))
      try file.append(entry("b"))
    }
    let other = LedgerFile.Header(salt: 6, anchor: Timestamp(nanoseconds: 0))
    let (file, entries) = try LedgerFile.open(directory: directory, fresh: other)
    #expect(entries == [entry("a"), entry("b")])
    #expect(file.header == Self.header)
  }

  @Test func `a last line cut anywhere is dropped, and writing goes on`() throws {
    let directory = try directory()
    let path = directory + "/ledger.jsonl"
    do {
      let (file, _) = try LedgerFile.open(directory: directory, fresh: Self.header)
      try file.append(entry("a"))
      try file.append(entry("b"))
    }
    let whole = try Data(contentsOf: URL(filePath: path))
    let last = LedgerCodec.line(entry("b")).utf8.count
    for cut in [1, 2, last / 2, last - 1] {
      try whole.dropLast(cut).write(to: URL(filePath: path))
      #expect(try LedgerReader.read(directory: directory).entries == [entry("a")])
      let (file, entries) = try LedgerFile.open(directory: directory, fresh: Self.header)
      #expect(entries == [entry("a")])
      try file.append(entry("c"))
      #expect(try LedgerReader.read(directory: directory).entries == [entry("a"), entry("c")])
    }
  }

  @Test func `damage before the last line is told by its number, not healed`() throws {
    let directory = try directory()
    let path = URL(filePath: directory + "/ledger.jsonl")
    do {
      let (file, _) = try LedgerFile.open(directory: directory, fresh: Self.header)
      try file.append(entry("a"))
      try file.append(entry("b"))
    }
    let text = try String(contentsOf: path, encoding: .utf8).replacing("\"a\"", with: "\"a")
    try text.write(to: path, atomically: true, encoding: .utf8)
    #expect {
      try LedgerReader.read(directory: directory)
    } throws: { error in
      guard case LedgerError.damaged(line: 2, _) = error else { return false }
      return true
    }
  }

  @Test func `a directory serves one sandbox at a time`() throws {
    let directory = try directory()
    let (file, _) = try LedgerFile.open(directory: directory, fresh: Self.header)
    #expect(throws: LedgerError.inUse(directory)) {
      try LedgerFile.open(directory: directory, fresh: Self.header)
    }
    try file.append(entry("a"))
  }

  @Test func `entries that contradict each other are refused`() throws {
    var state = ExchangeState()
    try state.apply(entry("a"))
    #expect(throws: LedgerError.self) { try state.apply(entry("a")) }
    let end = LedgerEntry(
      time: Timestamp(nanoseconds: 7), marketTime: Timestamp(nanoseconds: 9),
      events: [.ended(order: 0, .cancelled, reason: "")])
    #expect(throws: LedgerError.self) { try state.apply(end) }
  }
}
