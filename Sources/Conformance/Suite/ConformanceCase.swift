public import Broker

/// One thing that every plugin must do, or that a plugin which declares the capability must do.
public struct ConformanceCase: Sendable {
  /// Where it is carried out.
  public enum Place: Hashable, Sendable {
    /// At the venue that cases share, with accounts of its own.
    case shared
    /// At a venue of its own, since it steps clocks or strikes calls without a key; the market clock runs so fast.
    case own(speed: Int)
  }

  /// A sentence.
  public var name: String
  /// What it proves; `nil` when every plugin needs it.
  public var capability: Capability?
  /// Where it is carried out.
  public var place: Place
  /// After this it has failed.
  public var bound: Duration
  /// Throws what went otherwise than it must.
  let body: @Sendable (Trial) async throws -> Void

  init(
    _ name: String, _ capability: Capability? = nil, at place: Place = .shared, bound: Duration = .seconds(40),
    _ body: @escaping @Sendable (Trial) async throws -> Void
  ) {
    self.name = name
    self.capability = capability
    self.place = place
    self.bound = bound
    self.body = body
  }
}

/// What went otherwise than it must.
public struct Mismatch: Error, Hashable, Sendable, CustomStringConvertible {
  /// What should have been.
  public var expected: String
  /// What was.
  public var seen: String

  /// What should have been, and what was.
  public init(expected: String, seen: String) {
    self.expected = expected
    self.seen = seen
  }

  /// Both on one line.
  public var description: String { "expected \(expected); seen: \(seen)" }
}

/// How a case ended.
public enum CaseOutcome: Hashable, Sendable {
  /// As it must.
  case passed
  /// Otherwise.
  case failed(Mismatch)
  /// The capability is not declared; why that is in order.
  case notApplicable(String)
}

/// A case and how it ended.
public struct CaseResult: Hashable, Sendable {
  /// The case's name.
  public var name: String
  /// What it proves.
  public var capability: Capability?
  /// How it ended.
  public var outcome: CaseOutcome
  /// How long it took.
  public var took: Duration
}

/// How all cases ended, in their order.
public struct ConformanceReport: Hashable, Sendable {
  /// One for each case.
  public var results: [CaseResult]

  /// How many did as they must.
  public var passed: Int { results.count { $0.outcome == .passed } }
  /// How many do not apply.
  public var notApplicable: Int { results.count - passed - failures.count }
  /// Those that did otherwise.
  public var failures: [CaseResult] {
    results.filter { if case .failed = $0.outcome { true } else { false } }
  }
  /// `61 passed, 0 failed, 14 not applicable`
  public var closingLine: String {
    "\(passed) passed, \(failures.count) failed, \(notApplicable) not applicable"
  }
}
