import Synchronization

/// What goes wrong on the wire.
enum Fault: Hashable, Sendable {
  /// The connection closes before the venue has seen the request.
  case dropBefore
  /// The venue does what is asked, then the connection closes without an answer.
  case dropAfter
  /// The venue says this and does nothing.
  case error(String)
  /// The edge answers with this status and a page; the venue never sees the request.
  case http(Int)
  /// The venue does what is asked; its answer comes so many milliseconds late.
  case delay(Int)

  /// Reads `drop_before`, `drop_after`, `error:<text>`, `http:<status>`, `delay:<milliseconds>`.
  init?(parsing text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let number = parts.count == 2 ? Int(parts[1]) : nil
    switch (parts.first, parts.count) {
    case ("drop_before", 1): self = .dropBefore
    case ("drop_after", 1): self = .dropAfter
    case ("error", 2): self = .error(parts[1])
    case ("http", 2):
      guard let number, (400..<600).contains(number) else { return nil }
      self = .http(number)
    case ("delay", 2):
      guard let number, (0...600_000).contains(number) else { return nil }
      self = .delay(number)
    default: return nil
    }
  }
}

/// Which calls a fault strikes.
struct FaultRule: Hashable, Sendable {
  /// The venue; `nil` for all.
  var venue: String?
  /// The account; `nil` for all, and for calls without a key.
  var account: String?
  /// The venue's name of the call; `nil` for all.
  var endpoint: String?
  /// The first matching call that is struck, counted from 1 from the moment the rule was set.
  var first = 1
  /// How many calls are struck.
  var count = 1
  /// What happens to them.
  var fault: Fault
}

/// The faults that are set. One call is struck by one rule at most: the oldest that fits.
final class FaultTable: Sendable {
  private let rules = Mutex<[(rule: FaultRule, seen: Int)]>([])
  /// More rules than this are refused.
  static let limit = 1_000

  /// Sets a rule; `false` when there are too many.
  func add(_ rule: FaultRule) -> Bool {
    rules.withLock { rules in
      guard rules.count < Self.limit else { return false }
      rules.append((rule, 0))
      return true
    }
  }

  /// Forgets all rules.
  func clear() { rules.withLock { $0 = [] } }

  /// Counts a call, and says what strikes it.
  func strike(venue: String, _ subject: RequestSubject) -> Fault? {
    rules.withLock { rules in
      var struck: Fault?
      for index in rules.indices where rules[index].rule.fits(venue, subject) {
        rules[index].seen += 1
        let call = rules[index].seen - rules[index].rule.first
        if struck == nil, call >= 0, call < rules[index].rule.count { struck = rules[index].rule.fault }
      }
      rules.removeAll { $0.seen >= $0.rule.first + $0.rule.count - 1 }
      return struck
    }
  }
}

extension FaultRule {
  fileprivate func fits(_ venue: String, _ subject: RequestSubject) -> Bool {
    (self.venue ?? venue) == venue && (account == nil || account == subject.account)
      && (endpoint ?? subject.endpoint) == subject.endpoint
  }
}
