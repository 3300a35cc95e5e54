public import Core

/// What a plugin is given.
public struct PluginContext: Sendable {
  /// Base URL, without a trailing slash: `https://api.kraken.com` or plain http to loopback.
  public var endpoint: Endpoint
  /// Values by slot name; empty for the public feed.
  public var credentials: [String: Secret]
  /// Option values as the manifest gave them, by name, in text; absent ones have the default.
  public var options: [String: String]
  /// How requests leave.
  public var transport: any Transport
  /// Strictly increasing numbers for this key; `nil` for the public feed.
  public var nonces: (any NonceSource)?
  /// Where the levels of the venue's counters outlive the process; nowhere for the public feed.
  public var limits: any LevelStore
  /// The wall, or a stepped stand-in of tests.
  public var clock: any ProtocolClock

  /// Everything a plugin may use.
  public init(
    endpoint: Endpoint, credentials: [String: Secret], options: [String: String], transport: any Transport,
    nonces: (any NonceSource)?, limits: any LevelStore = NoLevelStore(), clock: any ProtocolClock
  ) {
    self.endpoint = endpoint
    self.credentials = credentials
    self.options = options
    self.transport = transport
    self.nonces = nonces
    self.limits = limits
    self.clock = clock
  }
}

/// Strictly increasing numbers for one key, across crashes, restarts and clock steps.
public protocol NonceSource: Sendable {
  /// The next number, above every one given before for this key.
  /// - Throws: ``BrokerError/Code/notSent`` when it cannot be made durable.
  func next() throws(BrokerError) -> UInt64
}

/// Sends one request and returns whatever the far end answered, whatever the status.
public protocol Transport: Sendable {
  /// - Throws: a ``TransportError``: no complete answer came. It says whether the request may have arrived.
  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer
}

/// A request, ready to leave.
public struct HTTPRequest: Sendable {
  /// Which requests go first when several wait for one connection.
  public enum Priority: Int, Comparable, Sendable {
    /// Cancels.
    case cancel = 0
    /// Orders that reduce what is held.
    case reduce = 1
    /// Orders that add.
    case enter = 2
    /// Everything that only asks.
    case query = 3
    /// In the order of urgency.
    public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
  }

  /// `GET`, `POST`, `DELETE`, …
  public var method: String
  /// The whole URL.
  public var url: String
  /// Names and values; never logged.
  public var headers: [(name: String, value: String)]
  /// The exact bytes.
  public var body: [UInt8]
  /// The whole call, connection included, ends after this.
  public var timeout: Duration
  /// How urgent it is.
  public var priority: Priority
  /// Whether it only asks, so that sending it twice changes nothing: known to who makes it, never read off its method.
  public var isQuestion: Bool

  /// A request; one that changes something unless it is said to be a question.
  public init(
    method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    timeout: Duration = .seconds(10), priority: Priority = .query, isQuestion: Bool = false
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.priority = priority
    self.isQuestion = isQuestion
  }
}

/// An answer, complete.
public struct HTTPAnswer: Sendable {
  /// The status code.
  public var status: Int
  /// Header names in lower case.
  public var headers: [String: String]
  /// All of the body.
  public var body: [UInt8]

  /// An answer.
  public init(status: Int, headers: [String: String], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Why no complete answer came.
public struct TransportError: Error, Hashable, Sendable {
  /// Where it ended.
  public enum Phase: String, Hashable, Sendable {
    /// No address for the name.
    case resolve
    /// No connection.
    case connect
    /// No trust: the certificate does not hold.
    case tls
    /// Sending the request.
    case send
    /// Waiting for or reading the answer.
    case receive
    /// The answer was larger than allowed.
    case tooLarge
    /// The caller gave up, or the transport shut down, before it was sent.
    case cancelled
  }
  /// Where it ended.
  public var phase: Phase
  /// Whether bytes of the request may have reached the far end.
  public var mayHaveArrived: Bool
  /// In libcurl's words.
  public var detail: String

  /// A failed call.
  public init(phase: Phase, mayHaveArrived: Bool, detail: String) {
    self.phase = phase
    self.mayHaveArrived = mayHaveArrived
    self.detail = detail
  }
}

/// The base URL of a venue, split once.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// `https`, or `http` to loopback.
  public let scheme: String
  /// Host, with its port where one is given: what is signed names it.
  public let authority: String
  /// What stands before every path, usually empty.
  public let pathPrefix: String

  /// Reads `https://host[:port][/prefix]`; plain `http` only to loopback (`127.0.0.0/8`, `localhost`, `[::1]`).
  /// - Throws: ``BrokerError/Code/misconfigured``.
  public init(parsing text: String) throws(BrokerError) {
    guard let marker = text.range(of: "://"), let scheme = Self.schemes.first(where: { text.hasPrefix($0 + "://") })
    else { throw Self.refused("an endpoint begins with https:// (or http:// to loopback)") }
    let rest = text[marker.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    guard !authority.isEmpty, authority.allSatisfy(Self.isAuthorityCharacter) else {
      throw Self.refused("an endpoint names a host, without user or query")
    }
    self.scheme = scheme
    self.authority = String(authority).lowercased()
    var prefix = rest[slash...]
    while prefix.last == "/" { prefix = prefix.dropLast() }
    guard prefix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/-_.".contains($0)) }) else {
      throw Self.refused("an endpoint's path has letters, digits and /-_. only")
    }
    self.pathPrefix = String(prefix)
    guard scheme == "https" || isLoopback else { throw Self.refused("plain http is for loopback only") }
  }

  private static let schemes = ["https", "http"]

  private static func refused(_ message: String) -> BrokerError {
    BrokerError(.misconfigured, scope: .account, recovery: .never, message: message)
  }

  private static func isAuthorityCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-.:[]".contains(character))
  }

  /// The host without its port.
  public var host: String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      return String(authority[authority.index(after: authority.startIndex)..<end])
    }
    return String(authority.prefix { $0 != ":" })
  }

  /// The port: as given, or the scheme's own.
  public var port: UInt16 {
    let digits = authority.reversed().prefix { $0.isNumber }.reversed()
    if authority.hasSuffix(":" + String(digits)), let port = UInt16(String(digits)) { return port }
    return scheme == "https" ? 443 : 80
  }

  /// Whether it is this machine: `localhost`, `127.x.y.z` in full, `::1`.
  public var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// `scheme://authority/prefix`
  public var description: String { "\(scheme)://\(authority)\(pathPrefix)" }
}

extension String {
  /// The first place where `other` stands; the standard library has this for substrings only through Foundation.
  fileprivate func range(of other: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) {
        return start..<(index(start, offsetBy: other.count))
      }
      start = index(after: start)
    }
    return nil
  }
}
