import Config
import Core
import Messages

/// The venues of sandbox accounts.
extension Supervisor {
  func runSandbox() async {
    let requests = SandboxRequest.all(in: context.manifest)
    guard !requests.isEmpty else { return }
    let state = context.settings.state
    var descriptors: [String: String] = [:]
    do throws(SystemError) {
      descriptors = try SandboxDescriptors.write(for: context.manifest, in: state)
    } catch {
      context.log.write(
        "sandbox", LogEvent(.error, "sandbox_descriptors", "no venues are made from descriptors: \(error)"))
    }
    let runner = SandboxRunner(
      programs: context.programs, children: context.children,
      arguments: SandboxRunner.arguments(context.manifest, state: state, descriptors: descriptors), accounts: requests,
      group: context.group, deliver: { await self.take($0) })
    await runner.run()
  }

  private func take(_ news: SandboxRunner.News) {
    switch news {
    case .printed(let line): context.log.write("sandbox", LogEvent(.info, "sandbox_output", line))
    case .lost(let cause):
      sandboxProcess = nil
      context.log.write(
        "sandbox", LogEvent(.error, "sandbox_lost", "the venues are gone: \(cause); they are started again"))
    case .ready(let venues, let process): opened(venues, process)
    }
  }

  private func opened(_ venues: SandboxVenues, _ process: Int32) {
    self.venues = venues
    sandboxProcess = process
    let list = venues.endpoints.sorted { $0.key < $1.key }.map { "\($0.key) at \($0.value)" }.joined(separator: ", ")
    context.log.write(
      "sandbox", LogEvent(.info, "sandbox_ready", "the venues are there: \(list)", fields: venues.endpoints))
    // Feeds come with their first account.
    for id in order where id.mode == Mode.sandbox.rawValue && !isDraining {
      handle(.renew, id)
      if id.role == .account { release(id) }
    }
  }
}
