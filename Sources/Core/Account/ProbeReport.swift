/// What one read-only look at the venue showed of an account: three questions, each with an outcome of its own.
public struct ProbeReport: Hashable, Sendable {
  /// How far this machine's clock is from the venue's.
  public var clock: ProbeOutcome<ClockOffset>
  /// What the key may do.
  public var permissions: ProbeOutcome<KeyPermissions>
  /// Every currency the account has.
  public var balances: ProbeOutcome<[Balance]>
  /// The usual names of currencies that the venue calls otherwise, where they were looked up for the balances' sake.
  public var currencyNames: [String: String] = [:]

  /// The outcomes of one look.
  public init(
    clock: ProbeOutcome<ClockOffset>, permissions: ProbeOutcome<KeyPermissions>, balances: ProbeOutcome<[Balance]>
  ) {
    self.clock = clock
    self.permissions = permissions
    self.balances = balances
  }
}

/// What became of one question of a probe.
public enum ProbeOutcome<Fact: Hashable & Sendable>: Hashable, Sendable {
  /// The venue answered.
  case observed(Fact)
  /// It was asked, or was to be, and there is no answer.
  case failed(ProbeFailure)
  /// It was not asked, for this reason.
  case notAsked(String)

  /// What the venue answered.
  public var fact: Fact? { if case .observed(let fact) = self { fact } else { nil } }
  /// Why there is no answer.
  public var failure: ProbeFailure? { if case .failed(let failure) = self { failure } else { nil } }
}

/// Why a question of a probe has no answer.
public struct ProbeFailure: Error, Hashable, Sendable {
  /// The key is in use by another process: nothing was sent with it.
  public static let keyInUse = "key_in_use"
  /// The step's time was up.
  public static let timedOut = "timed_out"

  /// The class: a code of a broker's errors, or one of ours above.
  public var code: String
  /// The cause, one line, with the venue's words where there are any.
  public var message: String
  /// What a person can do about it, where whoever failed knows.
  public var nextStep: String?

  /// A failure.
  public init(code: String, message: String, nextStep: String? = nil) {
    self.code = code
    self.message = message
    self.nextStep = nextStep
  }
}

/// How far this machine's clock is from the venue's.
public struct ClockOffset: Hashable, Sendable {
  /// Ours minus the venue's, in milliseconds: above zero when ours is ahead.
  public var milliseconds: Int
  /// The true offset is within so much of it.
  public var uncertaintyMilliseconds: Int

  /// An offset and how sure it is.
  public init(milliseconds: Int, uncertaintyMilliseconds: Int) {
    self.milliseconds = milliseconds
    self.uncertaintyMilliseconds = max(0, uncertaintyMilliseconds)
  }

  /// Measured against the middle of a round trip. A venue that tells whole seconds, or whole milliseconds, has cut
  /// off what was behind: its clock showed anything up to the next.
  public init(askedAt: Timestamp, roundTrip: Duration, venue: Timestamp) {
    let step: Duration =
      venue.nanoseconds % 1_000_000_000 == 0
      ? .seconds(1) : venue.nanoseconds % 1_000_000 == 0 ? .milliseconds(1) : .zero
    let offset = (askedAt + roundTrip / 2) - (venue + step / 2)
    let doubt = roundTrip / 2 + step / 2
    self.init(
      milliseconds: Int(offset.wholeMilliseconds),
      uncertaintyMilliseconds: Int((doubt + .microseconds(999)).wholeMilliseconds))
  }

  /// The least that the clocks can differ by.
  public var leastMilliseconds: Int {
    max(0, Int(clamping: milliseconds.magnitude) - uncertaintyMilliseconds)
  }
}

/// What a key may do, as the venue says.
public struct KeyPermissions: Hashable, Sendable {
  /// May read balances, orders and fills.
  public var canQuery: Bool
  /// May place and cancel orders.
  public var canTrade: Bool
  /// May move money out; `nil` when the venue does not answer the question.
  public var canWithdraw: Bool?
  /// The names of the permissions that make it so, in the venue's words.
  public var withdrawing: [String]
  /// The names of needed permissions that are missing, in the venue's words.
  public var missing: [String]

  /// Permissions as reported.
  public init(canQuery: Bool, canTrade: Bool, canWithdraw: Bool?, withdrawing: [String], missing: [String]) {
    self.canQuery = canQuery
    self.canTrade = canTrade
    self.canWithdraw = canWithdraw
    self.withdrawing = withdrawing
    self.missing = missing
  }
}
