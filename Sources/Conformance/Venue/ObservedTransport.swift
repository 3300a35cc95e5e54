public import Broker
internal import Synchronization

/// A transport that counts what a plugin sends, keeps what must never be shown, and can shorten time-outs.
public final class ObservedTransport: Transport {
  private struct State {
    var sent = 0
    var active = 0
    var cap: Duration?
    var shown: Set<String> = []
    var longestTimeout = Duration.zero
  }

  private let inner: any Transport
  private let state = Mutex(State())

  /// Watches what goes through `inner`.
  public init(_ inner: any Transport) { self.inner = inner }

  /// How many requests have left.
  public var sent: Int { state.withLock { $0.sent } }
  /// How many requests are under way.
  public var active: Int { state.withLock { $0.active } }
  /// Every header value of 16 characters or more that went out: tokens, signatures, keys.
  public var headerValues: Set<String> { state.withLock { $0.shown } }
  /// The longest time-out that a plugin asked for.
  public var longestTimeout: Duration { state.withLock { $0.longestTimeout } }
  /// No request waits longer than this; `nil` as long as the plugin says.
  public var cap: Duration? {
    get { state.withLock { $0.cap } }
    set { state.withLock { $0.cap = newValue } }
  }

  /// Sends it on.
  public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    var request = request
    state.withLock { state in
      state.sent += 1
      state.active += 1
      state.longestTimeout = max(state.longestTimeout, request.timeout)
      for (name, value) in request.headers where value.utf8.count >= 16 && Self.mayBeSecret(name) {
        state.shown.insert(value)
      }
      if let cap = state.cap { request.timeout = min(request.timeout, cap) }
    }
    defer { state.withLock { $0.active -= 1 } }
    return try await inner.send(request)
  }

  private static func mayBeSecret(_ name: String) -> Bool {
    !["user-agent", "content-type", "accept", "accept-encoding"].contains(name.lowercased())
  }
}
