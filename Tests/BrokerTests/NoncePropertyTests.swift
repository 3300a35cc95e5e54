import Broker
import Core
import Foundation
import Testing

/// The numbers of keys over whatever happens to processes, files and clocks. `NIJA_SEED` replays.
@Suite(.timeLimit(.minutes(2))) struct NoncePropertyTests {
  private static let hour: Int64 = 3_600_000_000_000

  /// One key: the folders of its files, the process that holds it, the last number that the venue saw.
  private final class Key {
    let folders: KeyFolders
    let scale: NonceScale
    var holder: KeyFile?
    var last: UInt64 = 0
    var given = 0

    init(_ scale: NonceScale) throws {
      self.scale = scale
      folders = try KeyFolders()
    }
  }

  @Test(arguments: NonceScale.allCases)
  func `numbers of a key rise over interleaved sources, crashes, restarts, lost files and clock steps`(
    _ scale: NonceScale
  ) async throws {
    let seed =
      ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SeededRandom(seed)
    let keys = try (0..<3).map { _ in try Key(scale) }
    for step in 0..<1_500 {
      guard let key = keys.randomElement(using: &random) else { continue }
      try await Self.act(key, &random, "seed \(seed), step \(step)")
    }
    for key in keys { #expect(key.given > 200, "seed \(seed): only \(key.given) numbers") }
  }

  private static func act(_ key: Key, _ random: inout SeededRandom, _ place: String) async throws {
    switch Int.random(in: 0..<100, using: &random) {
    // A process dies without a word, or goes away, and another comes.
    case 0..<8: key.holder = nil
    case 8..<14: try await intrude(key, place)
    case 14..<22: key.folders.clock.step([-hour, hour, -1, 1].randomElement(using: &random) ?? 0)
    case 22..<28: try await damage(key, &random)
    case 28..<50: key.folders.clock.step(Int64.random(in: 0..<3_000_000_000, using: &random))
    default: try await number(key, place)
    }
  }

  private static func number(_ key: Key, _ place: String) async throws {
    if key.holder == nil { key.holder = try await key.folders.open(scale: key.scale) }
    do {
      guard let number = try key.holder?.next() else { return }
      #expect(number > key.last, "\(place): \(number) after \(key.last)")
      key.last = number
      key.given += 1
    } catch {
      // Its file is gone: it says so and gives no number; the next process goes on.
      #expect(error.code == .notSent, "\(place): \(error)")
      key.holder = nil
    }
  }

  /// A second source for the same key gets nothing while the first is there.
  private static func intrude(_ key: Key, _ place: String) async throws {
    guard key.holder != nil else { return }
    await #expect(throws: KeyFileError.self, "\(place)") { _ = try await key.folders.open(scale: key.scale) }
  }

  /// One of the three files is lost or damaged; the last whole one is never, since then only the clock would be left.
  private static func damage(_ key: Key, _ random: inout SeededRandom) async throws {
    key.holder = nil
    guard key.given > 0 else { return }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: try key.folders.remove("keys/k")
    case 1: try key.folders.replace("keys/k.copy", nil)
    case 2: try key.folders.replace("account/key-k", Data("torn".utf8))
    case 3:
      var bytes = try key.folders.bytes("keys/k")
      bytes[Int.random(in: 0..<140, using: &random)] ^= 4
      try key.folders.replace("keys/k", bytes)
    default:
      try key.folders.remove("keys/k")
      try key.folders.remove(Bool.random(using: &random) ? "keys/k.copy" : "account/key-k")
    }
    // The next process puts right what is damaged before anything else happens to it.
    key.holder = try await key.folders.open(scale: key.scale)
  }
}
