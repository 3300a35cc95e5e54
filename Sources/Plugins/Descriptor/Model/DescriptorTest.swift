public import Broker
public import Core

/// A test that the descriptor brings.
public struct DescriptorTest: Sendable {
  /// What it shows.
  public enum Kind: Sendable {
    /// A request, whole: `request` has `method`, `url`, `headers`, `body`.
    case request(operation: OperationName, variables: [String: String], facts: SigningFacts, expected: JSONValue)
    /// What a call asks for, whoever signs it: `expected` has `request`, its parameters, `signed`, `cost`, `most`.
    case ask(operation: OperationName, call: CallPlace, variables: [String: String], expected: JSONValue)
    /// What is read from an answer, and by what the next page is asked for: an empty text where it is the last one.
    case answer(operation: OperationName, call: CallPlace, answer: HTTPAnswer, expected: JSONValue, next: String?)
    /// What a failure means: `class`, and what else stands in `error`.
    case failure(operation: OperationName, answer: HTTPAnswer, expected: JSONValue)
    /// What the file says of the venue as a whole: words, limits, bounds.
    case facts(JSONValue)
  }
  /// What made it: never the descriptor itself.
  public var source: String
  /// Its name for messages.
  public var name: String
  /// What it shows.
  public var kind: Kind
}

/// Which of an operation's calls.
public enum CallPlace: Hashable, Sendable {
  /// The operation's own.
  case own
  /// A further one, counted from 0.
  case also(Int)
  /// The one whose rows the operation's own is made for.
  case each
}

extension Operation {
  /// The call at a place, where there is one.
  public func call(_ place: CallPlace) -> Call? {
    switch place {
    case .own: call
    case .also(let index): also.indices.contains(index) ? also[index] : nil
    case .each: if case .rows(let source, _)? = each { source } else { nil }
    }
  }

  /// Its calls by their places.
  public var calls: [(place: CallPlace, call: Call)] {
    let further = also.enumerated().map { (CallPlace.also($0.offset), $0.element) }
    var all = [(CallPlace.own, call)] + further
    if case .rows(let source, _)? = each { all.append((.each, source)) }
    return all
  }
}

/// What is drawn for a request, given: for tests.
public struct SigningFacts: Sendable {
  /// The protocol clock.
  public var now: Timestamp
  /// The nonce.
  public var nonce: UInt64?
  /// A UUID in its usual form, in lower case.
  public var uuid: String?
  /// 32 hexadecimal digits.
  public var randomHex: String?
  /// Credentials by slot.
  public var credentials: [String: Secret]

  /// What a request was made with.
  public init(
    now: Timestamp, nonce: UInt64? = nil, uuid: String? = nil, randomHex: String? = nil, credentials: [String: Secret]
  ) {
    self.now = now
    self.nonce = nonce
    self.uuid = uuid
    self.randomHex = randomHex
    self.credentials = credentials
  }
}
