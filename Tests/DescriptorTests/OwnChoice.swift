import Broker
import Core

@testable import Descriptor

/// What of a file no test from outside can speak of: what the file decides by itself, and what comes to the same for
/// every answer and request that is known. All of it is bounded when the file is read.
enum OwnChoice {
  /// The same descriptor with one and the same choice everywhere:
  ///
  /// * how long to wait before asking again, where the venue does not say (whether to ask again at all is no choice);
  /// * what of a limit is kept for what is urgent, and the order of limits;
  /// * how soon an order is taken to be in the venue's lists;
  /// * how many pages, or rows to ask about, are an error;
  /// * that a status other than 2xx is a failure, which it is in any case;
  /// * which of two rules of errors comes first where no answer that is known falls under both;
  /// * how much of the venue's words stands beside a `*` of a rule, where that decides about no answer that is known;
  /// * `path_query` for `path` in a signature where no signed call has a query.
  static func settled(_ descriptor: Descriptor) -> Descriptor {
    var settled = descriptor
    settled.visibilityBound = .seconds(1)
    for index in settled.limits.indices { settled.limits[index].reserve = 0 }
    settled.limits.sort { $0.name < $1.name }
    settled.failures = failures(settled.failures, known: known(descriptor))
    for (name, operation) in settled.operations {
      var operation = operation
      operation.call = call(operation.call)
      operation.also = operation.also.map(call)
      if case .rows(let source, _)? = operation.each { operation.each = .rows(call(source), most: 100) }
      settled.operations[name] = operation
    }
    if let signing = settled.signing, !hasSignedQuery(descriptor) { settled.signing = withoutQuery(signing) }
    return settled
  }

  // MARK: Failures

  /// Every answer of its tests.
  private static func known(_ descriptor: Descriptor) -> [AnswerView] {
    descriptor.tests.compactMap { test in
      switch test.kind {
      case .failure(_, let answer, _), .answer(_, _, let answer, _, _): AnswerView(answer)
      case .request, .ask, .facts: nil
      }
    }
  }

  private static func failures(_ table: FailureTable, known: [AnswerView]) -> FailureTable {
    var table = table
    table.failed.removeAll { $0.allSatisfy(isRefusal) }
    table.otherwise = meaning(table.otherwise)
    var rules: [FailureTable.Rule] = []
    for var rule in table.rules {
      rule.conditions = rule.conditions.map { reach($0, known) }
      rule.meaning = meaning(rule.meaning)
      if !rules.contains(rule) { rules.append(rule) }
    }
    table.rules = rules.sorted { "\($0)" < "\($1)" }
    return table
  }

  private static func isRefusal(_ condition: Condition) -> Bool {
    guard condition.subject == .status, !condition.isNegated, case .range(let range) = condition.pattern else {
      return false
    }
    return !range.overlaps(200...299)
  }

  /// A condition with a `*` as the answers that it holds for.
  private static func reach(_ condition: Condition, _ known: [AnswerView]) -> Condition {
    guard case .text(_, let before, let after) = condition.pattern, before || after else { return condition }
    let places = known.indices.filter { RowReader(known[$0]).holds(condition) }
    let path = Path(origin: .root, steps: [], isOptional: false)
    return Condition(
      subject: .path(path), pattern: .text("\(places)", anyBefore: true, anyAfter: true), isNegated: false)
  }

  private static func meaning(_ meaning: FailureTable.Meaning) -> FailureTable.Meaning {
    var meaning = meaning
    // What passes by itself, or is in doubt, is asked again after a while also where the file says no time.
    let passes = meaning.mayHaveExecuted || [.rateLimited, .lockedOut, .venueUnavailable].contains(meaning.code)
    if meaning.retry != nil || passes { meaning.retry = .seconds(1) }
    return meaning
  }

  // MARK: Calls and signing

  private static func call(_ call: Call) -> Call {
    var call = call
    // One page or several is no choice: a second one must be there to be asked for.
    if let most = call.paging?.most, most > 1 { call.paging?.most = 2 }
    return call
  }

  private static func hasSignedQuery(_ descriptor: Descriptor) -> Bool {
    let calls = descriptor.operations.values.flatMap { $0.calls.map(\.call) }
    return calls.contains { $0.isSigned && !$0.query.isEmpty } || descriptor.signing?.parameters.isEmpty == false
  }

  private static func withoutQuery(_ signing: Signing) -> Signing {
    var signing = signing
    for index in signing.values.indices { signing.values[index].expression = plain(signing.values[index].expression) }
    for index in signing.headers.indices {
      signing.headers[index].expression = plain(signing.headers[index].expression)
    }
    return signing
  }

  private static func plain(_ expression: Expression) -> Expression {
    switch expression {
    case .variable("path_query", let kind): .variable("path", kind)
    case .join(let a, let b, let kind): .join(plain(a), plain(b), kind)
    case .call(let function, let arguments): .call(function, arguments.map(plain))
    case .text, .integer, .variable, .jwt: expression
    }
  }
}
