import Broker
import Core
import Glibc
import Synchronization

/// The protocol clock of a run: the wall plus what was stepped, at the venue and here alike, so that nothing waits.
final class VenueTime: ProtocolClock {
  private let state: Mutex<Duration>
  private let control: String
  private let start = ContinuousClock.now

  init(offset: Duration, control: String) {
    self.state = Mutex(offset)
    self.control = control
  }

  var offset: Duration { state.withLock { $0 } }
  var now: Timestamp { WallClock().now + offset }
  /// The steady clock that budgets count by.
  var instant: ContinuousClock.Instant { ContinuousClock.now + offset }
  var machine: MachineTime {
    let real = MachineTime.now(WallClock())
    return MachineTime(boot: real.boot, sinceBoot: real.sinceBoot &+ offset.wholeNanoseconds, wall: now)
  }

  /// Lets time pass, in whole seconds, at the venue first.
  func pass(_ duration: Duration) {
    let seconds = max(1, Int(duration.components.seconds) + 1)
    guard ControlSocket.ask(control, ["do": "step_clock", "seconds": .integer(seconds)]) else { return }
    state.withLock { $0 += .seconds(seconds) }
  }
}

/// One request to the sandbox's control socket.
enum ControlSocket {
  static func ask(_ path: String, _ request: JSONValue) -> Bool {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    let directory = open(folder, O_RDONLY | O_DIRECTORY)
    guard directory >= 0 else { return false }
    defer { close(directory) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: "/proc/self/fd/\(directory)/control.sock".utf8.prefix(107))
    }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard code == 0 else { return false }
    // Neither counted nor killed by the shim: plain writes of the test's own.
    let line = Array((request.encoded + "\n").utf8)
    guard write(descriptor, line, line.count) == line.count else { return false }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while answer.last != 10 {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return false }
      answer += chunk.prefix(count)
    }
    return (try? JSON(parsing: answer).boolean("ok")) == true
  }
}
