import Glibc
import Messages
import Synchronization

/// The inherited socket to the host: frames down, frames up.
///
/// Reading happens on one thread (the main one); writing from any, one frame at a time. A host that takes nothing for
/// ``sendLimit`` seconds counts as dead.
final class HostLink: Sendable {
  /// Where the host puts the worker's end.
  static let descriptor: Int32 = 3
  private static let sendLimit = 5

  /// Why the link ended.
  enum Failure: Error, Hashable {
    /// The host closed its end or died.
    case closed
    /// Nothing came in time.
    case timedOut
    /// Not our protocol.
    case protocolError(String)
  }

  private let isBroken = Mutex(false)
  private let writing = Mutex(())
  private let reader = Mutex(FrameReader())

  /// Takes the inherited descriptor over.
  init() {
    setTimeout(SO_SNDTIMEO, seconds: Self.sendLimit)
    _ = fcntl(Self.descriptor, F_SETFD, FD_CLOEXEC)
  }

  /// Whether a write failed or the host closed: nobody hears us any more.
  var isClosed: Bool { isBroken.withLock { $0 } }

  private func setTimeout(_ option: Int32, seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(Self.descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Sends one message whole, or marks the link closed.
  func send(_ message: WorkerMessage) {
    let frame = message.frame
    writing.withLock { _ in
      var sent = 0
      while sent < frame.count, !isClosed {
        let count = frame.withUnsafeBytes { bytes in
          Glibc.send(Self.descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        if count > 0 {
          sent += count
        } else if errno != EINTR {
          isBroken.withLock { $0 = true }
        }
      }
    }
  }

  /// The next message from the host.
  /// - Parameter limit: seconds to wait; `nil` for as long as the host lives.
  func receive(limit: Int?) throws(Failure) -> HostMessage {
    setTimeout(SO_RCVTIMEO, seconds: limit ?? 0)
    while true {
      if let message = try buffered() { return message }
      var chunk = [UInt8](repeating: 0, count: 4_096)
      let count = recv(Self.descriptor, &chunk, chunk.count, 0)
      if count > 0 {
        reader.withLock { $0.append(chunk.prefix(count)) }
      } else if count == 0 {
        isBroken.withLock { $0 = true }
        throw .closed
      } else if errno == EAGAIN {
        throw .timedOut
      } else if errno != EINTR {
        isBroken.withLock { $0 = true }
        throw .closed
      }
    }
  }

  private func buffered() throws(Failure) -> HostMessage? {
    do {
      let payload = try reader.withLock { reader throws(MessageError) in try reader.next() }
      guard let payload else { return nil }
      return try HostMessage(payload: payload)
    } catch {
      throw .protocolError("\(error)")
    }
  }
}
