import Config
import Core
import Descriptor
import Foundation
import Testing

/// Whatever happens to a descriptor's text: it is refused at a place, does what it did, or its own tests notice. None
/// does something else in silence, but for what the file itself decides (`OwnChoice`).
@Suite struct DescriptorMutationTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// How many of each file. `NIJA_MUTANTS` makes it more, `NIJA_DESCRIPTOR=okx` takes that file alone.
  static let count = environment["NIJA_MUTANTS"].flatMap(Int.init) ?? 40
  static let names = ShippedDescriptorTests.names.filter { name in
    environment["NIJA_DESCRIPTOR"].map { "\($0).yaml" == name } ?? true
  }

  /// What became of one file's mutants.
  struct Tally {
    var refused = 0
    var alike = 0
    var noticed = 0
    /// Other in what nothing outside the file could say.
    var chosen = 0
    /// Other, and nothing says so.
    var unnoticed = 0
  }

  @Test(arguments: names)
  func `a mutant is refused at its place, does the same, or is noticed by the file's own tests`(
    _ name: String
  ) throws {
    let seed = Self.seed
    var random = SplitMix(state: seed ^ UInt64(truncatingIfNeeded: name.utf8.reduce(7) { ($0 &* 31) &+ UInt64($1) }))
    let file = ShippedDescriptorTests.folder.appending(path: name)
    let text = try String(contentsOf: file, encoding: .utf8)
    let original = try #require(try ShippedDescriptorTests.reading(name).descriptor)
    let settled = OwnChoice.settled(original)
    // A test that fails anyway would notice everything.
    let isSound = OwnTests.run(original).allSatisfy(\.hasPassed)
    try #require(isSound)
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
      changed.tests = original.tests
      if changed.behaves(as: original) {
        tally.alike += 1
      } else if !OwnTests.run(changed).allSatisfy(\.hasPassed) {
        tally.noticed += 1
      } else if OwnChoice.settled(changed).behaves(as: settled) {
        tally.chosen += 1
      } else {
        tally.unnoticed += 1
        print("\(name) \(number): unnoticed: \(Self.difference(text, mutant))")
      }
    }
    print("mutants of \(name), seed \(seed): \(tally)")
    #expect(tally.unnoticed == 0, "seed \(seed): \(name) does something else, and nothing notices")
    #expect(tally.refused > Self.count / 4)
  }

  private static let seed = environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)

  /// The lines that differ.
  private static func difference(_ old: String, _ new: String) -> String {
    let (a, b) = (old.components(separatedBy: "\n"), new.components(separatedBy: "\n"))
    let first = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }
    guard let first else { return "in length" }
    let start = first.element.0.commonPrefix(with: first.element.1).count
    let common = first.element.0.prefix(start).suffix(40)
    let (was, became) = (first.element.0.dropFirst(start).prefix(50), first.element.1.dropFirst(start).prefix(50))
    return "line \(first.offset + 1): …\(common)[\(was)] became [\(became)]"
  }
}
