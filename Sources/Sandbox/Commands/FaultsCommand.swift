import ArgumentParser
import Core
import Glibc

/// `nija-sandbox faults`
struct FaultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faults", abstract: "Set the faults of a running sandbox from a file, or show what is set.",
    discussion: """
      With FILE its faults replace those that are set; without, those that are set are shown with how often each struck.
      Faults: \(FaultKind.names).
      Ends with 69 when no sandbox runs on the state directory, with 78 when the file has mistakes.
      """)

  @Option(help: "The sandbox's state directory.")
  var state: String
  @Flag(help: "Forget all faults.")
  var clear = false
  @Flag(help: "Print JSON.")
  var json = false
  @Argument(help: "The file (nija-faults/1).")
  var file: String?

  func validate() throws {
    guard file == nil || !clear else { throw ValidationError("either FILE or --clear") }
  }

  func run() throws {
    var request: JSONValue = clear ? ["do": "clear_faults"] : ["do": "faults"]
    if let file { request = ["do": "set_faults", "faults": .array(try Self.rules(file: file).map(\.json))] }
    let answer = try Self.ask(request, state)
    if !json, file != nil || clear {
      print(Self.count(file == nil ? "0" : answer["set"]?.text ?? "0"))
    } else if json {
      print(JSONValue(answer).encoded)
    } else {
      for fault in answer["faults"]?.elements ?? [] { print(Self.line(fault)) }
    }
  }

  private static func count(_ number: String) -> String {
    switch number {
    case "0": "no faults are set"
    case "1": "1 fault is set"
    default: "\(number) faults are set"
    }
  }

  /// What a file sets; its mistakes are told, and end the program with 78.
  /// - Parameters:
  ///   - derived: the venues that are made from descriptors; `nil` where only the running sandbox knows.
  ///   - accounts: those that there are; `nil` where nobody knows yet.
  static func rules(file: String, derived: Set<String>? = nil, accounts: [String]? = nil) throws -> [FaultRule] {
    let read = FaultFile(path: file, derived: derived, accounts: accounts)
    guard read.problems.isEmpty else {
      for problem in read.problems { StandardError.write(problem + "\n") }
      throw ExitCode(78)
    }
    return read.rules
  }

  private static func ask(_ request: JSONValue, _ state: String) throws -> JSON {
    do throws(ControlError) {
      return try ControlClient(directory: state).ask(request)
    } catch {
      StandardError.write("nija-sandbox: \(error.text)\n")
      throw ExitCode(error.isUnreachable ? 69 : 1)
    }
  }

  /// One fault for human eyes.
  private static func line(_ fault: JSON) -> String {
    let hidden: Set = ["id", "fault", "calls", "struck", "spent"]
    let members = (fault.members ?? []).filter { !hidden.contains($0.key) }
      .map { "\($0.key) \($0.value.text ?? "")" }
    let struck = "struck \(fault["struck"]?.text ?? "0") of \(fault["calls"]?.text ?? "0") calls"
    let spent = fault["spent"]?.boolean == true ? ", spent" : ""
    return ([fault["fault"]?.text ?? ""] + members + [struck + spent]).joined(separator: "  ")
  }
}
