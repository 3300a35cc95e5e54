import Broker
import Config
import Core
import Messages
import NIOPosix
import Registry

/// The running host: supervisor, control socket and HTTP under one roof, ended by the supervisor's end.
final class HostService: Sendable {
  let children = Children()
  private let manifest: Manifest
  private let state: StateDirectory
  private let log: Log
  private let context: HostContext
  private let supervisor: Supervisor

  init(manifest: Manifest, state: StateDirectory, programs: Programs, isLive: Bool, log: Log) {
    self.manifest = manifest
    self.state = state
    self.log = log
    context = HostContext(
      manifest: manifest, isLive: isLive, programs: programs, settings: .system(state: state.path),
      plugins: Registry.plugins.map { $0.spec.declaration }, credentials: CredentialCheck(variable: Programs.variable),
      children: children, group: MultiThreadedEventLoopGroup.singleton, log: log, clock: WallClock(),
      pluginPrograms: PluginPrograms(manifest.accounts))
    supervisor = Supervisor(context)
  }

  /// Runs until drained.
  /// - Returns: the exit code.
  func run() async -> Int32 {
    say(
      .info, "host_started",
      "nija-host \(Build.version) (worker \(context.programs.workerBuild ?? "missing")): \(manifest.accounts.count) accounts from \(manifest.file), mode \(manifest.mode.rawValue), state \(state.path)",
      ["version": Build.version, "manifest": manifest.hash])
    clearSandboxKeys()
    let status: @Sendable () async -> HostStatus = { [supervisor] in await supervisor.status }
    await withTaskGroup(of: Bool.self) { tasks in
      tasks.addTask {
        await self.serveControl(status); return false
      }
      tasks.addTask {
        await self.serveHTTP(status); return false
      }
      tasks.addTask {
        await self.supervisor.run(); return true
      }
      while let isEnd = await tasks.next() {
        if isEnd { tasks.cancelAll() }
      }
    }
    say(.info, "host_stopped", "every worker has ended; the host leaves")
    log.flush()
    return 0
  }

  /// Lets every worker finish.
  func drain() async {
    say(.info, "host_draining", "told to leave: workers finish what is in flight, at most 10 s")
    await supervisor.drain()
  }

  /// For SIGHUP.
  func refuseReload() {
    say(.warning, "reload_refused", "SIGHUP: this version cannot apply an edited manifest; restart the host")
  }

  private func serveControl(_ status: @escaping @Sendable () async -> HostStatus) async {
    do {
      let server = ControlServer(status: status, probe: { [supervisor] in await supervisor.probe($0) })
      try await server.run(path: ControlServer.path(inState: state.path), group: context.group)
    } catch {
      if !Task.isCancelled {
        say(.error, "control_failed", "the control socket is gone, so status cannot ask: \(error)")
      }
    }
  }

  private func serveHTTP(_ status: @escaping @Sendable () async -> HostStatus) async {
    guard let address = manifest.listen else { return }
    let server = HTTPServer(status: status, token: adminToken())
    do {
      let bound = try await server.bind(address, port: Programs.variable("PORT"), group: context.group)
      say(
        .info, "listening", "dashboard, health and status at http://\(bound.address)/",
        ["address": bound.address.description])
      try await server.run(bound)
    } catch {
      // Accounts go on without a dashboard: it is no reason not to trade.
      if !Task.isCancelled { say(.error, "listen_failed", "no dashboard: cannot serve at \(address): \(error)") }
    }
  }

  private func adminToken() -> Secret? {
    guard let reference = manifest.adminToken else { return nil }
    let slot = CredentialSlot("admin_token", .text, doc: "The bearer token for HTTP.")
    do {
      return try context.credentials.secret(for: CredentialBinding(slot: slot, reference: reference))
    } catch {
      say(.warning, "admin_token_missing", "admin_token \(reference.name): \(error.message); nothing accepts a token")
      return nil
    }
  }

  /// Keys of the sandbox end with the host that had them made.
  private func clearSandboxKeys() {
    do {
      let folder = try state.subdirectory("sandbox/keys")
      try StateDirectory.clear(folder)
    } catch {
      say(.warning, "sandbox_keys_kept", "\(error)")
    }
  }

  private func say(_ level: LogEvent.Level, _ event: String, _ text: String, _ fields: [String: String] = [:]) {
    log.write("host", LogEvent(level, event, text, fields: fields))
  }
}

extension SettingsBuilder {
  /// Settings as this machine and person have them.
  /// - Parameter state: the state folder, absolute.
  static func system(state: String) -> SettingsBuilder {
    let home = Programs.variable("HOME") ?? "/root"
    let base = Programs.variable("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/.local/state"
    return SettingsBuilder(
      state: state, keys: "\(base)/nija/keys", certificatesDirectory: Programs.variable("SSL_CERT_DIR"))
  }
}
