import Config
import Core
import Glibc
import NIOCore
import NIOPosix

/// Keeps `nija-sandbox` running and tells when its venues are there: started with a pipe on standard input that is held
/// open, so that it ends with this host, however this host ends.
struct SandboxRunner: Sendable {
  /// What the supervisor hears.
  enum News: Sendable {
    case ready(SandboxVenues, process: Int32)
    case lost(cause: String)
    case printed(String)
  }

  let programs: Programs
  let children: Children
  /// The arguments behind `serve`.
  let arguments: [String]
  let accounts: [SandboxRequest]
  let group: any EventLoopGroup
  let deliver: @Sendable (News) async -> Void

  /// What `serve` is started with for a manifest.
  /// - Parameters:
  ///   - state: the state folder, absolute.
  ///   - descriptors: the files of the venues that are made from one, by the plugin's name.
  static func arguments(_ manifest: Manifest, state: String, descriptors: [String: String]) -> [String] {
    let derived = descriptors.sorted { $0.key < $1.key }.flatMap { ["--descriptor", "\($0.key)=\($0.value)"] }
    return [
      "--state", "\(state)/sandbox/venue", "--speed", manifest.sandbox.speed.description, "--seed",
      "\(manifest.sandbox.seed)", "--until-eof",
    ] + (manifest.sandbox.faults.map { ["--faults", $0] } ?? []) + derived
  }

  private static let announcementLimit = Duration.seconds(20)
  private static let policy = RestartPolicy()

  /// Runs until cancelled; a sandbox that ends is started again, with back-off.
  func run() async {
    var random = SystemRandomNumberGenerator()
    var attempt = 0
    while !Task.isCancelled {
      let started = ContinuousClock.now
      let cause = await runOnce()
      guard !Task.isCancelled else { return }
      await deliver(.lost(cause: cause))
      if started.duration(to: .now) > Self.policy.healthyAfter { attempt = 0 }
      try? await Task.sleep(for: Self.policy.delay(attempt: attempt, random: &random))
      attempt += 1
    }
  }

  /// One life of the sandbox.
  /// - Returns: why it ended.
  private func runOnce() async -> String {
    do {
      let input = try DescriptorPair.pipe()
      let output = try DescriptorPair.pipe()
      let process = try children.spawn(
        programs.sandbox, arguments: ["nija-sandbox", "serve"] + arguments, environment: Programs.environment(),
        descriptors: [input.first.number, output.second.number, output.second.number])
      return await attend(process, output: output.keepFirst(), hold: input.keepSecond())
    } catch {
      return "\(error)"
    }
  }

  private func attend(_ process: Int32, output: Int32, hold: Int32) async -> String {
    let reading = Task { await read(process, output) }
    let exit = await withTaskCancellationHandler {
      await children.exit(of: process)
    } onCancel: {
      // End of file on its standard input is its word to leave.
      close(hold)
      Task {
        try? await Task.sleep(for: .seconds(2))
        children.signal(process, SIGKILL)
      }
    }
    if !Task.isCancelled { close(hold) }
    // What it said last, why it could not start as a rule, is still in the pipe; whoever else holds that is not waited for.
    let impatience = Task {
      try? await Task.sleep(for: .seconds(2))
      reading.cancel()
    }
    let fault = await reading.value
    impatience.cancel()
    return fault ?? "nija-sandbox ended by \(exit)"
  }

  /// Reads its announcement, opens the accounts, then passes on what it prints.
  /// - Returns: what went wrong, if it was more than the end.
  private func read(_ process: Int32, _ output: Int32) async -> String? {
    do {
      let channel = try await NIOPipeBootstrap(group: group).takingOwnershipOfDescriptor(input: output) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder(limit: 16 << 10)))
          return try NIOAsyncChannel<String, Never>(wrappingChannelSynchronously: channel)
        }
      }
      let watchdog = Task {
        try await Task.sleep(for: Self.announcementLimit)
        children.signal(process, SIGKILL)
      }
      defer { watchdog.cancel() }
      return try await channel.executeThenClose { inbound, _ in
        for try await line in inbound {
          guard line.hasPrefix("{") else {
            await deliver(.printed(line))
            continue
          }
          watchdog.cancel()
          try await announce(line, process)
        }
        return nil
      }
    } catch {
      children.signal(process, SIGKILL)
      return "\(error)"
    }
  }

  private func announce(_ line: String, _ process: Int32) async throws {
    var venues = try SandboxVenues(announcement: line)
    let control = venues.control
    let requests = accounts
    venues.accounts = try await NIOThreadPool.singleton.runIfActive {
      var socket = try SandboxControl(control)
      var opened: [String: Result<SandboxVenues.Account, SandboxFault>] = [:]
      for request in requests {
        do throws(SandboxFault) {
          opened[request.id] = .success(try socket.open(request))
        } catch {
          opened[request.id] = .failure(error)
        }
      }
      return opened
    }
    await deliver(.ready(venues, process: process))
  }
}
