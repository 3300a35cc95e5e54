public import Core

/// All that a worker needs to know, but for secrets. Travels over the inherited socket, never in argv or environment.
public struct WorkerSettings: Hashable, Sendable {
  /// What the worker is.
  public enum Role: String, Hashable, Sendable {
    /// Fetches one brokerage's public data.
    case feed
    /// Trades one account.
    case account
    /// Looks at one account's venue once, read-only, and ends.
    case probe
  }

  /// What the worker is.
  public var role: Role
  /// The account's id (`kraken/tania_gilbert`), or the broker's for a feed.
  public var account: String
  /// The broker's id in the manifest.
  public var broker: String
  /// The plugin's name.
  public var plugin: String
  /// The text of its descriptor, where it is not a registered one.
  public var descriptor: String?
  /// The program that it is, or those that carry out operations of its descriptor.
  public var programs: [ProgramOrigin] = []
  /// `sandbox`, `paper` or `live`.
  public var mode: String
  /// Base URL of the venue.
  public var endpoint: String
  /// The plugin's options, in text.
  public var options: [String: String] = [:]
  /// The market clock.
  public var clock: MarketClock
  /// Where the journal lives (absolute); empty but for an account.
  public var directory: String = ""
  /// The key's own machine-wide file (absolute): lock, nonces; empty for a feed.
  public var keyFile: String = ""
  /// The descriptor of the feed book: read-write for a feed, read-only for an account, unused by a probe.
  public var bookDescriptor: Int
  /// Where certificates are trusted from; `nil` for the system's.
  public var certificatesDirectory: String?
  /// `independent`, `mirror`, `exit_only` or `paused`.
  public var control: String = "independent"
  /// The registered strategy.
  public var strategy: String = "hold"
  /// Its parameters, in text.
  public var parameters: [String: String] = [:]
  /// Candle length (market clock).
  public var candles: Duration = .seconds(300)
  /// Cycle length (market clock).
  public var cycle: Duration = .seconds(150)
  /// Which markets.
  public var markets = MarketSelection()
  /// Ceilings, already the narrowest of host, master and user.
  public var limits = AccountLimits()

  /// What every worker has; the rest has defaults.
  public init(
    role: Role, account: String, broker: String, plugin: String, mode: String, endpoint: String, clock: MarketClock,
    bookDescriptor: Int
  ) {
    self.role = role
    self.account = account
    self.broker = broker
    self.plugin = plugin
    self.mode = mode
    self.endpoint = endpoint
    self.clock = clock
    self.bookDescriptor = bookDescriptor
  }
}

/// Which of a brokerage's markets an account looks at.
public struct MarketSelection: Hashable, Sendable {
  /// The currency markets are paid in.
  public var quote = "USD"
  /// Which of those.
  public var filter = MarketFilter()
  /// So many of the busiest.
  public var top = 50

  /// USD markets, all of them, the 50 busiest.
  public init() {}

  /// Whether an account with this selection may look at `symbol`.
  public func takes(_ symbol: Symbol) -> Bool {
    symbol.quote == quote && filter.admits(symbol.description)
  }
}

/// An account's ceilings.
public struct AccountLimits: Hashable, Sendable {
  /// Share of equity for one order (`0.05`), unless ``orderAmount`` is given.
  public var orderShare: ExactDecimal?
  /// Amount of quote currency for one order.
  public var orderAmount: ExactDecimal?
  /// The most quote currency in one order.
  public var maximumOrder: ExactDecimal?
  /// The most positions at a time.
  public var maximumPositions: Int?
  /// The largest share of equity in positions.
  public var maximumExposure: ExactDecimal?
  /// How far beyond the touch an order may pay, as a share (`0.003`).
  public var maximumSlippage: ExactDecimal?
  /// Whether a stop rests at the venue for every position, where the plugin can.
  public var restsProtectiveStops = false
  /// After how long without a word from us the venue cancels all our orders; `nil` for never.
  public var deadManSwitch: Duration?

  /// No ceilings.
  public init() {}
}
