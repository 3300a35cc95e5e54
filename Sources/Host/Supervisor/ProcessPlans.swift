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

  /// Why a program of its plugin cannot be run; `nil` where all can.
  var programProblem: String? {
    switch source {
    case .registered: return nil
    case .descriptor(let file):
      guard let program = file.programs.first(where: { $0.offer == nil }) else { return nil }
      return program.problem ?? "the program \(program.name) was not asked"
    case .process(let file):
      switch file.outline {
      case .declares: return nil
      case .mistake(let reason), .unusable(let reason): return reason
      }
    }
  }

  /// The venue of the sandbox that stands in for this account's brokerage.
  var sandboxVenue: String {
    if case .declares(_, _, let standIn?) = program?.outline { return standIn }
    return operationPrograms.lazy.compactMap(\.standIn).first ?? plugin
  }

  /// What its plugin declares, for those that a program implements.
  var programSpec: PluginSpec? {
    guard case .declares(_, let text, _) = program?.outline else { return nil }
    return try? ProgramDeclaration(parsing: text).spec(named: plugin)
  }

  /// What a worker is told of its programs; their processes are added when they are started.
  var programOrigins: [ProgramOrigin] {
    if case .declares(_, let text, _) = program?.outline { return [ProgramOrigin(declaration: text)] }
    return operationPrograms.compactMap { file in
      file.offer.map { ProgramOrigin(name: file.name, declaration: $0) }
    }
  }

  /// Those that carry out single operations of its descriptor, in the order of their names.
  var operationPrograms: [OperationProgramFile] {
    guard case .descriptor(let file) = source else { return [] }
    return file.programs.filter { $0.offer != nil }.sorted { $0.name < $1.name }
  }
}

extension WorkerSettings.Role {
  /// How many plugins it makes: a probe one with the key and one without.
  var programCount: Int { self == .probe ? 2 : 1 }
}

/// The programs that a manifest's plugins are, opened once: every worker runs the same bytes until the host restarts.
struct PluginPrograms: Sendable {
  private var opened: [String: Result<[PluginProgram], PluginProgram.Trouble>] = [:]

  init(_ plans: [AccountPlan] = []) {
    for plan in plans where opened[plan.plugin] == nil {
      opened[plan.plugin] = Result { () throws(PluginProgram.Trouble) in try Self.open(plan) }
    }
  }

  private static func open(_ plan: AccountPlan) throws(PluginProgram.Trouble) -> [PluginProgram] {
    var programs: [PluginProgram] = []
    if let file = plan.program {
      programs.append(try PluginProgram(file.command, in: file.folder, digest: file.digest))
    }
    for file in plan.operationPrograms {
      programs.append(try PluginProgram(file.command, in: file.folder, digest: file.digest))
    }
    return programs
  }

  /// The programs of a plan's plugin, in the order in which its workers are told of them.
  func programs(of plan: AccountPlan) throws(PluginProgram.Trouble) -> [PluginProgram] {
    try opened[plan.plugin]?.get() ?? []
  }
}
