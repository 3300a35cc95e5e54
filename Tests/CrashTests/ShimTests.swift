import Foundation
import Testing

/// The shim sees what it is there to end: SQLite's own writes and syncs, the mark, the key's file, the wire.
@Suite(.serialized) struct ShimTests {
  @Test(.timeLimit(.minutes(1)), arguments: ["kraken", "coinbase"])
  func `every write and sync of a life goes by the shim`(_ venue: String) async throws {
    let bench = try await CrashBench(venue)
    let account = try bench.openAccount()
    let trace = account.folder + "/trace"
    let outcome = try bench.run(
      account, plan: ["buy", "hold", "sell", "hold"], segmentRows: 12, trace: trace)
    #expect(outcome.status == 0, "\(outcome.text)")
    let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").map(String.init)
    let counts = Dictionary(calls.map { ($0, 1) }, uniquingKeysWith: +)
    print("\(venue): " + counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    for (kind, _) in KillPlan.journal + KillPlan.rotation + KillPlan.others {
      #expect(counts[kind, default: 0] > 0, "no \(kind) in \(counts)")
    }
    // A commit is acknowledged by the mark, and not before something was synced for it.
    for commit in calls.split(separator: "write mark", omittingEmptySubsequences: false).dropLast() {
      #expect(commit.contains { $0.hasPrefix("sync") && $0 != "sync key file" }, "\(commit)")
    }
    // What is not a file of the journal or of the key, nor the wire, would be a file that nobody thought of.
    #expect(counts.keys.filter { $0.hasSuffix("other") }.isEmpty, "\(counts)")
  }

  @Test func `a compiler that is missing is named`() throws {
    let error = #expect(throws: CrashShim.Missing.self) {
      try CrashShim.compile("crash.c", to: "/dev/null", compiler: "no-such-compiler")
    }
    #expect(error?.description.contains("needs no-such-compiler") == true)
  }
}
