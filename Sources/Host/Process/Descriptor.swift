import CLinux
import Glibc

/// A failed call to the system: what was tried and the system's word for why not.
struct SystemError: Error, Hashable, CustomStringConvertible {
  let attempt: String
  let code: Int32

  /// The error that the last call left.
  static func last(_ attempt: String) -> SystemError { SystemError(attempt: attempt, code: errno) }

  var description: String { "\(attempt): \(String(cString: strerror(code)))" }
}

/// An open file, closed when it goes out of use.
struct Descriptor: ~Copyable, Sendable {
  let number: Int32

  /// Takes a descriptor over.
  init(owning number: Int32) { self.number = number }

  deinit { close(number) }

  /// Hands the number to somebody who closes it.
  consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }

  /// Opens a path; never inherited by a child that is not given it.
  static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError) -> Descriptor {
    let number = Glibc.open(path, flags | O_CLOEXEC, mode)
    guard number >= 0 else { throw .last("cannot open \(path)") }
    return Descriptor(owning: number)
  }

  /// Writes all of it.
  func writeAll(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .last("cannot write") }
      rest = rest.dropFirst(count)
    }
  }

  /// An anonymous file in memory.
  static func memory(named name: String) throws(SystemError) -> Descriptor {
    let closeOnExec: UInt32 = 1
    let number = nija_memfd_create(name, closeOnExec)
    guard number >= 0 else { throw .last("cannot make a memory file") }
    return Descriptor(owning: number)
  }

  /// The same file opened again, read-only: who gets it cannot write, whatever the first one may.
  func reopenedReadOnly() throws(SystemError) -> Descriptor {
    try Self.open("/proc/self/fd/\(number)", O_RDONLY)
  }
}

/// Two descriptors made together.
struct DescriptorPair: ~Copyable {
  let first: Descriptor
  let second: Descriptor

  /// The first one's number, now owned by the caller; the second is closed.
  consuming func keepFirst() -> Int32 { first.release() }

  /// The second one's number, now owned by the caller; the first is closed.
  consuming func keepSecond() -> Int32 { second.release() }

  /// Two connected sockets.
  static func sockets() throws(SystemError) -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .last("cannot make a socket pair") }
    return DescriptorPair(first: Descriptor(owning: ends[0]), second: Descriptor(owning: ends[1]))
  }

  /// A pipe: the read end first, the write end second.
  static func pipe() throws(SystemError) -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    guard nija_pipe(&ends) == 0 else { throw .last("cannot make a pipe") }
    return DescriptorPair(first: Descriptor(owning: ends[0]), second: Descriptor(owning: ends[1]))
  }
}
