import Broker
import Core
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct KeyFileTests {
  /// A clock that shows what the test says.
  private final class SetClock: ProtocolClock {
    private let time: Mutex<Timestamp>
    init(_ nanoseconds: Int64) { time = Mutex(Timestamp(nanoseconds: nanoseconds)) }
    var now: Timestamp { time.withLock { $0 } }
    func set(_ nanoseconds: Int64) { time.withLock { $0 = Timestamp(nanoseconds: nanoseconds) } }
  }

  private static let start: Int64 = 1_760_000_000_000_000_000

  /// A folder of its own, gone with the test.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "nija-keys-\(UUID().uuidString)").path
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open(
      _ clock: any ProtocolClock, name: String = "k", scale: NonceScale = .nanoseconds, wait: Duration = .zero
    ) async throws -> KeyFile {
      try await KeyFile.open(folder: path, name: name, scale: scale, wait: wait, clock: clock)
    }

    func mode(of name: String = "") throws -> Int {
      let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
      return try #require(attributes[.posixPermissions] as? Int)
    }

    var file: URL { URL(filePath: path + "/k") }
  }

  @Test func `the name has 32 digits, differs from key to key and does not hold the key`() throws {
    let name = try KeyFile.name(forKey: Secret(Array("key-one".utf8)))
    #expect(name.count == 32 && name.allSatisfy(\.isHexDigit))
    #expect(try name == KeyFile.name(forKey: Secret(Array("key-one".utf8))))
    #expect(try name != KeyFile.name(forKey: Secret(Array("key-two".utf8))))
    // A plain digest of the key could be looked up.
    #expect(try name != String(Hex.encode(SHA256.digest(Array("key-one".utf8))).prefix(32)))
  }

  @Test func `folder and file are for this user alone, and no draft is left`() async throws {
    let folder = Folder()
    _ = try await folder.open(SetClock(Self.start))
    #expect(try folder.mode() == 0o700)
    #expect(try folder.mode(of: "k") == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["k", "k.copy"])
  }

  @Test func `a folder that lets others in is refused`() async throws {
    let folder = Folder()
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    await #expect(throws: KeyFileError.unsafeFolder(path: folder.path)) { _ = try await folder.open(SetClock(0)) }
  }

  @Test func `a second holder is refused and told who has the key, until the first is gone`() async throws {
    let folder = Folder()
    var first: KeyFile? = try await folder.open(SetClock(Self.start))
    let holder = ProcessInfo.processInfo.processIdentifier
    await #expect(throws: KeyFileError.held(byProcess: holder)) {
      _ = try await folder.open(SetClock(Self.start), wait: .milliseconds(20))
    }
    _ = try await folder.open(SetClock(Self.start), name: "another")
    _ = try first?.next()
    first = nil
    _ = try await folder.open(SetClock(Self.start))
  }

  @Test func `who waits gets the key when the predecessor lets go`() async throws {
    let folder = Folder()
    let first = Mutex<KeyFile?>(try await folder.open(SetClock(Self.start)))
    async let second = folder.open(SetClock(Self.start), wait: .seconds(30))
    first.withLock { $0 = nil }
    _ = try await second
  }

  @Test func `a restart goes on above every number given, whatever the clock`() async throws {
    let folder = Folder()
    let clock = SetClock(Self.start)
    var last: UInt64 = 0
    for step in [0, 1, -3_600_000_000_000, 5, -86_400_000_000_000] as [Int64] {
      clock.set(Self.start + step)
      let file = try await folder.open(clock)
      for _ in 0..<3 {
        let next = try file.next()
        #expect(next > last)
        last = next
      }
    }
  }

  @Test func `a lost file starts at the clock, never at nothing`() async throws {
    let folder = Folder()
    var file: KeyFile? = try await folder.open(SetClock(Self.start))
    let last = try #require(try file?.next())
    file = nil
    try FileManager.default.removeItem(at: folder.file)
    #expect(try await folder.open(SetClock(Self.start + 1)).next() > last)
  }

  @Test func `one write serves the calls of a second`() async throws {
    let folder = Folder()
    let clock = SetClock(Self.start)
    let file = try await folder.open(clock)
    _ = try file.next()
    let before = try Data(contentsOf: folder.file)
    for step in 1...1_000 {
      clock.set(Self.start + Int64(step) * 900_000)
      _ = try file.next()
    }
    #expect(try Data(contentsOf: folder.file) == before)
    clock.set(Self.start + 2_000_000_000)
    _ = try file.next()
    #expect(try Data(contentsOf: folder.file) != before)
  }

  @Test func `threads never get the same number`() async throws {
    let folder = Folder()
    let file = try await folder.open(WallClock())
    let numbers = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<8 { group.addTask { try (0..<500).map { _ in try file.next() } } }
      return try await group.reduce(into: [UInt64]()) { $0 += $1 }
    }
    #expect(Set(numbers).count == 4_000)
  }

  @Test func `any changed or missing byte is damage, never a small number`() async throws {
    let folder = Folder()
    _ = try await folder.open(SetClock(Self.start)).next()
    let whole = try Data(contentsOf: folder.file)
    let copyFile = URL(filePath: folder.path + "/k.copy")
    let copy = try Data(contentsOf: copyFile)
    let record = try #require(whole.range(of: Data("check ".utf8))?.upperBound) + 17
    var damaged = stride(from: 0, to: record, by: 9).map { whole.prefix($0) }
    for index in 0..<record {
      var flipped = whole
      flipped[index] ^= 1
      damaged.append(flipped)
    }
    for bytes in damaged {
      // The copy beside it tells what was used; without one nobody knows.
      try copy.write(to: copyFile)
      try bytes.write(to: folder.file)
      #expect(try await folder.open(SetClock(0)).next() > UInt64(Self.start))
      try bytes.write(to: folder.file)
      try Data().write(to: copyFile)
      await #expect(throws: KeyFileError.damaged(path: folder.file.path)) {
        _ = try await folder.open(SetClock(Self.start))
      }
    }
  }

  @Test func `a key of another scale is refused`() async throws {
    let folder = Folder()
    _ = try await folder.open(SetClock(Self.start), scale: .milliseconds).next()
    await #expect(throws: KeyFileError.otherScale(inFile: .milliseconds, asked: .nanoseconds)) {
      _ = try await folder.open(SetClock(Self.start))
    }
    #expect(NonceScale(options: ["nonce": "milliseconds"]) == .milliseconds)
    #expect(NonceScale(options: [:]) == .nanoseconds)
  }

  @Test func `a link in place of the file is not followed`() async throws {
    let folder = Folder()
    _ = try await folder.open(SetClock(Self.start))
    try FileManager.default.moveItem(atPath: folder.file.path, toPath: folder.path + "/elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file.path, withDestinationPath: folder.path + "/elsewhere")
    await #expect(throws: KeyFileError.self) { _ = try await folder.open(SetClock(Self.start)) }
  }
}
