import Core
import Foundation
import Testing

@testable import Journal

@Suite struct `Cost of opening a journal` {
  @Test func `each row of the newest segment is checked, and that costs little`() throws {
    let scratch = try Scratch()
    let rows: Int64 = 1_000
    do {
      let journal = try open(scratch.path)
      do {
        var number = 0
        while journal.lastSequence < rows {
          let id = try journal.nextClientOrderID()
          number += 1
          try journal.recordIntent(request(id), purpose: .entry, plan: "{}", cause: "test")
          try journal.recordEvent(
            OrderEvent(id, .accepted, venueOrderID: VenueOrderID("O\(number)")), cause: "test")
          try journal.recordFill(fill("T\(number)", order: "O\(number)", after: number), cause: "test")
        }
      }
    }
    func best(_ body: () throws -> Void) throws -> Duration {
      try (0..<3).map { _ in try ContinuousClock().measure { try body() } }.min() ?? .zero
    }
    let reader = try JournalReader.open(directory: scratch.path)
    #expect(try reader.verifyChain(hash: testHash) >= Int(rows))
    let walk = try best { _ = try reader.verifyChain(hash: testHash) }
    let opening = try best { _ = try open(scratch.path) }
    print("opening a journal of \(rows) rows: \(opening); its chain: \(walk / (Int(rows) / 1_000)) per 1,000 rows")
    // A wide bound, for a build without optimisation on a busy machine.
    #expect(walk / (Int(rows) / 1_000) < .seconds(1))
  }
}
