internal import Synchronization

/// Where the words for one call wait for its caller, the only one who takes them.
final class Mailbox: Sendable {
  private struct State {
    var words: [ProgramWord] = []
    var reader: CheckedContinuation<ProgramWord?, Never>?
    var isCancelled = false
  }

  private let state = Mutex(State())

  func put(_ word: ProgramWord) {
    let reader = state.withLock { state in
      if state.reader == nil { state.words.append(word) }
      return state.reader.take()
    }
    reader?.resume(returning: word)
  }

  /// The next word; `nil` when the task is cancelled.
  func next() async -> ProgramWord? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isReady, word) = state.withLock { state -> (Bool, ProgramWord?) in
          if state.isCancelled { return (true, nil) }
          guard !state.words.isEmpty else {
            state.reader = continuation
            return (false, nil)
          }
          return (true, state.words.removeFirst())
        }
        if isReady { continuation.resume(returning: word) }
      }
    } onCancel: {
      let reader = state.withLock { state in
        state.isCancelled = true
        return state.reader.take()
      }
      reader?.resume(returning: nil)
    }
  }
}
