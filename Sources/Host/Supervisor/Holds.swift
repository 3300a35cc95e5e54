import Config
import Core

/// What keeps an account from running, whatever its worker could do: decided from the plan and the command line.
enum Holds {
  /// Before the first start, for an account that nothing stands against.
  static let notStarted = Hold(state: .starting, reason: "not started yet", nextStep: nil)
  /// Sandbox accounts until their venues answer.
  static let awaitingVenues = Hold(state: .starting, reason: "the sandbox's venues are starting", nextStep: nil)

  /// The names that the sandbox's own folders have beside the accounts'.
  private static let sandboxFolders = ["venue", "keys"]

  /// Why an account is not to run at all; `nil` when it may.
  /// - Parameter isLive: whether the host was started with `--live`.
  static func hold(for plan: AccountPlan, isLive: Bool) -> Hold? {
    if let file = plan.disabledIn {
      return Hold(
        state: .disabled, reason: "switched off by enabled: false in \(file)",
        nextStep: "set enabled: true in \(file), then restart the host")
    }
    if let hold = hold(forSourceOf: plan) { return hold }
    if plan.control == .mirror {
      return parked("control: mirror cannot be run by this version", "set control: independent")
    }
    return hold(forModeOf: plan, isLive: isLive)
  }

  /// Why what the plugin is made of is not to be used; `nil` when it may.
  static func hold(forSourceOf plan: AccountPlan) -> Hold? {
    let step = "use a brokerage whose prices need no key"
    switch plan.source {
    case .registered: return HostPlugins.obstacle(ofRegistered: plan.plugin).map { parked($0, step) }
    case .descriptor(let file):
      if let obstacle = file.obstacle { return parked(obstacle, step) }
      guard file.isProven || plan.mode == .sandbox else {
        return parked(
          "the descriptor \(file.file) brings no tests, so it may only reach the sandbox",
          "give it tests (docs/descriptors.md), or set mode: sandbox")
      }
      if let failure = file.failedTests.first, plan.mode != .sandbox {
        let more = file.failedTests.count - 1
        return parked(
          "its own tests fail: \(failure)" + (more > 0 ? ", and \(more) more" : ""),
          "look at nija-host check \(file.file), put the file or its tests right")
      }
      return plan.programProblem.map { parked($0, "put the program or its sha256 in \(file.file) right") }
    case .process: return plan.programProblem.map { parked($0, "put the program or its sha256 right") }
    }
  }

  private static func hold(forModeOf plan: AccountPlan, isLive: Bool) -> Hold? {
    switch plan.mode {
    case .paper: parked("mode: paper cannot be run by this version", "set mode: sandbox or mode: live")
    case .live where !isLive:
      parked("mode: live, but the host was started without --live", "start it with --live, or set mode: sandbox")
    case .sandbox where sandboxFolders.contains(plan.folder):
      parked("the sandbox keeps a folder of its own called \(plan.folder)", "give the broker another id")
    case .live, .sandbox: nil
    }
  }

  private static func parked(_ reason: String, _ nextStep: String) -> Hold {
    Hold(state: .parked, reason: reason, nextStep: "\(nextStep), then restart the host")
  }

  /// For credentials that are missing or unusable: each by the name of its variable or file.
  static func awaitingCredentials(_ findings: [CredentialCheck.Finding]) -> Hold {
    let bad = findings.filter { $0.problem != nil }
    return Hold(
      state: .awaitingCredentials, reason: "credentials not set: \(names(bad).joined(separator: ", "))",
      nextStep: nextStep(bad))
  }

  /// The names, each with what is wrong where it is more than not being set.
  static func names(_ findings: [CredentialCheck.Finding]) -> [String] {
    findings.compactMap { finding in
      switch finding.problem {
      case nil: nil
      case .missing: finding.place
      case .some(let problem): "\(finding.place) (\(problem.message))"
      }
    }
  }

  private static func nextStep(_ findings: [CredentialCheck.Finding]) -> String {
    var steps: [String] = []
    let variables = findings.filter { !$0.healsByItself }.map(\.place)
    let files = findings.filter(\.healsByItself).map { finding in
      if case .envFile(let name) = finding.binding.reference { "the file that \(name) names" } else { finding.place }
    }
    if !variables.isEmpty {
      steps.append(
        "set \(variables.joined(separator: ", ")) and restart the host, which sees no later change of a variable")
    }
    if !files.isEmpty {
      steps.append("put the value into \(files.joined(separator: ", ")), which is looked at every few seconds")
    }
    return steps.joined(separator: "; ")
  }
}
