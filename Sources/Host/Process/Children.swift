import CLinux
import Glibc
import Synchronization

/// How a process ended.
enum ProcessExit: Hashable, Sendable, CustomStringConvertible {
  /// It left with this code.
  case code(Int32)
  /// This signal ended it.
  case signal(Int32)

  /// From what `waitpid` tells.
  init(waitStatus status: Int32) {
    let signal = status & 0x7f
    self = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
  }

  var description: String {
    switch self {
    case .code(let code): "exit code \(code)"
    case .signal(let number): "signal \(number) (\(String(cString: strsignal(number))))"
    }
  }
}

/// Every process this host started and has not yet buried: no exit is lost, no number is signalled after its end.
final class Children: Sendable {
  private enum Child {
    case running
    case awaited(CheckedContinuation<ProcessExit, Never>)
    case ended(ProcessExit)
  }

  private let children = Mutex<[Int32: Child]>([:])

  /// Starts a program and answers its process id.
  /// - Parameter descriptors: what becomes its descriptors 0, 1, 2, …; every other one is closed in it.
  func spawn(
    _ path: String, arguments: [String], environment: [String], descriptors: [Int32]
  ) throws(SystemError) -> Int32 {
    var process: Int32 = 0
    // Under the lock, so that an exit seen before the child is known cannot be missed.
    let code = children.withLock { children in
      let code = Self.withCStrings(arguments) { arguments in
        Self.withCStrings(environment) { environment in
          nija_spawn(path, arguments, environment, descriptors, Int32(descriptors.count), &process)
        }
      }
      if code == 0 { children[process] = .running }
      return code
    }
    guard code == 0 else { throw SystemError(attempt: "cannot start \(path)", code: code) }
    return process
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a list with its end mark is not empty") }
      return body(UnsafePointer(base))
    }
  }

  /// Waits for a child's end; asked once per child.
  func exit(of process: Int32) async -> ProcessExit {
    await withCheckedContinuation { continuation in
      let known: ProcessExit? = children.withLock { children in
        guard case .ended(let exit) = children[process] else {
          children[process] = .awaited(continuation)
          return nil
        }
        children[process] = nil
        return exit
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Buries whoever has ended: called at every SIGCHLD, which may stand for several.
  func reap() {
    let ended = children.withLock { children in
      var resumed: [(CheckedContinuation<ProcessExit, Never>, ProcessExit)] = []
      for (process, child) in children {
        if case .ended = child { continue }
        // Its number is its group's for as long as it is not buried: whatever it left behind goes with it.
        guard nija_has_ended(process) == 1 else { continue }
        _ = kill(-process, SIGKILL)
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { continue }
        let exit = ProcessExit(waitStatus: status)
        if case .awaited(let continuation) = child {
          children[process] = nil
          resumed.append((continuation, exit))
        } else {
          children[process] = .ended(exit)
        }
      }
      return resumed
    }
    for (continuation, exit) in ended { continuation.resume(returning: exit) }
  }

  /// Signals a child that has not been buried yet, and whatever it started: its process group is its own.
  func signal(_ process: Int32, _ number: Int32) {
    children.withLock { children in
      switch children[process] {
      case .running, .awaited: _ = kill(-process, number)
      case .ended, nil: break
      }
    }
  }
}
