public import Broker
internal import Core

/// Puts a plugin through the cases at venues made for it.
public struct ConformanceSuite: Sendable {
  let subject: PluginKind
  let venues: any ConformanceVenues
  let transport: any Transport
  /// Cases at once: most of their time is waiting for the plugin's own call budget.
  private let width: Int

  /// A suite for one plugin.
  /// - Parameter transport: how its requests leave; its settings bound every wait for the venue.
  public init(
    _ subject: PluginKind, venues: any ConformanceVenues, transport: any Transport, width: Int = 8
  ) {
    self.subject = subject
    self.venues = venues
    self.transport = transport
    self.width = max(1, width)
  }

  /// Runs the cases and tells each, in their order, as soon as it and those before it are done.
  public func run(
    _ cases: [ConformanceCase] = ConformanceSuite.cases, report: @escaping @Sendable (CaseResult) -> Void = { _ in }
  ) async -> ConformanceReport {
    let shared: Result<Ground, VenueTrouble> = await ground(speed: 1)
    var results: [Int: CaseResult] = [:]
    var told = 0
    await withTaskGroup(of: (Int, CaseResult).self) { group in
      var next = 0
      func start() {
        guard cases.indices.contains(next) else { return }
        let (number, item) = (next, cases[next])
        group.addTask { (number, await self.run(item, shared)) }
        next += 1
      }
      for _ in 0..<width { start() }
      for await (number, result) in group {
        results[number] = result
        while let ready = results[told] {
          report(ready)
          told += 1
        }
        start()
      }
    }
    if case .success(let ground) = shared { await ground.venue.close() }
    return ConformanceReport(results: cases.indices.compactMap { results[$0] })
  }

  /// A venue and what its public side says, read once.
  struct Ground: Sendable {
    let venue: any ConformanceVenue
    let survey: Result<Survey, Mismatch>
  }

  private func ground(speed: Int) async -> Result<Ground, VenueTrouble> {
    do throws(VenueTrouble) {
      let venue = try await venues.open(speed: speed)
      let found = await Bounded.run(within: .seconds(30)) { await Survey.take(subject, venue, transport) }
      return .success(
        Ground(
          venue: venue,
          survey: found ?? .failure(Mismatch(expected: "instruments and a quote", seen: "nothing within 30 s"))))
    } catch {
      return .failure(error)
    }
  }

  private func run(_ item: ConformanceCase, _ shared: Result<Ground, VenueTrouble>) async -> CaseResult {
    let started = ContinuousClock.now
    let outcome = await outcome(item, shared)
    return CaseResult(
      name: item.name, capability: item.capability, outcome: outcome, took: started.duration(to: .now))
  }

  private func outcome(_ item: ConformanceCase, _ shared: Result<Ground, VenueTrouble>) async -> CaseOutcome {
    guard case .own(let speed) = item.place else { return await outcome(item, at: shared) }
    let own = await ground(speed: speed)
    let outcome = await outcome(item, at: own)
    if case .success(let ground) = own { await ground.venue.close() }
    return outcome
  }

  private func outcome(_ item: ConformanceCase, at ground: Result<Ground, VenueTrouble>) async -> CaseOutcome {
    switch ground {
    case .failure(let trouble): return .failed(Mismatch(expected: "a venue", seen: trouble.description))
    case .success(let ground):
      let outcome = await Bounded.run(within: item.bound) { await attempt(item, ground) }
      return outcome
        ?? .failed(Mismatch(expected: "an end within \(item.bound)", seen: "it was still under way and was given up"))
    }
  }

  private func attempt(_ item: ConformanceCase, _ ground: Ground) async -> CaseOutcome {
    do {
      let trial = Trial(subject, ground.venue, try ground.survey.get(), transport)
      if let capability = item.capability, !subject.spec.capabilities.contains(capability) {
        return .notApplicable(try await Undeclared.prove(capability, trial))
      }
      try await item.body(trial)
      return .passed
    } catch let mismatch as Mismatch {
      return .failed(mismatch)
    } catch let error as BrokerError {
      return .failed(Mismatch(expected: "no error", seen: error.description))
    } catch let trouble as VenueTrouble {
      return .failed(Mismatch(expected: "a venue that can be asked", seen: trouble.description))
    } catch {
      return .failed(Mismatch(expected: "no error", seen: "\(error)"))
    }
  }
}

/// Gives up waiting, whatever is waited for.
enum Bounded {
  /// What `body` answers, or `nil` when it has not by then; it is cancelled, and if it does not heed that, left behind.
  static func run<Answer: Sendable>(
    within bound: Duration, _ body: @escaping @Sendable () async -> Answer
  ) async -> Answer? {
    let (answers, continuation) = AsyncStream<Answer?>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let work = Task { continuation.yield(await body()) }
    let watch = Task {
      if (try? await Task.sleep(for: bound)) != nil { continuation.yield(nil) }
    }
    defer {
      work.cancel()
      watch.cancel()
    }
    for await answer in answers { return answer }
    return nil
  }
}
