public import Broker
public import Core

/// A brokerage as its file says, checked: everything that may be wrong about the text alone has been refused before one
/// of these exists. docs/descriptors.md has the format.
public struct Descriptor: Sendable {
  /// A place of the venue.
  public struct Host: Hashable, Sendable {
    /// Its name in the file; the first one's address is the account's `endpoint`.
    public var name: String
    /// Its own address.
    public var endpoint: Broker.Endpoint
  }

  /// What stands behind `plugin:`.
  public var name: String
  /// How people call the brokerage.
  public var title: String
  /// At least one.
  public var hosts: [Host]
  /// The credentials that accounts give.
  public var credentials: [CredentialSlot]
  /// What it can do beyond the plugin protocol's own operations.
  public var capabilities: Set<Capability>
  /// How instruments and currencies are named.
  public var naming: Naming
  /// How our ids are written.
  public var clientIDs: ClientOrderIDRule
  /// How long after it was made an order request may still execute.
  public var orderLifetime: Duration
  /// How soon an order is sure to be in the venue's lists.
  public var visibilityBound: Duration
  /// What a step of the nonce counts unless the account's options say otherwise; `nil` without a nonce.
  public var nonceScale: NonceScale?
  /// How calls are signed; `nil` where none is.
  public var signing: Signing?
  /// What it can be asked, by name.
  public var operations: [OperationName: Operation]
  /// Shares that the venue takes, where no call tells them.
  public var fixedFees: FeeRates?
  /// What a strategy may order, by kind and side.
  public var orderKinds: [OrderKindKey: OrderKindForm]
  /// Closed sets of words.
  public var words: Words
  /// What failures mean.
  public var failures: FailureTable
  /// The venue's counters.
  public var limits: [CallLimit]
  /// The programs that carry out single operations.
  public var programs: [OperationProgram]
  /// Which operations they carry out. One of these that is among ``operations``, too, is there for the stand-in venue.
  public var delegations: [OperationName: Delegation]
  /// Its own tests.
  public var tests: [DescriptorTest]

  /// An operation that is there.
  public subscript(name: OperationName) -> Operation? { operations[name] }
}

/// The same under a name that neither this module nor anything else has.
public typealias BrokerDescriptor = Descriptor

/// How a venue names markets and currencies.
public struct Naming: Hashable, Sendable {
  /// What requests call a market, where `instruments` reads no `id`.
  public var symbol: Template?
  /// Further spellings in answers.
  public var aliases: [Template]
  /// Usual names by the venue's; other currencies are taken in capitals.
  public var currencies: [String: String]
}

/// The closed sets of words, in both directions.
public struct Words: Hashable, Sendable {
  /// The venue's word for each side.
  public var sides: [Side: String]
  /// The venue's word for each candle length that it has.
  public var intervals: [Duration: String]
  /// What each of the venue's words for an order's state means, in the order of the file.
  public var orderStatuses: [Word<Order.Status>]
  /// What each of the venue's words for a market's state means.
  public var instrumentStatuses: [Word<Instrument.Status>]
  /// What every other word for a market's state means, where the file says so.
  public var otherInstrumentStatus: Instrument.Status?

  /// One of the venue's words and its meaning.
  public struct Word<Meaning: Hashable & Sendable>: Hashable, Sendable {
    /// As the venue writes it.
    public var theirs: String
    /// What it means.
    public var ours: Meaning
  }
}

/// How calls are signed. Everything is drawn and computed once a request, in the order of this list.
public struct Signing: Hashable, Sendable {
  /// A named expression.
  public struct Entry: Hashable, Sendable {
    /// The name of a value, a parameter or a header.
    public var name: String
    /// What it is.
    public var expression: Expression
  }
  /// Parameters before the call's own.
  public var first: [Entry]
  /// Parameters after them.
  public var last: [Entry]
  /// Values that later ones may use.
  public var values: [Entry]
  /// Parameters added when everything is signed.
  public var append: [Entry]
  /// Headers.
  public var headers: [Entry]
}

/// A counter of the venue: it fills with calls and empties evenly.
public struct CallLimit: Hashable, Sendable {
  /// What one counter of it is kept for.
  public enum Scope: String, Hashable, Sendable, CaseIterable {
    /// Everything that comes from one address: public and private calls of all keys there.
    case address
    /// One key.
    case key
    /// One market of one key.
    case instrument
  }
  /// Its name in `cost`.
  public var name: String
  /// What one counter is kept for.
  public var scope: Scope
  /// The most that it takes.
  public var most: Int
  /// In what time it empties when it is full.
  public var per: Duration
  /// Kept for what is urgent.
  public var reserve: Int
}
