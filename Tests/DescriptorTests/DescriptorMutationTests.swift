import Config
import Core
import Descriptor
import Foundation
import Testing

/// Whatever happens to a descriptor's text: it is refused at a place, does what it did, or its own tests notice. None
/// signs a request otherwise, and none asks a venue for another order or cancel, without its tests noticing. What
/// nothing notices is in what is asked and read: costs, classes of errors, fields without an answer as their test.
@Suite struct DescriptorMutationTests {
  /// How many of each file. `NIJA_MUTANTS` makes it more.
  static let count = ProcessInfo.processInfo.environment["NIJA_MUTANTS"].flatMap(Int.init) ?? 40

  /// What became of one file's mutants.
  struct Tally {
    var refused = 0
    var alike = 0
    var noticed = 0
    /// Read, different, and no test of the file's own speaks of what differs.
    var unnoticed = 0
    /// Of those: with another request that changes something at the venue.
    var otherwise = 0
  }

  @Test(arguments: ShippedDescriptorTests.names)
  func `a mutant is refused at its place, does the same, or is noticed by its tests; none signs otherwise in silence`(
    _ name: String
  ) throws {
    let seed = Self.seed
    var random = SplitMix(state: seed ^ UInt64(truncatingIfNeeded: name.utf8.reduce(7) { ($0 &* 31) &+ UInt64($1) }))
    let file = ShippedDescriptorTests.folder.appending(path: name)
    let text = try String(contentsOf: file, encoding: .utf8)
    let original = try #require(try ShippedDescriptorTests.reading(name).descriptor)
    let probe = try #require(RequestProbe(original))
    let requests = probe.requests(original)
    var tally = Tally()
    for number in 0..<Self.count {
      guard let mutation = Mutation.allCases.randomElement(using: &random),
        let mutant = mutation.applied(to: text, &random), mutant != text
      else { continue }
      let reading = DescriptorReader().read(Array(mutant.utf8), file: name)
      guard var changed = reading.descriptor else {
        tally.refused += 1
        let hasPlace = !reading.errors.isEmpty && reading.errors.allSatisfy { ($0.mark?.line ?? 0) >= 1 }
        #expect(hasPlace, "seed \(seed), \(name) \(number): \(reading.errors)")
        continue
      }
      guard !changed.behaves(as: original) else {
        tally.alike += 1
        continue
      }
      changed.tests = original.tests
      guard OwnTests.run(changed).allSatisfy(\.hasPassed) else {
        tally.noticed += 1
        continue
      }
      tally.unnoticed += 1
      let difference = Self.difference(text, mutant)
      var signed = original
      (signed.signing, signed.credentials) = (changed.signing, changed.credentials)
      #expect(
        probe.requests(signed) == requests,
        "seed \(seed), \(name) \(number) signs otherwise, and nothing notices: \(difference)")
      let other = probe.requests(changed).filter { Self.isChanging($0.key) && requests[$0.key] != $0.value }
      if !other.isEmpty {
        tally.otherwise += 1
        print("\(name) \(number): other \(other.keys.sorted().prefix(3)): \(difference)")
      } else if ProcessInfo.processInfo.environment["NIJA_VERBOSE"] != nil {
        print("\(name) \(number): unnoticed: \(difference)")
      }
    }
    print("mutants of \(name), seed \(seed): \(tally)")
    #expect(tally.otherwise == 0, "seed \(seed): \(name) sends another order or cancel, and nothing notices")
    #expect(tally.refused > Self.count / 4)
  }

  private static let seed =
    ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)

  /// Whether an operation changes something at the venue.
  private static func isChanging(_ name: String) -> Bool {
    ["place", "cancel", "dead_man_switch"].contains { name.hasPrefix($0) }
  }

  /// The lines that differ.
  private static func difference(_ old: String, _ new: String) -> String {
    let (a, b) = (old.components(separatedBy: "\n"), new.components(separatedBy: "\n"))
    let first = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }
    guard let first else { return "in length" }
    let common = first.element.0.commonPrefix(with: first.element.1).suffix(25)
    let rest = (first.element.0.dropFirst(common.count), first.element.1)
    let start = first.element.0.commonPrefix(with: first.element.1).count
    return
      "line \(first.offset + 1): …\(common)[\(first.element.0.dropFirst(start).prefix(40))] became [\(rest.1.dropFirst(start).prefix(40))]"
  }
}
