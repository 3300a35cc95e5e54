import Broker
import Core
import Glibc
import Messages

/// One account's, one feed's or one probe's process. Started by the host alone: everything it needs comes over the inherited socket.
@main
struct Program {
  /// Seconds that the host may take for each of its first messages.
  private static let handshakeLimit = 20

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // A terminal's interrupt is for the host, which then asks us to drain.
    signal(SIGINT, SIG_IGN)
    let started = WallClock().now
    let memory = MemoryMeter()
    let link = HostLink()
    var told: WorkerSettings?
    do {
      let settings = try handshake(link)
      told = settings
      try lockIn(settings, link)
      let secrets = try settings.role == .feed ? [:] : secrets(link)
      let stop = StopSignal()
      let desk = ProbeDesk { link.send(.probed($0)) }
      let life = WorkerLife(
        settings: settings, secrets: secrets, link: link, stop: stop, memory: memory, started: started, desk: desk,
        probesClock: settings.role == .probe ? try probeRequest(link) : false)
      let run = Task.detached { exit(await life.run().rawValue) }
      listen(link, stop, desk) {
        // A probe only asks: there is nothing to finish.
        if settings.role == .probe { exit(ExitCode.tryAgain.rawValue) }
        cancel(run)
      }
    } catch {
      link.send(.event(LogEvent(.error, "worker_start_failed", "the worker cannot start: \(error)")))
      told?.endPrograms()
      exit(ExitCode.of(error).rawValue)
    }
  }

  /// Build ids first, both ways, then the settings.
  private static func handshake(_ link: HostLink) throws(StartFailure) -> WorkerSettings {
    let build = Build.identity(ofExecutable: "/proc/self/exe") ?? "unknown"
    link.send(.hello(build: build))
    guard case .hello(let expected) = try receive(link) else { throw .unexpectedMessage }
    guard expected == build else { throw .buildSkew(host: expected, worker: build) }
    guard case .settings(let settings) = try receive(link) else { throw .unexpectedMessage }
    return settings
  }

  private static func lockIn(_ settings: WorkerSettings, _ link: HostLink) throws(StartFailure) {
    let endpoint: Broker.Endpoint
    do { endpoint = try Broker.Endpoint(parsing: settings.endpoint) } catch { throw .badEndpoint(error.message) }
    var lock = LockIn(
      venuePort: endpoint.port, certificates: settings.certificatesDirectory ?? CurlSettings().certificateFolder)
    if settings.role != .feed {
      try makeFiles(settings)
      lock.writable =
        (settings.role == .account ? [settings.directory] : [])
        + KeyFile.paths(KeyPlace(settings.keyFile), copiesIn: settings.copyFolders)
    }
    do {
      if try lock.enter() == nil {
        link.send(.event(LogEvent(.warning, "no_landlock", "the kernel has no Landlock: files are not shut off")))
      }
    } catch { throw .lockIn(error.description) }
    link.send(.readyForSecrets)
  }

  /// What the lock-in opens up must exist before it.
  private static func makeFiles(_ settings: WorkerSettings) throws(StartFailure) {
    guard settings.role == .probe || mkdir(settings.directory, 0o700) == 0 || errno == EEXIST else {
      throw .files("\(settings.directory): \(String(cString: strerror(errno)))")
    }
    do {
      try KeyFile.make(
        KeyPlace(settings.keyFile), scale: NonceScale(options: settings.options),
        copiesIn: settings.copyFolders)
    } catch { throw .files(error.description) }
  }

  private static func secrets(_ link: HostLink) throws(StartFailure) -> [String: Secret] {
    guard case .secrets(let secrets) = try receive(link) else { throw .unexpectedMessage }
    return secrets
  }

  /// Whether a probe is to read the venue's clock too.
  private static func probeRequest(_ link: HostLink) throws(StartFailure) -> Bool {
    guard case .probe(let withClock) = try receive(link) else { throw .unexpectedMessage }
    return withClock
  }

  private static func receive(_ link: HostLink) throws(StartFailure) -> HostMessage {
    do { return try link.receive(limit: handshakeLimit) } catch { throw .link("\(error)") }
  }

  /// The main thread's whole life from here on: the host's word, or its death as end of file.
  private static func listen(
    _ link: HostLink, _ stop: StopSignal, _ desk: ProbeDesk, stopped: () -> Void
  ) -> Never {
    while true {
      do {
        switch try link.receive(limit: nil) {
        case .probe(let withClock): desk.ask(withClock: withClock)
        case .drain:
          stop.set(.drain)
          stopped()
        case .hello, .settings, .secrets: break
        }
      } catch {
        stop.set(.orphaned)
        stopped()
        while true { pause() }
      }
    }
  }
}

extension Program {
  /// What is in flight may finish for so long after the word to leave; then waits and calls are cancelled, and an order
  /// whose answer is cut off stays in the journal as unknown.
  private static let graceToFinish = Duration.seconds(6)

  private static func cancel(_ run: Task<Never, Never>) {
    Task.detached {
      try? await Task.sleep(for: graceToFinish)
      run.cancel()
    }
  }
}

extension WorkerSettings {
  /// Where a copy of the key's number lies besides its own folder.
  var copyFolders: [String] { role == .account ? [directory] : [] }
}

/// Why a worker could not begin.
enum StartFailure: Error, CustomStringConvertible {
  case link(String)
  case unexpectedMessage
  case buildSkew(host: String, worker: String)
  case badEndpoint(String)
  case lockIn(String)
  case files(String)

  var description: String {
    switch self {
    case .link(let cause): "the host's socket: \(cause)"
    case .unexpectedMessage: "the host said something else than the protocol asks for"
    case .buildSkew(let host, let worker):
      "the worker was rebuilt while the host ran (host expects \(host), worker is \(worker)): restart the host"
    case .badEndpoint(let cause): cause
    case .lockIn(let cause): "cannot lock in: \(cause)"
    case .files(let cause): "cannot make the account's files: \(cause)"
    }
  }
}

/// What a worker's end tells the host.
enum ExitCode: Int32 {
  case drained = 0
  case tryAgain = 75
  case programFailed = 70
  case credentials = 77
  case configuration = 78

  static func of(_ failure: StartFailure) -> ExitCode {
    switch failure {
    case .link: .tryAgain
    case .unexpectedMessage, .buildSkew, .badEndpoint, .lockIn, .files: .configuration
    }
  }
}
