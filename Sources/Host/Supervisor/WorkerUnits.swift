import Config
import Core

extension WorkerUnit {
  /// Every worker that a manifest asks for, in its order, each brokerage's feed before its accounts; what is not to run
  /// is there too, held with its reason.
  static func all(of context: HostContext, at now: Timestamp) -> [WorkerUnit] {
    var units: [WorkerUnit] = []
    var feeds: Set<WorkerID> = []
    for plan in context.manifest.accounts {
      let hold = Holds.hold(for: plan, isLive: context.isLive)
      let feed = WorkerID.feed(of: plan)
      if hold == nil, feeds.insert(feed).inserted {
        units.append(WorkerUnit(feed, plan, Holds.notStarted, context, at: now))
      }
      units.append(WorkerUnit(.account(plan), plan, hold ?? Holds.notStarted, context, at: now))
    }
    return units
  }

  private init(_ id: WorkerID, _ plan: AccountPlan, _ hold: Hold, _ context: HostContext, at now: Timestamp) {
    let subject = Phrases.Subject(plan, title: context.plugin(of: plan)?.title)
    let lifecycle = WorkerLifecycle(
      hold: hold, policy: context.policy(for: plan), expectedBuild: context.programs.workerBuild)
    self.init(id: id, plan: plan, lifecycle: lifecycle, phrases: Phrases(subject), at: now)
  }
}

extension Phrases.Subject {
  /// - Parameter title: the plugin's name for people.
  init(_ plan: AccountPlan, title: String?) {
    self.init(broker: plan.broker, brokerTitle: title ?? plan.plugin, user: plan.user, name: plan.name)
  }
}
