import Core
import Messages
import Trading

/// Drives one account's trader by the clock: start, cycles, exit checks between them, a report with every turn.
///
/// The report is the heartbeat: a loop that hangs sends none, and the host replaces the worker. While a step waits for a
/// venue, the reports go on for as long as calls end.
struct AccountLoop: Sendable {
  let settings: WorkerSettings
  let trader: Trader
  let clock: any ProtocolClock
  let link: HostLink
  let stop: StopSignal
  let memory: MemoryMeter
  let started: Timestamp
  let progress: Progress

  private static let heartbeat = Duration.seconds(1)
  /// Exit checks on the market clock, and the least of the wall they may take.
  private static let exitInterval = Duration.seconds(5)
  private static let leastExitPause = Duration.milliseconds(250)

  /// Runs until told to stop.
  /// - Throws: when the account cannot go on.
  func run() async throws(TraderRefusal) -> ExitCode {
    async let _ = progress.beat { await report() }
    try await start()
    let ticks = Ticks(
      cycle: max(settings.clock.wallDuration(of: settings.cycle), .milliseconds(100)),
      exits: max(settings.clock.wallDuration(of: Self.exitInterval), Self.leastExitPause))
    var nextCycle = clock.now, nextExits = clock.now
    while !stop.isSet {
      if clock.now >= nextCycle || nextCycle - clock.now > ticks.cycle {
        try await perform { trader throws(TraderError) in try await trader.cycle() }
        nextCycle = max(nextCycle + ticks.cycle, clock.now)
        nextExits = clock.now + ticks.exits
      } else if clock.now >= nextExits || nextExits - clock.now > ticks.exits {
        try await perform { trader throws(TraderError) in try await trader.exitsBetweenCycles() }
        nextExits = clock.now + ticks.exits
      }
      await report()
      await stop.wait(atMost: min(Self.heartbeat, nextCycle - clock.now, nextExits - clock.now))
    }
    await report()
    return stop.reason?.exitCode ?? .tryAgain
  }

  private struct Ticks {
    let cycle: Duration
    let exits: Duration
  }

  /// Up the ladder to the first reconciliation; a venue that fails is asked again, ever less often.
  private func start() async throws(TraderRefusal) {
    await trader.bound()
    var backoff = Duration.milliseconds(250)
    while !stop.isSet {
      await report()
      do throws(TraderError) {
        try await trader.start(processStarted: started)
        return await report()
      } catch .refused(let refusal) {
        throw refusal
      } catch {
        await trader.stalled(error)
        await report()
        await pause(error.pause ?? backoff)
        if error.pause == nil { backoff = min(backoff * 2, .seconds(30)) }
      }
    }
  }

  /// Waits while the heart goes on beating.
  private func pause(_ duration: Duration) async {
    let end = clock.now + duration
    while clock.now < end, !stop.isSet {
      await stop.wait(atMost: min(Self.heartbeat, end - clock.now))
      await report()
    }
  }

  private func perform(_ step: (Trader) async throws(TraderError) -> Void) async throws(TraderRefusal) {
    do throws(TraderError) {
      try await step(trader)
    } catch .refused(let refusal) {
      throw refusal
    } catch {
      await trader.stalled(error)
    }
  }

  private func report() async {
    var report = await trader.report
    report.memoryKiB = memory.proportionalKiB()
    link.send(.report(report))
  }
}
