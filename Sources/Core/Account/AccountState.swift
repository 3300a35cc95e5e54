/// Where an account stands. Each comes with *since*, *reason* and *next step*.
public enum AccountState: String, Hashable, Sendable, CaseIterable {
  /// Switched off in the manifest.
  case disabled
  /// A variable or file that holds a credential is missing or unusable.
  case awaitingCredentials = "awaiting_credentials"
  /// On its way up the ladder.
  case starting
  /// Works, but has too little money for any order.
  case unfunded
  /// Scans its markets and may enter.
  case trading
  /// Works in part; the reason names what does not.
  case degraded
  /// The operator wants nothing sent.
  case paused
  /// Exits only: by the operator or by a limit.
  case exitOnly = "exit_only"
  /// The operator stopped it and had its orders cancelled.
  case halted
  /// Ended for good: the restart budget is spent, or retrying cannot heal it.
  case parked
}

/// The observed facts under a state, lowest first.
public enum Rung: String, Hashable, Sendable, CaseIterable {
  /// In the manifest.
  case declared
  /// Credentials set and well-formed.
  case bound
  /// No other holder of this key.
  case locked
  /// Permissions read, and they suffice.
  case authenticated
  /// Orders, fills and balances agree with the journal.
  case reconciled
  /// Enough money for an order.
  case funded
  /// A cycle looked at its markets.
  case scanning
  /// An order of ours filled.
  case traded
}
