import Config
import Core
import Glibc
import Messages

/// What is told to whoever asks.
extension Supervisor {
  /// Everything that is known now.
  var status: HostStatus {
    HostStatus(
      pid: getpid(), startedAt: startedAt, mode: context.manifest.mode.rawValue, manifest: context.manifest.hash,
      sandboxProcess: sandboxProcess, accounts: order.compactMap { id in units[id].flatMap { accountStatus($0) } },
      feeds: order.compactMap { id in units[id].flatMap { feedStatus($0) } })
  }

  private func accountStatus(_ unit: WorkerUnit) -> AccountStatus? {
    guard unit.id.role == .account else { return nil }
    let plan = unit.plan
    return AccountStatus(
      id: plan.id, broker: plan.broker, plugin: plan.plugin, role: plan.role.rawValue, name: plan.name,
      mode: plan.mode.rawValue, control: plan.control.rawValue, standing: unit.standing,
      process: unit.livingProcess, restarts: unit.lifecycle.restarts, declaredAt: startedAt, boundAt: unit.boundAt,
      report: unit.report, isReportCurrent: unit.isReportCurrent,
      clock: clocks[.feed(of: plan)]?.outcome?.fact ?? units[.feed(of: plan)]?.feed?.clock)
  }

  private func feedStatus(_ unit: WorkerUnit) -> FeedStatus? {
    guard unit.id.role == .feed else { return nil }
    return FeedStatus(
      broker: unit.id.name, mode: unit.id.mode, standing: unit.standing, process: unit.livingProcess,
      restarts: unit.lifecycle.restarts, report: unit.feed)
  }
}
