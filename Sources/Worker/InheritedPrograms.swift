import Glibc
import Messages
import ProcessPlugins
import Synchronization

/// The processes of one program that the host started for this worker, each given out once: a worker locked in starts
/// none.
final class InheritedPrograms: ProgramSource {
  private let given = Mutex(0)
  private let processes: [Int32]
  private let firstDescriptor: Int32

  init(_ origin: ProgramOrigin) {
    processes = origin.processes
    firstDescriptor = origin.firstDescriptor
  }

  func next() throws(ProgramFault) -> ProgramEnds {
    let number = given.withLock { given in
      given += 1
      return given - 1
    }
    guard number < processes.count else { throw .noPipes("the host started no further program for this worker") }
    let first = firstDescriptor + 3 * Int32(clamping: number)
    return ProgramEnds(input: first, output: first + 1, log: first + 2)
  }

}

extension WorkerSettings {
  private var processes: [Int32] { programs.flatMap(\.processes) }

  /// Ends the worker's programs with all they started: for one whose host has died, who would have done it. They live
  /// until now, since a worker does not outlive its programs, so the numbers are theirs.
  func endOrphanedPrograms() async {
    for process in processes { kill(-process, SIGTERM) }
    if !processes.isEmpty { try? await Task.sleep(for: .seconds(1)) }
    endPrograms()
  }

  /// The same without a moment of their own: after one did what no program may, or for a worker that never began. The
  /// host would do it, too, but may be killed before it comes to that.
  func endPrograms() { for process in processes { kill(-process, SIGKILL) } }
}
