import Glibc
import Messages
import ProcessPlugins
import Synchronization

/// The programs that the host started for this worker, each given out once: a worker locked in starts none.
final class InheritedPrograms: ProgramSource {
  private let given = Mutex(0)
  private let processes: [Int32]

  init(_ origin: ProgramOrigin?) { processes = origin?.processes ?? [] }

  func next() throws(ProgramFault) -> ProgramEnds {
    let number = given.withLock { given in
      given += 1
      return given - 1
    }
    guard number < processes.count else { throw .noPipes("the host started no further program for this worker") }
    let first = Int32(ProgramOrigin.firstDescriptor + 3 * number)
    return ProgramEnds(input: first, output: first + 1, log: first + 2)
  }

  /// Ends them with all they started: for a worker whose host has died, who would have done it. They live until now, since
  /// a worker does not outlive its program, so the numbers are theirs.
  func endOrphaned() async {
    for process in processes { kill(-process, SIGTERM) }
    if !processes.isEmpty { try? await Task.sleep(for: .seconds(1)) }
    for process in processes { kill(-process, SIGKILL) }
  }
}
