/// What one step of a nonce counts. One scale per key for ever: a key that has seen nanoseconds refuses milliseconds.
public enum NonceScale: String, Hashable, Sendable, CaseIterable {
  /// 10⁻⁹ s: for every key that was made for this program.
  case nanoseconds
  /// 10⁻⁶ s: for a key that another program used so.
  case microseconds
  /// 10⁻³ s: for a key that another program used so.
  case milliseconds

  /// Nanoseconds in one step.
  public var nanoseconds: UInt64 {
    switch self {
    case .nanoseconds: 1
    case .microseconds: 1_000
    case .milliseconds: 1_000_000
    }
  }

  /// The plugin option that chooses it.
  public static let optionName = "nonce"

  /// The scale that a plugin's options choose; nanoseconds when they do not say.
  public init(options: [String: String]) {
    self = options[Self.optionName].flatMap(NonceScale.init(rawValue:)) ?? .nanoseconds
  }
}
