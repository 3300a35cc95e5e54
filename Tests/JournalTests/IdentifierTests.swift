import Core
import Foundation
import Testing

@testable import Journal

/// Our names of orders over crashes and restarts: each stays what it was, and none is ever given twice, to any account.
@Suite struct IdentifierTests {
  @Test(.timeLimit(.minutes(5)))
  func `over ten thousand restarts ids stay the same, and none is given again in any account`() async throws {
    let seed =
      ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("client order ids: seed \(seed) (set NIJA_SEED to repeat)")
    // A hundred accounts of a hundred lives each.
    let given = try await withThrowingTaskGroup(of: [ClientOrderID].self) { group in
      for number in 0..<100 {
        group.addTask {
          var account = try AccountOfIDs(SeededGenerator(seed: seed &+ UInt64(number)))
          for _ in 0..<100 { try account.live() }
          return account.given
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(given).count == given.count, "seed \(seed): an id was given twice")
    #expect(Set(given.map(\.uuidShaped)).count == given.count)
    #expect(Set(given.map(\.journal)).count == 100, "seed \(seed)")
  }
}

/// One account's journal, opened again and again.
private struct AccountOfIDs {
  private let folder: AccountFolder
  private var random: SeededGenerator
  private(set) var given: [ClientOrderID] = []
  private var intended: [ClientOrderID] = []

  init(_ random: SeededGenerator) throws {
    self.random = random
    folder = try AccountFolder()
  }

  /// One life: what the lives before it intended is there under the same ids, then more are given.
  mutating func live() throws {
    let journal = try Journal.open(
      directory: folder.path, binding: binding, clock: FixedClock(), hash: testHash, random: random)
    _ = random.next()
    #expect(try journal.orders(limit: 100_000).map(\.request.clientOrderID) == intended.reversed())
    // Now and then more than a block holds.
    let count = Int.random(in: 0..<20, using: &random) == 0 ? 70 : Int.random(in: 0...3, using: &random)
    for _ in 0..<count {
      let id = try journal.nextClientOrderID()
      given.append(id)
      // A life may end between the id and its intent, and between the intent and its commit.
      switch Int.random(in: 0..<8, using: &random) {
      case 0: continue
      case 1:
        try? journal.transaction { () throws(JournalError) in
          try journal.setMarker("never", id.hex, cause: "taken back")
          throw .missing(path: "on purpose")
        }
      case 2:
        try journal.recordIntent(request(id), purpose: .entry, cause: "test")
        intended.append(id)
      default: continue
      }
    }
  }
}

/// In memory where there is such a file system: what is tested is not the disk.
private final class AccountFolder: Sendable {
  let path: String

  init() throws {
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    path = root + "/nija-ids-\(UUID().uuidString)"
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
