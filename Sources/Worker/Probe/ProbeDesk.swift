import Core
import Synchronization

/// Takes the host's questions to an account that runs, and has them answered by its own plugin beside its loop: one
/// look at a time, whose calls stand in the same line as every other call of the key.
final class ProbeDesk: Sendable {
  private struct State {
    var look: (@Sendable (Bool) async -> ProbeReport)?
    var isLooking = false
  }

  private let state = Mutex(State())
  private let answer: @Sendable (ProbeReport) -> Void

  /// - Parameter answer: sends a report up.
  init(answer: @escaping @Sendable (ProbeReport) -> Void) { self.answer = answer }

  /// From now on there is something to look with.
  /// - Parameter look: one whole look, bounded; told whether to read the venue's clock too.
  func open(_ look: @escaping @Sendable (Bool) async -> ProbeReport) { state.withLock { $0.look = look } }

  /// The host asks. What is asked while a look is under way is answered by that one.
  func ask(withClock: Bool) {
    enum Step {
      case start(@Sendable (Bool) async -> ProbeReport)
      case joined, closed
    }
    let step: Step = state.withLock { state in
      guard let look = state.look else { return .closed }
      guard !state.isLooking else { return .joined }
      state.isLooking = true
      return .start(look)
    }
    switch step {
    case .joined: break
    case .closed: answer(.notAsked("the worker has not taken its key up yet"))
    case .start(let look):
      Task.detached { [self] in
        let report = await look(withClock)
        state.withLock { $0.isLooking = false }
        answer(report)
      }
    }
  }
}

extension ProbeReport {
  /// Nothing was asked.
  static func notAsked(_ reason: String) -> ProbeReport {
    ProbeReport(clock: .notAsked(reason), permissions: .notAsked(reason), balances: .notAsked(reason))
  }
}
