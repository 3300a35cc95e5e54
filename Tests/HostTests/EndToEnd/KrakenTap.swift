import Foundation
import Synchronization

/// Stands between a host and a Kraken venue and writes down every private call that passes: its method and its nonce, in
/// the order in which they arrive.
final class KrakenTap: Sendable {
  struct Call: Hashable {
    let method: String
    let nonce: UInt64
  }

  private let listener: Int32
  private let upstream: UInt16
  private let seen = Mutex<[Call]>([])

  /// - Parameter endpoint: the venue's, `http://127.0.0.1:PORT`.
  init(endpoint: String) throws {
    guard let port = endpoint.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      throw NotObserved(description: "no port in \(endpoint)")
    }
    upstream = port
    listener = try Self.listening()
    Thread.detachNewThread { [weak self, listener] in
      while true {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0, let self else { return }
        serve(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var calls: [Call] { seen.withLock { $0 } }
  var endpoint: String { "http://127.0.0.1:\(Self.port(of: listener))" }

  /// A port on which somebody listens and nobody ever answers.
  static func listening() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(0)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(descriptor, 64) == 0 else { throw NotObserved(description: "no listener: \(errno)") }
    return descriptor
  }

  static func port(of descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private func serve(_ client: Int32) {
    let venue = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.loopback(upstream)
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(venue, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    Thread.detachNewThread { [self] in
      let back = DispatchSemaphore(value: 0)
      Thread.detachNewThread { [self] in
        pump(venue, client, reads: false)
        back.signal()
      }
      pump(client, venue, reads: true)
      back.wait()
      close(client)
      close(venue)
    }
  }

  private func pump(_ from: Int32, _ to: Int32, reads: Bool) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var text = ""
    while true {
      let count = read(from, &buffer, buffer.count)
      guard count > 0 else { break }
      if reads {
        text += String(decoding: buffer.prefix(count), as: UTF8.self)
        note(&text)
      }
      guard write(to, buffer, count) == count else { break }
    }
    shutdown(to, Int32(SHUT_WR))
  }

  /// Takes whole private calls off the front of what was sent; the nonce is the body's first field.
  private func note(_ text: inout String) {
    while let match = text.firstMatch(of: #/POST /0/private/(\w+) (?s:.*?)\r\n\r\nnonce=(\d+)/#) {
      if let nonce = UInt64(match.2) { seen.withLock { $0.append(Call(method: String(match.1), nonce: nonce)) } }
      text = String(text[match.range.upperBound...])
    }
  }
}
