public import Broker
public import Core

/// A venue made for one plugin that the suite may misuse: the sandbox, or whatever else stands in for a brokerage.
///
/// The suite knows nothing of the venue's paths and bodies: faults strike an account's calls by number, and what came of
/// them is read from the venue's own ledger.
public protocol ConformanceVenue: Sendable {
  /// Where the plugin reaches it.
  var endpoint: Broker.Endpoint { get }
  /// What its protocol clock shows: nonces, expiries and deadlines are made from it.
  var clock: any ProtocolClock { get }
  /// The clock of its candles.
  var marketClock: MarketClock { get }
  /// Options to make the plugin with, where the venue's accounts need others than the defaults.
  var options: [String: String] { get }

  /// Whether it is made from the plugin's own description: its answers say what that reads, and no more.
  var isDerived: Bool { get }

  /// A key of an account, which is made when there is none of that name.
  func open(_ wish: AccountWish) async throws(VenueTrouble) -> OpenedAccount
  /// Makes every key of an account unknown.
  func revokeKeys(of account: String) async throws(VenueTrouble)
  /// Sets a fault.
  func set(_ fault: VenueFault) async throws(VenueTrouble)
  /// Forgets the faults of an account.
  func clearFaults(of account: String) async throws(VenueTrouble)
  /// Forgets all faults.
  func clearFaults() async throws(VenueTrouble)
  /// Moves its protocol clock ahead; ``clock`` follows.
  func stepClock(by step: Duration) async throws(VenueTrouble)
  /// What its ledger holds of an account.
  func facts(of account: String) async throws(VenueTrouble) -> AccountFacts
  /// Ends it. Nothing else is called afterwards.
  func close() async
}

extension ConformanceVenue {
  /// It is not, unless it says so.
  public var isDerived: Bool { false }
}

/// Makes venues. Cases that step clocks or strike calls without a key get one of their own.
public protocol ConformanceVenues: Sendable {
  /// A fresh venue whose market clock runs so many times as fast as the wall.
  func open(speed: Int) async throws(VenueTrouble) -> any ConformanceVenue
}

/// Why the venue could not be asked: a fault of the stand-in, not of the plugin.
public struct VenueTrouble: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, one line.
  public let description: String
  /// Trouble in words.
  public init(_ description: String) { self.description = description }
}

/// An account to be opened, and what its key may do.
public struct AccountWish: Hashable, Sendable {
  /// What a key may be allowed, whatever the venue calls it.
  public enum Right: String, Hashable, Sendable, CaseIterable {
    /// Read balances, orders and fills.
    case query
    /// Place and cancel orders.
    case trade
    /// Move money out.
    case withdraw
  }

  /// The account's name at the stand-in.
  public var name: String
  /// What it begins with, by usual currency names.
  public var funds: [String: ExactDecimal]
  /// What the key may do.
  public var rights: Set<Right>

  /// An account with such funds and a key with such rights.
  public init(name: String, funds: [String: ExactDecimal], rights: Set<Right> = [.query, .trade]) {
    self.name = name
    self.funds = funds
    self.rights = rights
  }
}

/// An open account and a throw-away key to it.
public struct OpenedAccount: Sendable {
  /// Values by slot name.
  public var credentials: [String: Secret]
  /// What names the account at the venue, where the venue has such a name.
  public var identity: String?

  /// An account as opened.
  public init(credentials: [String: Secret], identity: String?) {
    self.credentials = credentials
    self.identity = identity
  }
}

/// A fault and which calls it strikes.
public struct VenueFault: Hashable, Sendable {
  /// As docs/sandbox.md writes it: `drop_after`, `http:502`, `garbage:empty`.
  public var text: String
  /// Whose calls are struck; `nil` for everybody's, those without a key among them.
  public var account: String?
  /// The first call that is struck, counted from 1 from now on.
  public var first: Int
  /// How many calls are struck.
  public var count: Int

  /// A fault for `count` calls.
  public init(_ text: String, account: String? = nil, first: Int = 1, count: Int = 1) {
    self.text = text
    self.account = account
    self.first = first
    self.count = count
  }
}
