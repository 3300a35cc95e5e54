import Config
import Core
import Glibc
import Messages
import NIOPosix
import Synchronization

/// Has one account looked at by a worker of its own, made for one look and gone after it.
struct ProbeWorker: Sendable {
  let programs: Programs
  let children: Children

  /// More than a worker takes for its start and its bounded steps.
  private static let limit = Duration.seconds(35)

  /// What the worker said of interest.
  private struct Heard {
    var report: ProbeReport?
    var fault: String?
  }

  /// Starts the worker, hands it the secrets once it has locked itself in, and waits for its report and its end.
  func look(
    _ plan: AccountPlan, settings: WorkerSettings, secrets: [String: Secret], withClock: Bool
  ) async throws(ProbeFailure) -> ProbeReport {
    let process: WorkerProcess
    do {
      let nothing = try Descriptor.open("/dev/null", O_RDONLY)
      process = try .start(
        .probe(plan), generation: 1, programs: programs, children: children, book: nothing,
        plugins: try PluginPrograms([plan]).programs(of: plan))
    } catch {
      throw ProbeFailure(code: "not_started", message: "\(error)", nextStep: "build nija-worker beside nija-host")
    }
    process.say(.hello(build: programs.workerBuild ?? ""))
    var settings = settings
    settings.note(started: process.plugins)
    process.say(.settings(settings))
    let heard = Mutex(Heard())
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        try? await Task.sleep(for: Self.limit)
        if !Task.isCancelled { children.signal(process.process, SIGKILL) }
      }
      await process.run(group: MultiThreadedEventLoopGroup.singleton, children: children) { news in
        take(news, process, secrets, withClock, heard)
      }
      tasks.cancelAll()
    }
    return try heard.withLock { heard throws(ProbeFailure) in
      if let report = heard.report { return report }
      throw ProbeFailure(
        code: "no_report", message: heard.fault ?? "the probe's worker ended without a word",
        nextStep: "check again; a worker that was rebuilt needs its host rebuilt too")
    }
  }

  private func take(
    _ news: WorkerProcess.News, _ process: WorkerProcess, _ secrets: [String: Secret], _ withClock: Bool,
    _ heard: borrowing Mutex<Heard>
  ) {
    switch news {
    case .said(.hello(let build)) where build != programs.workerBuild:
      heard.withLock { $0.fault = "nija-worker was rebuilt meanwhile: it is \(build)" }
      children.signal(process.process, SIGKILL)
    case .said(.readyForSecrets):
      process.say(.secrets(secrets))
      process.say(.probe(withClock: withClock))
    case .said(.probed(let report)): heard.withLock { $0.report = report }
    case .said(.event(let event)) where event.level == .error:
      heard.withLock { $0.fault = $0.fault ?? event.text }
    case .exited(let exit): heard.withLock { $0.fault = $0.fault ?? "the probe's worker ended by \(exit)" }
    case .said, .printed, .linkFailed: break
    }
  }
}
