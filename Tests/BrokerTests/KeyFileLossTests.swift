import Broker
import Core
import Foundation
import Synchronization
import Testing

/// What becomes of a key's number and levels when files are lost, damaged, old, or held.
@Suite(.timeLimit(.minutes(1))) struct KeyFileLossTests {
  private static let start: Int64 = 1_760_000_000_000_000_000
  private static let hour: Int64 = 3_600_000_000_000

  @Test func `a lost file goes on from its copies, also under a clock an hour behind`() async throws {
    for lost in [["keys/k"], ["keys/k", "keys/k.copy"], ["keys/k", "account/key-k"]] {
      let place = try KeyFolders()
      let last = try await place.open().next()
      for name in lost { try place.remove(name) }
      place.clock.step(-Self.hour)
      #expect(try await place.open().next() > last, "\(lost)")
    }
  }

  @Test func `with every copy lost the clock decides`() async throws {
    let place = try KeyFolders()
    _ = try await place.open().next()
    for name in ["keys/k", "keys/k.copy", "account/key-k"] { try place.remove(name) }
    place.clock.step(-Self.hour)
    #expect(try await place.open().next() == UInt64(Self.start - Self.hour))
  }

  @Test func `a copy that is lost or damaged is made again`() async throws {
    for damage in [nil, Data("nija".utf8)] {
      let place = try KeyFolders()
      let first = try await place.open().next()
      for name in ["keys/k.copy", "account/key-k"] { try place.replace(name, damage) }
      _ = try await place.open()
      try place.remove("keys/k")
      place.clock.step(-Self.hour)
      #expect(try await place.open().next() > first)
    }
  }

  @Test func `a file older than its copies, put back from somewhere, is not believed`() async throws {
    let place = try KeyFolders()
    _ = try await place.open().next()
    let old = try place.bytes("keys/k")
    place.clock.step(2 * Self.hour)
    let last = try await place.open().next()
    try place.replace("keys/k", old)
    place.clock.step(-2 * Self.hour)
    #expect(try await place.open().next() > last)
  }

  @Test func `restarts do not run ahead of the clock with the copies`() async throws {
    let place = try KeyFolders()
    var last: UInt64 = 0
    for _ in 0..<50 { last = try await place.open().next() }
    #expect(last < UInt64(Self.start) + 60_000_000_000)
  }

  @Test func `a file removed while in use stops the next number, and its copy keeps a second holder out`() async throws
  {
    let place = try KeyFolders()
    let file = try await place.open()
    _ = try file.next()
    try place.remove("keys/k")
    let error = try #require(throws: BrokerError.self) { _ = try file.next() }
    #expect(error.code == .notSent && !error.mayHaveExecuted)
    let holder = ProcessInfo.processInfo.processIdentifier
    await #expect(throws: KeyFileError.held(byProcess: holder)) { _ = try await place.open() }
  }

  @Test func `who waits is told at once whom it waits for`() async throws {
    let place = try KeyFolders()
    let first = Mutex<KeyFile?>(try await place.open())
    let told = Mutex<[Int32?]>([])
    _ = try await place.open(wait: .seconds(30)) { holder in
      told.withLock { $0.append(holder) }
      first.withLock { $0 = nil }
    }
    #expect(told.withLock { $0 } == [ProcessInfo.processInfo.processIdentifier])
  }

  @Test func `a file from before there were levels is taken over, its levels unknown`() async throws {
    let place = try KeyFolders()
    let last = try await place.open().next()
    // As it was written then: the record alone, under the title of its time.
    let text = String(decoding: try place.bytes("keys/k").prefix { $0 != 0 }, as: UTF8.self)
    let body = text.split(separator: "\n").prefix(4).joined(separator: "\n") + "\n"
    let old = body.replacing("nija-key 2", with: "nija-key 1")
    let check = String(Hex.encode(try SHA256.digest(Array(old.utf8))).prefix(16))
    try place.replace("keys/k", Data((old + "check \(check)\n").utf8))
    try await place.reopen()
    #expect(place.kept("rest") == .unknown(age: .zero))
    try place.keep(LevelChange("rest", 5))
    // Once what is known is in its place, the rest is known to be nothing.
    try await place.reopen()
    #expect(place.kept("rest") == .known(5, age: .zero) && place.kept("other") == nil)
    place.release()
    #expect(try await place.open().next() > last)
  }

  // MARK: Levels

  @Test func `levels outlive the process, with the time that has passed at the least`() async throws {
    let place = try KeyFolders()
    try await place.reopen()
    #expect(place.kept("rest") == nil)
    try place.keep(LevelChange("rest", 7_000_000), LevelChange("engine A/B", 3, isSettled: false))
    place.machine.pass(.seconds(4))
    try await place.reopen()
    #expect(place.kept("rest") == .known(7_000_000, age: .seconds(4)))
    // A call that was under way may have been so until its process died, and arrives late then.
    #expect(place.kept("engine A/B") == .known(3, age: .zero))
    place.machine.pass(.seconds(10))
    try await place.reopen()
    #expect(place.kept("engine A/B") == .known(3, age: .zero))
    place.machine.pass(.seconds(2))
    try await place.reopen()
    #expect(place.kept("rest") == .known(7_000_000, age: .seconds(16)))
    #expect(place.kept("engine A/B") == .known(3, age: .seconds(1)))
    // The wall may go where it wants while the machine runs.
    place.clock.step(-Self.hour)
    try await place.reopen()
    #expect(place.kept("rest") == .known(7_000_000, age: .seconds(16)))
    try place.keep(LevelChange("engine A/B", nil))
    try await place.reopen()
    #expect(place.kept("engine A/B") == nil)
  }

  @Test func `after a start of the machine only what was forced to the disk is known, by the wall`() async throws {
    let place = try KeyFolders()
    try await place.reopen()
    try place.keep(LevelChange("rest", 7), LevelChange("ban:private", 9, isDurable: true))
    place.machine.restart()
    place.clock.step(100_000_000_000)
    try await place.reopen()
    #expect(place.kept("rest") == .unknown(age: .seconds(65)))
    #expect(place.kept("ban:private") == .known(9, age: .seconds(100)))
    // A wall that went back takes nothing off.
    place.clock.step(-Self.hour)
    try await place.reopen()
    #expect(place.kept("rest") == .unknown(age: .zero))
    #expect(place.kept("ban:private") == .known(9, age: .zero))
  }

  @Test func `a flipped or missing byte never makes a level smaller`() async throws {
    let place = try KeyFolders()
    try await place.reopen()
    try place.keep(LevelChange("rest", 7_000_000))
    place.release()
    let whole = try place.bytes("keys/k")
    for index in stride(from: 4_096, to: 4_096 + 144, by: 1) {
      var copy = whole
      copy[index] ^= 1
      try place.replace("keys/k", copy)
      let kept = try await place.open().kept
      #expect(kept["rest"] == .unknown(age: .zero), "byte \(index)")
    }
    for length in [200, 4_096, 4_100, 4_239, 5_000] {
      try place.replace("keys/k", whole.prefix(length))
      let kept = try await place.open().kept
      #expect(kept["rest"] == .unknown(age: .zero) || kept["rest"] == .known(7_000_000, age: .zero), "\(length)")
      #expect(kept["other"] == .unknown(age: .zero))
    }
  }

  @Test func `what lies in the levels traps nothing`() async throws {
    let place = try KeyFolders()
    for level in [Int.min, -1, .max] {
      try await place.reopen()
      try place.keep(LevelChange("rest", level), LevelChange("ban:private", level), LevelChange("rest X/Y", level))
      place.release()
      let kept = try await place.open().kept
      let kind = CounterKind("rest", maximum: 15, decayPerSecond: 330_000, reserve: 4)
      var budget = CallBudget("private", [kind], kept: kept, at: .now)
      _ = budget.request([CallCharge("rest", cost: .units(1))], isUrgent: true, at: .now)
      #expect((budget.ban(at: .now) ?? .zero) <= .seconds(900))
    }
  }

  @Test func `keeping a level costs microseconds`() async throws {
    let place = try KeyFolders()
    try await place.reopen()
    let count = 2_000
    let duration = try ContinuousClock().measure {
      for level in 0..<count { try place.keep(LevelChange("rest", level)) }
    }
    print("keeping a level: \(duration / count) in this build")
    #expect(duration / count < .milliseconds(1))
  }
}

