import Broker
import Core
import Messages
import Trading

extension WorkerLife {
  /// How long a probe waits for a predecessor that is about to let go of the key. A host that starts meanwhile waits
  /// longer for us than a whole probe takes.
  private static let probeKeyLimit = Duration.seconds(1)

  /// One look at the venue with the key held, sent up, and the end.
  func runProbe() async throws(TraderRefusal) -> ExitCode {
    let transport = try makeTransport()
    // The clock needs no key: it is read whatever becomes of the key.
    let stranger = Prober(plugin: try makePlugin(transport, [:], key: nil), clock: clock)
    async let offset =
      probesClock ? stranger.clockOffset() : .notAsked("another account of this venue tells it")
    let account = await holdAndAsk(transport)
    var report = ProbeReport(clock: await offset, permissions: account.permissions, balances: account.balances)
    let hasUsualName = account.balances.fact?.contains { $0.currency == settings.markets.quote }
    if probesClock, hasUsualName == false { report.currencyNames = await stranger.currencyNames() }
    link.send(.probed(report))
    return .drained
  }

  private typealias Account = (permissions: ProbeOutcome<KeyPermissions>, balances: ProbeOutcome<[Balance]>)

  private func holdAndAsk(_ transport: CurlTransport) async -> Account {
    let failure: ProbeFailure
    do throws(KeyFileError) {
      let key = try await KeyFile.open(
        KeyPlace(settings.keyFile), scale: NonceScale(options: settings.options), wait: Self.probeKeyLimit,
        clock: clock)
      return await ask(transport, key)
    } catch {
      failure = ProbeFailure(error)
    }
    return (.failed(failure), .notAsked("the key was not used"))
  }

  private func ask(_ transport: CurlTransport, _ key: KeyFile) async -> Account {
    do throws(TraderRefusal) {
      return await Prober(plugin: try makePlugin(transport, secrets, key: key), clock: clock).account()
    } catch {
      let failure = ProbeFailure(
        code: BrokerError.Code.misconfigured.rawValue, message: error.reason, nextStep: error.nextStep)
      return (.failed(failure), .notAsked("the key was not used"))
    }
  }

  /// Lets the host ask this account: with its own plugin, on the transport's thread.
  /// - Parameter trader: takes note of what was seen, once there is one.
  func openDesk(_ plugin: any BrokerPlugin, _ transport: CurlTransport, _ trader: Trader? = nil) {
    let prober = Prober(plugin: plugin, clock: clock)
    desk.open { withClock in
      await withTaskExecutorPreference(transport.executor) {
        let report = await prober.look(withClock: withClock)
        await trader?.observed(report)
        return report
      }
    }
  }
}

extension ProbeFailure {
  init(_ error: KeyFileError) {
    guard case .held(let process) = error else {
      self.init(code: BrokerError.Code.misconfigured.rawValue, message: error.description)
      return
    }
    let holder = process.map { "process \($0)" } ?? "another process"
    self.init(
      code: Self.keyInUse, message: "this key is in use by \(holder), so nothing was asked with it",
      nextStep: "stop \(holder), or check with the manifest of the host that runs it")
  }
}
