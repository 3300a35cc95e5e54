import Broker
import Core
import Foundation
import Testing

@testable import Conformance
@testable import Host

/// Every fault of the sandbox times every operation of a plugin, at both venues.
///
/// A third of the cells, picked by a seed that is printed; `NIJA_MATRIX_SEED` picks the same again and `NIJA_MATRIX=all`
/// takes all of them.
@Suite(.serialized) struct FaultMatrixTests {
  private static let seed =
    ProcessInfo.processInfo.environment["NIJA_MATRIX_SEED"].flatMap { UInt64($0) }
    ?? UInt64.random(in: 1...999_999)
  private static let takesAll = ProcessInfo.processInfo.environment["NIJA_MATRIX"] == "all"
  /// Rows at once: most of their time is waiting for time-outs.
  private static let width = 4

  @Test(.timeLimit(.minutes(30)), arguments: ["kraken", "coinbase"])
  func `whatever fails, a plugin says what is known and no more`(_ name: String) async throws {
    let subject = try Ground.subject(name)
    let started = ContinuousClock.now
    let cells = try await Self.cells(subject)
    let took = ContinuousClock.now - started
    print(Self.table(name, cells))
    let broken = cells.filter { !$0.broken.isEmpty }
    print(
      "fault matrix \(name): \(cells.count) cells\(Self.takesAll ? "" : ", seed \(Self.seed)"), "
        + "\(broken.count) against the rules, \(took.components.seconds) s")
    for cell in broken { Issue.record("\(cell.operation) × \(cell.fault): \(cell.report): \(cell.broken)") }
    #expect(cells.count > 300)
  }

  private static func cells(_ subject: PluginKind) async throws -> [MatrixCell] {
    let capabilities = subject.spec.capabilities
    let operations = MatrixOperation.all.filter { $0.capability.map(capabilities.contains) ?? true }
    let all = MatrixFaults.all(subject.name)
    return try await Ground.withChildren { children in
      let transport = try CurlTransport(.conformance)
      let venues = Ground.venues(subject, children)
      let rows = operations.map { operation in
        MatrixRow(
          subject: subject, operation: operation,
          faults: all.filter { isTaken(subject.name, operation.name, $0.text) }, venues: venues, transport: transport)
      }
      return try await filled(rows)
    }
  }

  private static func filled(_ rows: [MatrixRow]) async throws -> [MatrixCell] {
    try await withThrowingTaskGroup(of: [MatrixCell].self) { group in
      var rest = rows[...]
      var cells: [MatrixCell] = []
      for row in rest.prefix(width) { group.addTask { try await row.run() } }
      rest = rest.dropFirst(width)
      while let filled = try await group.next() {
        cells += filled
        if let row = rest.popFirst() { group.addTask { try await row.run() } }
      }
      return cells
    }
  }

  /// FNV-1a: the same in every process, unlike the hash of the standard library.
  private static func isTaken(_ parts: String...) -> Bool {
    guard !takesAll else { return true }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (seed &* 0x9e37_79b9_7f4a_7c15)
    for byte in parts.joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (hash >> 20) % 3 == 0
  }

  /// A line for each fault and report, with the operations that it was for.
  private static func table(_ name: String, _ cells: [MatrixCell]) -> String {
    var lines: [String] = []
    for fault in MatrixFaults.all(name).map(\.text) {
      let reports = Dictionary(grouping: cells.filter { $0.fault == fault }, by: \.report)
      for (report, cells) in reports.sorted(by: { $0.key < $1.key }) {
        let operations = cells.map { $0.broken.isEmpty ? $0.operation : "✗" + $0.operation }.sorted()
        lines.append("| \(name) | \(fault) | \(report) | \(operations.joined(separator: ", ")) |")
      }
    }
    return "| venue | fault | reported | operations |\n|---|---|---|---|\n" + lines.joined(separator: "\n")
  }
}
