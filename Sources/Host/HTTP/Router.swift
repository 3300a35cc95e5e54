import Core
import NIOHTTP1

/// What is answered, complete.
struct HTTPReply: Sendable {
  var status: HTTPResponseStatus
  var contentType = "application/json"
  var body: String
  var headers: [(String, String)] = []

  static func json(_ status: HTTPResponseStatus, _ value: JSONValue) -> HTTPReply {
    HTTPReply(status: status, body: value.encoded + "\n")
  }

  static func error(_ status: HTTPResponseStatus, _ text: String) -> HTTPReply {
    .json(status, ["error": .string(text)])
  }
}

/// Decides who may see what, and what it is. No socket: a request and the host's status in, a reply out.
struct Router: Sendable {
  /// Whether only this machine can connect.
  let isLoopback: Bool
  /// The bearer token for everything but health, where one is set.
  let token: Secret?

  func reply(to request: HTTPRequestHead, status: HostStatus) -> HTTPReply {
    guard request.method == .GET || request.method == .HEAD else {
      var reply = HTTPReply.error(.methodNotAllowed, "only GET and HEAD")
      reply.headers = [("allow", "GET, HEAD")]
      return reply
    }
    let path = request.uri.prefix { $0 != "?" }
    switch path {
    case "/healthz": return .json(.ok, ["alive": .boolean(true)])
    case "/readyz": return .json(status.unready.isEmpty ? .ok : .serviceUnavailable, status.readinessJSON)
    default: break
    }
    if let refusal = refusal(of: request) { return refusal }
    return content(String(path), status)
  }

  private func content(_ path: String, _ status: HostStatus) -> HTTPReply {
    if path == "/" { return HTTPReply(status: .ok, contentType: "text/html; charset=utf-8", body: Page.html(status)) }
    if path == "/api/v1/status" { return .json(.ok, status.json) }
    let prefix = "/api/v1/accounts/"
    if path.hasPrefix(prefix), let id = PercentEncoding.decode(path.dropFirst(prefix.count)) {
      guard let account = status.account(id) else { return .error(.notFound, "no such account") }
      return .json(.ok, account.json)
    }
    return .error(.notFound, "nothing here; there is /, /healthz, /readyz, /api/v1/status, /api/v1/accounts/ID")
  }

  /// Why a request gets no content; `nil` when it does.
  private func refusal(of request: HTTPRequestHead) -> HTTPReply? {
    guard isLoopback else { return bearerRefusal(request) }
    // A page of another site that has its name point here must not read on.
    let host = request.headers.first(name: "host") ?? ""
    guard Self.isLocal(host) || (token != nil && bearerRefusal(request) == nil) else {
      return .error(.misdirectedRequest, "the Host header names another machine")
    }
    return nil
  }

  private static func isLocal(_ host: String) -> Bool {
    guard let address = ListenAddress(host.hasSuffix("]") || !host.contains(":") ? host + ":80" : host) else {
      return false
    }
    return Endpoint.isLoopback(address.host)
  }

  private func bearerRefusal(_ request: HTTPRequestHead) -> HTTPReply? {
    guard let token else {
      return .error(.forbidden, "not on loopback, and no admin_token is set: only /healthz and /readyz")
    }
    let given = request.headers.first(name: "authorization") ?? ""
    guard given.hasPrefix("Bearer "), token.isEqual(to: given.dropFirst("Bearer ".count)) else {
      var reply = HTTPReply.error(.unauthorized, "needs the bearer token that admin_token names")
      reply.headers = [("www-authenticate", "Bearer")]
      return reply
    }
    return nil
  }
}

extension Secret {
  /// Compares without telling by its time how much of the text was right.
  func isEqual(to text: some StringProtocol) -> Bool {
    let given = Array(text.utf8)
    return withExposedBytes { bytes in
      guard bytes.count == given.count, !bytes.isEmpty else { return false }
      return zip(bytes, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
  }
}

/// `%2F` in a path.
enum PercentEncoding {
  /// The text that was meant; `nil` when it is not well-formed.
  static func decode(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let decoded = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)), let value = decoded.first else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
