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

  /// Whether sending it twice asks for nothing new.
  var isSafeToRepeat: Bool { method == "GET" }

  private var isToLoopback: Bool {
    guard url.hasPrefix("http://") else { return false }
    let authority = url.utf8.dropFirst(7).prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    return (try? Endpoint(parsing: "http://" + String(Substring(authority))))?.isLoopback ?? false
  }

  private static func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 32 && $0 < 127 } }

  private static func isOneLine(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }

  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
  }
}
