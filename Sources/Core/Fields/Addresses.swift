/// Where the host listens for its dashboard, health and metrics.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A name or an IP address, without brackets.
  public let host: String
  /// 0 lets the system choose.
  public let port: Int

  /// An address from its parts.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `127.0.0.1:8080`, `localhost:0`, `[::1]:8080`; `nil` when it is none.
  public init?(_ text: String) {
    guard let parts = HostAndPort(text[...]), let port = parts.port, !parts.host.isEmpty else { return nil }
    self.init(host: parts.host, port: port)
  }

  /// `HOST:PORT`, an IPv6 address in brackets.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The base address of a venue.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// Whether it is `https`; plain `http` goes only to loopback.
  public let isEncrypted: Bool
  /// A name or an IP address, without brackets.
  public let host: String
  /// The port, where one is written.
  public let port: Int?
  /// What follows the host, without a slash at the end: empty or `/api`.
  public let path: String

  /// Reads `https://HOST[:PORT][/PATH]`, and `http://` to loopback; `nil` for all else: user names, queries,
  /// fragments and other schemes are no part of a base address.
  public init?(_ text: String) {
    let rest: Substring
    if text.hasPrefix("https://") {
      (isEncrypted, rest) = (true, text.dropFirst(8))
    } else if text.hasPrefix("http://") {
      (isEncrypted, rest) = (false, text.dropFirst(7))
    } else {
      return nil
    }
    let isPlain = rest.utf8.allSatisfy { $0.isAlphanumeric || "-._~/:[]%".utf8.contains($0) }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    guard isPlain, let authority = HostAndPort(rest[..<slash]), !authority.host.isEmpty else { return nil }
    host = authority.host
    port = authority.port
    let written = rest[slash...]
    path = String(written.hasSuffix("/") ? written.dropLast() : written)
    guard isEncrypted || isLoopback, port != 0 else { return nil }
  }

  /// Whether it stays on this machine.
  public var isLoopback: Bool { Self.isLoopback(host) }

  /// Whether a name or address is this machine's own.
  public static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// As it would be written.
  public var description: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    return "\(isEncrypted ? "https" : "http")://\(shown)\(port.map { ":\($0)" } ?? "")\(path)"
  }
}

/// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
private struct HostAndPort {
  let host: String
  let port: Int?

  init?(_ text: Substring) {
    var rest = text
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = String(text[text.index(after: text.startIndex)..<end])
      guard host.contains(":"), host.utf8.allSatisfy({ $0.isHex || $0 == 58 || $0 == 46 }) else { return nil }
      rest = text[text.index(after: end)...]
    } else {
      let colon = text.firstIndex(of: ":") ?? text.endIndex
      host = String(text[..<colon])
      guard host.utf8.allSatisfy({ $0.isAlphanumeric || $0 == 45 || $0 == 46 }) else { return nil }
      rest = text[colon...]
    }
    guard !rest.isEmpty else {
      port = nil
      return
    }
    let digits = rest.dropFirst()
    guard rest.first == ":", digits.utf8.count <= 5, digits.utf8.allSatisfy(\.isDigit), let number = UInt16(digits)
    else { return nil }
    port = Int(number)
  }
}
