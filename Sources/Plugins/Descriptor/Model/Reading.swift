public import Broker
internal import Core

/// Where in an answer something is.
public struct Path: Hashable, Sendable {
  /// What it begins at.
  public enum Origin: Hashable, Sendable {
    /// The row, or the answer where there are no rows.
    case row
    /// The whole answer: `$`.
    case root
    /// A header: `#name`, in lower case.
    case header(String)
  }
  /// A step down.
  public enum Step: Hashable, Sendable {
    /// A member.
    case member(String)
    /// A member whose name holds `{symbol} {base} {quote}` of the market that was asked about.
    case named(Template)
    /// An element; negative from the end.
    case element(Int)
    /// The element of a list whose member `key` is `value`.
    case matching(key: String, value: String)
    /// Every element: `[]`.
    case elements
    /// Every value of an object: `*`.
    case values
    /// The key of the object's member that `*` came through: `@key`.
    case key
  }
  /// What it begins at.
  public var origin: Origin
  /// The steps.
  public var steps: [Step]
  /// Whether it may be absent: `path?`.
  public var isOptional: Bool
}

/// How a field is read.
public indirect enum Reading: Hashable, Sendable {
  /// What stands there.
  case path(Path)
  /// Itself.
  case literal(String)
  /// A function of others.
  case apply(Function, [Reading])
  /// The first that is there: `a | b`.
  case first([Reading])
  /// The first whose conditions all hold; where none does, the field is absent.
  case cases([Case])

  /// A case.
  public struct Case: Hashable, Sendable {
    /// All of them must hold.
    public var conditions: [Condition]
    /// What the field is then, in our words; of a field without words of ours see ``reading``.
    public var then: String
    /// What the field is then, where it is not one of a closed set.
    public var reading: Reading?

    /// A case.
    public init(conditions: [Condition], then: String = "", reading: Reading? = nil) {
      self.conditions = conditions
      self.then = then
      self.reading = reading
    }
  }

  /// What can be done to what was read.
  public enum Function: String, Hashable, Sendable, CaseIterable {
    // To times.
    case s, ms, us, ns, iso
    case httpDate = "http_date"
    // Of numbers, to numbers.
    case abs, sum, minus, times, over, percent, step
    /// The sum of everything that a path leads to.
    case total
    // Of numbers, to text.
    case sign
    // Of texts.
    case before, after, upper, lower, word
    /// So many characters at an end; with a count below zero all but those at the other.
    case head, tail
    /// Both texts together, for an id that is unique only together with a market.
    case join

    /// How many arguments it takes.
    public var arity: Int {
      switch self {
      case .sum, .minus, .times, .over, .before, .after, .head, .tail, .join: 2
      default: 1
      }
    }
  }
}

/// What must be so.
public struct Condition: Hashable, Sendable {
  /// What is looked at.
  public enum Subject: Hashable, Sendable {
    /// The HTTP status.
    case status
    /// What stands at a path; nothing matches what is absent.
    case path(Path)
  }
  /// What it must look like.
  public enum Pattern: Hashable, Sendable {
    /// A status from one number to another.
    case range(ClosedRange<Int>)
    /// This text, with anything in place of a `*` at its ends.
    case text(String, anyBefore: Bool, anyAfter: Bool)
  }
  /// What is looked at.
  public var subject: Subject
  /// What it must look like.
  public var pattern: Pattern
  /// Whether it must be there and look otherwise: `!`.
  public var isNegated: Bool
}

/// What failures look like and mean.
public struct FailureTable: Hashable, Sendable {
  /// Each is enough to make an answer a failure; the entries of one must all hold.
  public var failed: [[Condition]]
  /// Where the venue's words are.
  public var message: Reading?
  /// The first that matches counts.
  public var rules: [Rule]
  /// What everything else means.
  public var otherwise: Meaning

  /// A failure that is known.
  public struct Rule: Hashable, Sendable {
    /// All of them must hold.
    public var conditions: [Condition]
    /// What it means.
    public var meaning: Meaning
  }

  /// What a failure means.
  public struct Meaning: Hashable, Sendable {
    /// The class.
    public var code: BrokerError.Code
    /// How far it reaches.
    public var scope: BrokerError.Scope
    /// The same may be asked again after this; `nil` for never.
    public var retry: Duration?
    /// A header that says so in seconds.
    public var retryHeader: String?
    /// Whether an unsafe call may have been carried out all the same.
    public var mayHaveExecuted: Bool
  }
}
