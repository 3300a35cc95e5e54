import Broker
import Config
import Descriptor
import Foundation
import Synchronization
import Testing

/// Operations that a program carries out, as a file says them.
@Suite struct ProgramReadingTests {
  private static let digest = String(repeating: "0", count: 64)
  private static let programs = "programs: {py: {file: a/sample.py, sha256: \(digest), arguments: [-v]}}\noperations:\n"
  private static let balances = "{effect: safe, signed: true, call: GET /account"

  /// The sample with a program that carries out its balances, with or without a call.
  private static func text(_ balances: String) throws -> String {
    let lines = Sample.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("  balances:") ? "  balances: \(balances)" : String(line)
    }
    let text = lines.joined(separator: "\n").replacing("\noperations:\n", with: "\n" + programs)
    try #require(text.contains(programs) && text.contains(balances))
    return text
  }

  @Test func `an operation without a call is its program's alone, and needs no test of the file's`() throws {
    let reading = Sample.read(try Self.text("{process: py, effect: safe, cost: {weight: 20}}"))
    #expect(reading.diagnostics.map(\.description) == [])
    let descriptor = try #require(reading.descriptor)
    #expect(descriptor.undescribed == [.balances] && descriptor[.balances] == nil)
    let delegation = try #require(descriptor.delegations[.balances])
    #expect(delegation.program == "py" && delegation.cost == ["weight": 20] && delegation.then.isEmpty)
    #expect(descriptor.operations(of: "py") == [.balances])
    let program = try #require(descriptor.programs.first)
    #expect(program.file == "a/sample.py" && program.digest == Self.digest && program.arguments == ["-v"])
    // The sample's own test of balances cannot show anything any more.
    let result = try #require(OwnTests.run(descriptor).first { !$0.hasPassed })
    #expect(result.differences.first?.contains("balances is a program's") == true)
  }

  @Test func `with a call beside it the stand-in venue knows how it looks`() throws {
    let whole =
      "{process: py, effect: safe, signed: true, call: GET /account, rows: \"balances[]\", "
      + "read: {currency: asset, available: free, held: locked}, cost: {weight: 20}}"
    let descriptor = try #require(Sample.read(try Self.text(whole)).descriptor)
    #expect(descriptor.undescribed.isEmpty && descriptor[.balances]?.call.rows != nil)
    let plain = try #require(Sample.read(Sample.text).descriptor)
    #expect(!descriptor.behaves(as: plain), "who carries it out is behaviour")
    #expect(descriptor.behaves(as: try #require(Sample.read(try Self.text(whole)).descriptor)))
  }

  @Test func `programs are asked when all else is in order, and what is wrong has its place`() throws {
    let text = try Self.text("{process: py, effect: safe, cost: {weight: 20}}")
    let asked = Mutex<[String]>([])
    func read(_ text: String, _ finding: OperationProgramFinding) -> DescriptorReading {
      DescriptorReader(files: .system) { program, operations, folder in
        asked.withLock { $0.append("\(folder)/\(program.file) \(operations.sorted())") }
        return finding
      }.read(Array(text.utf8), file: "/some/where/sample.yaml")
    }
    let offered = read(text, .offers("x"))
    #expect(offered.diagnostics.isEmpty && offered.programs == ["py": .offers("x")])
    #expect(asked.withLock { $0 } == [#"/some/where/a/sample.py ["balances"]"#])
    let unusable = read(text, .unusable("it is away"))
    #expect(
      unusable.descriptor != nil
        && unusable.diagnostics.map(\.description) == [
          "/some/where/sample.yaml:21:23: warning: programs.py: it is away; its accounts are parked"
        ])
    let mistaken = read(text, .mistake("it runs other files"))
    #expect(mistaken.descriptor == nil && mistaken.errors.map(\.path) == ["programs.py"])
    // No program is started for a file that is not in order.
    let count = asked.withLock { $0.count }
    #expect(read(text.replacing("unique: open", with: "unique: never"), .offers("x")).descriptor == nil)
    #expect(asked.withLock { $0.count } == count)
  }
}
