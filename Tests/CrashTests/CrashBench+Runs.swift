import Core
import Foundation
import Glibc
import Trading

/// Where a life is to end.
enum Kill: Hashable, CustomStringConvertible {
  /// At a numbered step of the order path, the so-manieth time it is come by.
  case step(OrderStep, times: Int)
  /// At one of the process's calls: of those of a class, or of all.
  case call(Int, of: String?, ending: Ending)

  /// How it ends at a call.
  enum Ending: CaseIterable { case before, torn, after }

  fileprivate func environment(record: String) throws -> [String: String] {
    switch self {
    case .step(let step, let times): return ["NIJA_CRASH_STEP": "\(step.rawValue):\(times)"]
    case .call(let number, let kind, let ending):
      var environment = [
        "LD_PRELOAD": try CrashShim.library(), "NIJA_CRASH_CALL": "\(number)", "NIJA_CRASH_RECORD": record,
      ]
      environment["NIJA_CRASH_CLASS"] = kind
      if ending == .torn { environment["NIJA_CRASH_TEAR"] = "1" }
      if ending == .after { environment["NIJA_CRASH_AFTER"] = "1" }
      return environment
    }
  }

  /// How a step is called in the tally.
  static func name(_ step: OrderStep) -> String {
    "step \(step.rawValue < 10 ? " " : "")\(step.rawValue) \(step)"
  }

  var description: String {
    switch self {
    case .step(let step, let times): "\(Self.name(step)), time \(times)"
    case .call(let number, let kind, let ending): "\(ending) \(kind ?? "call") \(number)"
    }
  }
}

/// How a life ended.
struct CrashOutcome {
  /// What it was ended at: a numbered step, or what the call did to which kind of file; `nil` when it ended by itself.
  var struck: String?
  var status: Int32
  var text: String
}

extension CrashBench {
  /// One life of the account's worker.
  /// - Parameters:
  ///   - plan: a word for each cycle.
  ///   - segmentRows: after how many rows a segment of the journal is sealed.
  ///   - mutation: the rule that the worker breaks.
  ///   - trace: a file for the classes of all its calls.
  func run(
    _ account: Account, plan: [String], segmentRows: Int, kill: Kill? = nil, mutation: String? = nil,
    trace: String? = nil
  ) throws -> CrashOutcome {
    let record = account.folder + "/struck"
    try? FileManager.default.removeItem(atPath: record)
    var environment = ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]
    environment["NIJA_MUTATION"] = mutation
    if let trace {
      environment["NIJA_CRASH_TRACE"] = trace
      environment["LD_PRELOAD"] = try CrashShim.library()
    }
    if let kill { environment.merge(try kill.environment(record: record)) { $1 } }
    let process = Process(), input = Pipe(), output = Pipe()
    process.executableURL = Self.programs.appending(path: "CrashRunner")
    process.environment = environment
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    input.fileHandleForWriting.write(Data((try orders(account, plan, segmentRows).encoded + "\n").utf8))
    try input.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let wasKilled = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
    var outcome = CrashOutcome(struck: nil, status: process.terminationStatus, text: text)
    guard wasKilled, let kill else { return outcome }
    switch kill {
    case .step(let step, _): outcome.struck = Kill.name(step)
    case .call:
      let recorded = try String(contentsOfFile: record, encoding: .utf8)
      outcome.struck = recorded.trimmingCharacters(in: .newlines)
    }
    return outcome
  }

  private func orders(_ account: Account, _ plan: [String], _ segmentRows: Int) throws -> JSONValue {
    let offset = try venueNow() - WallClock().now
    let credentials = (account.credentials.members ?? []).map {
      (key: $0.key, value: JSONValue.string($0.value.text ?? ""))
    }
    return [
      "venue": .string(venue), "endpoint": .string(endpoint), "directory": .string(account.journal),
      "key_file": .string(account.folder + "/keys/key"), "book": .string(folder + "/book"),
      "control": .string(folder + "/sandbox/control.sock"), "offset": .integer(Int(offset.components.seconds)),
      "credentials": .object(credentials), "plan": .array(plan.map(JSONValue.string)), "stops": .boolean(true),
      "segment_rows": .integer(segmentRows),
    ]
  }
}
