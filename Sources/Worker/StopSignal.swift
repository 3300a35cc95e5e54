import Core
import ProcessPlugins
import Synchronization

/// Set once: the loop finishes what is in flight and ends. Waiting on it is the only way a loop sleeps.
final class StopSignal: Sendable {
  /// Why the loop should end.
  enum Reason: Sendable {
    /// The host asked.
    case drain
    /// The host died: open nothing new.
    case orphaned
    /// The plugin's program did what no program may: only a fresh one helps, and that comes with a fresh worker.
    case programFailed(ProgramFault)

    /// What it makes of the worker's end.
    var exitCode: ExitCode {
      switch self {
      case .drain: .drained
      case .orphaned: .tryAgain
      case .programFailed(let fault): fault.isLasting ? .configuration : .programFailed
      }
    }
  }

  private struct State {
    var reason: Reason?
    var nextID = 0
    var sleepers: [Int: Task<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  /// Whether the loop should end.
  var isSet: Bool { reason != nil }
  /// Why, once it is set.
  var reason: Reason? { state.withLock { $0.reason } }

  /// Sets it; the first reason stays.
  func set(_ reason: Reason) {
    let sleepers = state.withLock { state in
      if state.reason == nil { state.reason = reason }
      return state.sleepers.values
    }
    for sleeper in sleepers { sleeper.cancel() }
  }

  /// Returns when it is set, or after `duration`.
  func wait(atMost duration: Duration) async {
    guard duration > .zero, !isSet else { return }
    let sleeper = Task.detached { () -> Void in try? await Task.sleep(for: duration) }
    let id = enter(sleeper)
    await sleeper.value
    state.withLock { $0.sleepers[id] = nil }
  }

  private func enter(_ sleeper: Task<Void, Never>) -> Int {
    state.withLock { state in
      state.nextID += 1
      state.sleepers[state.nextID] = sleeper
      if state.reason != nil { sleeper.cancel() }
      return state.nextID
    }
  }
}
