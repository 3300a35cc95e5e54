import Broker
import Conformance
import Foundation
import Testing

/// A way in which a descriptor can be wrong, and the case that notices it.
struct DescriptorBreakage: Sendable, CustomTestStringConvertible {
  let name: String
  /// What stands in the sound file, and what the broken one has in its place.
  let sound: String
  let broken: String
  /// The case's name, against the venue of the sound file.
  let noticedBy: String
  /// The case's name, against the venue made from the broken file itself; `nil` where such a venue is wrong in the same
  /// way, as docs/conformance.md says.
  var noticedByItself: String?

  var testDescription: String { name }

  private static let found = "a resting order is found by the venue's name, as it was sent"
  private static let cancelled = "a cancelled order is over and holds nothing"
  private static let bought = "a bought order, its fills and balances agree to the last digit"

  static let all = [
    DescriptorBreakage(
      name: "has the sides the wrong way round", sound: "side: {buy: BUY, sell: SELL}",
      broken: "side: {buy: SELL, sell: BUY}", noticedBy: bought),
    DescriptorBreakage(
      name: "takes cancelled orders for open ones", sound: "CANCELED: cancelled",
      broken: "CANCELED: open, GONE: cancelled",
      noticedBy: cancelled),
    DescriptorBreakage(
      name: "reads what is filled where the quantity stands", sound: "filled: executedQty", broken: "filled: origQty",
      noticedBy: found, noticedByItself: found),
    DescriptorBreakage(
      name: "counts fills' times in another unit", sound: "time: ms(time)", broken: "time: s(time)", noticedBy: bought,
      noticedByItself: nil),
    DescriptorBreakage(
      name: "reads free money as held and held as free", sound: "available: free, held: locked",
      broken: "available: locked, held: free", noticedBy: "money that a resting order holds is not free"),
    DescriptorBreakage(
      name: "signs the query alone", sound: "utf8(query + body)", broken: "utf8(query)", noticedBy: found),
    DescriptorBreakage(
      name: "sends resting orders as immediate ones",
      sound: "limit: {type: LIMIT, amount: \"{quantity}\", limit: \"{price}\", tif: GTC}",
      broken: "limit: {type: LIMIT, amount: \"{quantity}\", limit: \"{price}\", tif: IOC}", noticedBy: found,
      noticedByItself: "an immediate order that finds nothing is over, unfilled"),
  ]
}

/// The suite notices what is wrong with a descriptor, as far as the venue it is held against can know.
@Suite(.serialized) struct BrokenDescriptorTests {
  private static func run(
    _ breakage: DescriptorBreakage, atItsOwnVenue: Bool, _ name: String
  ) async throws -> ConformanceReport {
    let sound = DescriptorGround.file("binance")
    let text = try String(contentsOfFile: sound, encoding: .utf8)
    #expect(text.contains(breakage.sound), "binance.yaml no longer has \(breakage.sound)")
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "broken-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "binance.yaml").path
    try text.replacing(breakage.sound, with: breakage.broken).write(toFile: file, atomically: true, encoding: .utf8)
    let item = try #require(ConformanceSuite.cases.first { $0.name == name })
    return try await DescriptorGround.run(
      try DescriptorGround.kind(file), venueFrom: atItsOwnVenue ? file : sound, [item])
  }

  @Test(.timeLimit(.minutes(2)), arguments: DescriptorBreakage.all)
  func `a broken descriptor fails by name at the venue of the sound one`(_ breakage: DescriptorBreakage) async throws {
    let report = try await Self.run(breakage, atItsOwnVenue: false, breakage.noticedBy)
    #expect(report.failures.count == 1, "\(breakage.name) was not noticed by: \(breakage.noticedBy)")
  }

  @Test(.timeLimit(.minutes(2)), arguments: DescriptorBreakage.all)
  func `at a venue made from itself it fails where it contradicts itself, and only there`(
    _ breakage: DescriptorBreakage
  ) async throws {
    let report = try await Self.run(
      breakage, atItsOwnVenue: true, breakage.noticedByItself ?? breakage.noticedBy)
    #expect(report.failures.isEmpty == (breakage.noticedByItself == nil), "\(report.results)")
  }
}
