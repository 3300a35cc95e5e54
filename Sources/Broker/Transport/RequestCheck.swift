extension HTTPRequest {
  /// Why this request is not sent at all; `nil` when it may be.
  ///
  /// Plain http leaves this machine never, and a line end inside a header or address would smuggle in another header.
  func refusal(maximumBody: Int) -> String? {
    guard Self.methods.contains(method) else { return "the method \(method) is not one of \(Self.methods)" }
    guard Self.isPrintable(url) else { return "the address has a space or control character" }
    guard url.hasPrefix("https://") || isToLoopback else { return "only https, or http to loopback, may be asked" }
    guard headers.allSatisfy({ Self.isToken($0.name) && Self.isOneLine($0.value) }) else {
      return "a header has a control character"
    }
    guard body.count <= maximumBody else { return "the body is longer than \(maximumBody) bytes" }
    return nil
  }

  private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

  /// Whether sending it twice asks for nothing new: some venues take orders by GET, and a POST that asks may bear a nonce
  /// which counts once.
  var isSafeToRepeat: Bool { isQuestion && method == "GET" }

  /// Read from the bytes: this runs before every request.
  private var isToLoopback: Bool {
    let scheme = "http://".utf8
    guard url.utf8.starts(with: scheme) else { return false }
    let authority = url.utf8.dropFirst(scheme.count).prefix {
      $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
    }
    let port = authority.reversed().prefix { (48...57).contains($0) }.count
    var host = authority
    if authority.count > port, authority.dropLast(port).last == UInt8(ascii: ":") {
      host = authority.dropLast(port + 1)
    }
    return host.elementsEqual("localhost".utf8) || host.elementsEqual("[::1]".utf8) || Self.isLoopbackNumber(host)
  }

  /// `127.x.y.z` in full.
  private static func isLoopbackNumber(_ host: some Collection<UInt8>) -> Bool {
    guard host.starts(with: "127.".utf8) else { return false }
    let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8(String(decoding: $0, as: UTF8.self)) != nil }
  }

  private static func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 32 && $0 < 127 } }

  private static func isOneLine(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }

  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
  }
}
