import Glibc

/// A connection to a local socket that speaks in lines, for a caller that may wait: each read and write has a limit.
struct LineSocket: ~Copyable {
  private let descriptor: Descriptor
  private var pending: [UInt8] = []

  private static let longestLine = 64 << 20

  /// Connects.
  /// - Parameter limit: seconds that each read and write may take.
  init(connectingTo path: String, limit: Int) throws(SystemError) {
    descriptor = try Self.connected(to: path, limit: limit)
  }

  private static func connected(to path: String, limit: Int) throws(SystemError) -> Descriptor {
    let socketPath = try UnixSocketPath(path)
    let descriptor = try socket(limit: limit)
    guard connect(descriptor.number, to: socketPath.address) == 0 else { throw .last("cannot connect to \(path)") }
    return descriptor
  }

  private static func socket(limit: Int) throws(SystemError) -> Descriptor {
    let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw .last("cannot make a socket") }
    var patience = timeval(tv_sec: limit, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    return Descriptor(owning: number)
  }

  private static func connect(_ socket: Int32, to path: String) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  /// Sends a line and reads the one that answers it.
  mutating func ask(_ line: String) throws(SystemError) -> [UInt8] {
    try send(Array(line.utf8) + [10])
    return try readLine()
  }

  private func send(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 || errno == EINTR else { throw .last("cannot send") }
      rest = rest.dropFirst(max(count, 0))
    }
  }

  private mutating func readLine() throws(SystemError) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var searched = 0
    while true {
      if let end = pending[searched...].firstIndex(of: 10) {
        let line = Array(pending[..<end])
        pending.removeFirst(end + 1)
        return line
      }
      searched = pending.count
      guard pending.count < Self.longestLine else { throw SystemError(attempt: "cannot read on", code: EMSGSIZE) }
      let count = recv(descriptor.number, &chunk, chunk.count, 0)
      guard count != 0 else { throw SystemError(attempt: "the far end closed", code: ECONNRESET) }
      guard count > 0 || errno == EINTR else { throw .last("no answer") }
      pending.append(contentsOf: chunk.prefix(max(count, 0)))
    }
  }
}
