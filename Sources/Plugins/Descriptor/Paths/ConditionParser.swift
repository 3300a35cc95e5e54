/// Reads conditions: `status: 400-599`, `code: "-2010"`, `msg: "*insufficient*"`, `state: "!live"`.
enum ConditionParser {
  /// Of a failure, `status` is the HTTP status (the body's own is `$.status`); elsewhere it is a member.
  static func subject(_ text: String, statusIsHTTP: Bool) throws(TextProblem) -> Condition.Subject {
    if statusIsHTTP, text == "status" { return .status }
    return .path(try ReadingParser.parsePath(text))
  }

  /// What the subject must look like.
  static func condition(_ subject: Condition.Subject, _ text: String) throws(TextProblem) -> Condition {
    let isNegated = text.hasPrefix("!")
    let wanted = isNegated ? String(text.dropFirst()) : text
    if subject != .status, wanted.utf8.count == 7, (try? status(wanted)) != nil {
      throw TextProblem(offset: 0, message: "only the HTTP status, which is `status` under errors, has a range")
    }
    let pattern = subject == .status ? try status(wanted) : try pattern(wanted)
    if isNegated, pattern == .text("", anyBefore: true, anyAfter: true) {
      throw TextProblem(offset: 0, message: "nothing looks otherwise than *")
    }
    return Condition(subject: subject, pattern: pattern, isNegated: isNegated)
  }

  private static func status(_ text: String) throws(TextProblem) -> Condition.Pattern {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
      part.utf8.count == 3 ? Int(part) : nil
    }
    guard (1...2).contains(parts.count), let first = parts.first ?? nil, let last = parts.last ?? nil,
      first >= 100, first <= last, last <= 599
    else { throw TextProblem(offset: 0, message: "expected an HTTP status such as 429, or a range such as 400-599") }
    return .range(first...last)
  }

  private static func pattern(_ text: String) throws(TextProblem) -> Condition.Pattern {
    var rest = text[...]
    let anyBefore = rest.hasPrefix("*")
    if anyBefore { rest = rest.dropFirst() }
    let anyAfter = rest.hasSuffix("*") || text == "*"
    if rest.hasSuffix("*") { rest = rest.dropLast() }
    guard !rest.contains("*") else {
      throw TextProblem(offset: 0, message: "* stands for anything only at the ends of a text")
    }
    return .text(String(rest), anyBefore: anyBefore, anyAfter: anyAfter)
  }
}
