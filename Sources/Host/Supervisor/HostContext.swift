import Broker
import Config
import Core
import NIOCore

/// Everything the supervisor acts with: passed in, so that tests can pass another.
struct HostContext: Sendable {
  let manifest: Manifest
  /// Whether `--live` was given.
  let isLive: Bool
  let programs: Programs
  let settings: SettingsBuilder
  let plugins: [PluginDeclaration]
  let credentials: CredentialCheck
  let children: Children
  let group: any EventLoopGroup
  let log: Log
  let clock: any ProtocolClock
  var policy = RestartPolicy()
  /// The programs that plugins are.
  var pluginPrograms = PluginPrograms()

  /// What a plugin declares of itself.
  func plugin(of plan: AccountPlan) -> PluginDeclaration? {
    if case .descriptor(let file) = plan.source { return file.declaration }
    if case .process(let file) = plan.source { return file.outline.declaration }
    return plugins.first { $0.name == plan.plugin }
  }

  /// An account's own restart rule on top of the time limits.
  func policy(for plan: AccountPlan) -> RestartPolicy {
    var policy = policy
    policy.limit = plan.restart.limit
    policy.window = plan.restart.within
    return policy
  }
}

/// The memory a brokerage's feed publishes in: made when the host starts and kept while workers come and go.
final class FeedBook: Sendable {
  let descriptor: Descriptor

  init(broker: String) throws(SystemError) { descriptor = try .memory(named: "nija-book-\(broker)") }
}