/// Folders of a key and of an account, clocks that a test moves, gone with the test.
final class KeyFolders {
  let root = FileManager.default.temporaryDirectory.appending(path: "nija-loss-\(UUID().uuidString)")
  let clock = MovedClock()
  let machine = MovedMachine()

  init() throws {
    try FileManager.default.createDirectory(at: root.appending(path: "account"), withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func open(
    scale: NonceScale = .nanoseconds, wait: Duration = .zero, onWait: (Int32?) -> Void = { _ in }
  ) async throws -> KeyFile {
    let (clock, machine) = (clock, machine)
    return try await KeyFile.open(
      KeyPlace(root.path + "/keys/k"), scale: scale, copiesIn: [root.path + "/account"], wait: wait, clock: clock,
      machine: { machine.time(wall: clock.now) }, onWait: onWait)
  }

  private var held: KeyFile?

  /// Lets go of the file and opens it again, held from then on.
  func reopen() async throws {
    held = nil
    held = try await open()
  }

  func release() { held = nil }

  func kept(_ name: String) -> KeptLevels.Level? { held?.kept[name] }
  func keep(_ levels: LevelChange...) throws { try held?.keep(levels) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(at: root.appending(path: name)) }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: root.appending(path: name)) }

  func replace(_ name: String, _ bytes: Data?) throws {
    try? remove(name)
    if let bytes { try bytes.write(to: root.appending(path: name)) }
  }
}

/// A wall that a test moves.
final class MovedClock: ProtocolClock {
  private let time = Mutex<Int64>(1_760_000_000_000_000_000)
  var now: Timestamp { Timestamp(nanoseconds: time.withLock { $0 }) }
  func step(_ nanoseconds: Int64) { time.withLock { $0 += nanoseconds } }
}

/// A machine that a test restarts.
final class MovedMachine: Sendable {
  private let state = Mutex((boot: 1, passed: Int64(1_000_000_000_000)))
  func pass(_ duration: Duration) { state.withLock { $0.passed += Int64(duration / .nanoseconds(1)) } }
  func restart() { state.withLock { $0 = ($0.boot + 1, 5_000_000_000) } }
  func time(wall: Timestamp) -> MachineTime {
    state.withLock { MachineTime(boot: "boot\($0.boot)", sinceBoot: $0.passed, wall: wall) }
  }
}
