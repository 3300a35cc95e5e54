import Broker
import Config
import Core
import Messages
import ProcessPlugins

/// Plans whose plugin is a program.
extension AccountPlan {
  /// The program, where it is one that answered.
  var program: ProgramFile? {
    if case .process(let file) = source, file.outline.declaration != nil { file } else { nil }
  }

  /// The venue of the sandbox that stands in for this account's brokerage.
  var sandboxVenue: String {
    if case .declares(_, _, let standIn?) = program?.outline { standIn } else { plugin }
  }

  /// What its plugin declares, for those that a program implements.
  var programSpec: PluginSpec? {
    guard case .declares(_, let text, _) = program?.outline else { return nil }
    return try? ProgramDeclaration(parsing: text).spec(named: plugin)
  }

  /// What a worker is told of it; its processes are added when they are started.
  var programOrigin: ProgramOrigin? {
    if case .declares(_, let text, _) = program?.outline { ProgramOrigin(declaration: text) } else { nil }
  }
}

extension WorkerSettings.Role {
  /// How many plugins it makes: a probe one with the key and one without.
  var programCount: Int { self == .probe ? 2 : 1 }
}

/// The programs that a manifest's plugins are, opened once: every worker runs the same bytes until the host restarts.
struct PluginPrograms: Sendable {
  private var opened: [String: Result<PluginProgram, PluginProgram.Trouble>] = [:]

  init(_ plans: [AccountPlan] = []) {
    for plan in plans where opened[plan.plugin] == nil {
      guard let file = plan.program else { continue }
      opened[plan.plugin] = Result { () throws(PluginProgram.Trouble) in
        try PluginProgram(file.command, in: file.folder, digest: file.digest)
      }
    }
  }

  /// The program of a plan's plugin; `nil` where that is none.
  func program(of plan: AccountPlan) throws(PluginProgram.Trouble) -> PluginProgram? {
    try opened[plan.plugin]?.get()
  }
}
