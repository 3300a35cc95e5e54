/// Limits of one ``CurlTransport``: each wait, size and queue has one.
public struct CurlSettings: Hashable, Sendable {
  /// A folder of certificates by hash, as OpenSSL reads it. A folder costs nothing until a certificate is looked up; a
  /// bundle file would be parsed whole (0.3 to 0.9 MiB in every process).
  public var certificateFolder = "/etc/ssl/certs"
  /// A longer answer is ``TransportError/Phase/tooLarge``.
  public var maximumAnswerBytes = 8 << 20
  /// Longer headers, all of them together, are ``TransportError/Phase/tooLarge``.
  public var maximumHeaderBytes = 64 << 10
  /// A longer body is refused before it is sent.
  public var maximumRequestBytes = 1 << 20
  /// Name look-up, TCP and TLS together must be done after this.
  public var connectTimeout: Duration = .seconds(5)
  /// An answer that stays below ``lowSpeedBytesPerSecond`` for so long is given up.
  public var lowSpeedTime: Duration = .seconds(20)
  /// See ``lowSpeedTime``.
  public var lowSpeedBytesPerSecond = 32
  /// Requests under way at once, and connections kept for reuse; at least 2. The last is kept free for cancels, the last
  /// two for what is not a query.
  public var connections = 4
  /// Requests of one priority that may wait for a connection; more are refused.
  public var waitingPerPriority = 4_096

  /// The limits as they are by default.
  public init() {}
}
