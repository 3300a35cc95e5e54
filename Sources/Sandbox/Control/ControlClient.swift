import Core
import Glibc

/// Asks a running sandbox over its control socket, for a caller that may wait.
struct ControlClient {
  /// The sandbox's state directory.
  let directory: String

  /// Seconds that each read and write may take.
  private static let patience = 10
  private static let longestAnswer = 64 << 20

  /// The answer to one request.
  func ask(_ request: JSONValue) throws(ControlError) -> JSON {
    let descriptor = try connected()
    defer { close(descriptor) }
    try send(Array((request.encoded + "\n").utf8), descriptor)
    let line = try line(descriptor)
    let answer: JSON
    do throws(JSONError) {
      answer = try JSON(parsing: line)
    } catch {
      throw ControlError("the sandbox's answer: \(error.description)")
    }
    guard answer["ok"]?.boolean == true else {
      throw ControlError(answer["error"]?.text ?? "the sandbox refused without a word")
    }
    return answer
  }

  private func connected() throws(ControlError) -> Int32 {
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .unreachable(directory) }
    defer { close(folder) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw ControlError("no socket can be made: error \(errno)") }
    var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    // A socket's path has at most 107 bytes: going through the open directory, the state may lie anywhere.
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = "/proc/self/fd/\(folder)/control.sock"
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard code == 0 else {
      close(descriptor)
      throw .unreachable(directory)
    }
    return descriptor
  }

  private func send(_ bytes: [UInt8], _ descriptor: Int32) throws(ControlError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ControlError("the sandbox takes nothing: error \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  private func line(_ descriptor: Int32) throws(ControlError) -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.last != 10 {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0, bytes.count < Self.longestAnswer else {
        throw ControlError("the sandbox did not answer: error \(count == 0 ? ECONNRESET : errno)")
      }
      bytes += block.prefix(count)
    }
    return bytes.dropLast()
  }
}
