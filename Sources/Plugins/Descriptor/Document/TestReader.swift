internal import Broker
internal import Core

/// Why a test cannot be used.
struct TestProblem: Error {
  var message: String
  var path: String

  init(_ message: String, path: String = "") {
    self.message = message
    self.path = path
  }
}

/// Reads one test.
struct TestReader {
  let name: String
  let slots: [CredentialSlot]

  private static let signKeys = [
    "operation", "variables", "now", "nonce", "uuid", "random_hex", "credentials", "request",
  ]

  mutating func test(_ value: JSONValue) throws(TestProblem) -> DescriptorTest {
    guard let source = value.member("source")?.scalar, !source.isEmpty else {
      throw TestProblem("needs a source: what made it, which is never the descriptor itself")
    }
    let kind: DescriptorTest.Kind
    if let sign = value.member("sign") {
      try only(["source", "sign"], value)
      kind = try request(sign)
    } else if let facts = value.member("facts") {
      try only(["source", "facts"], value)
      try only(FactsTest.names, facts)
      kind = .facts(facts)
    } else if let ask = value.member("ask") {
      try only(["source", "operation", "call", "variables", "ask"], value)
      try only(CallTest.keys, ask)
      guard ask.member("request")?.scalar != nil else {
        throw TestProblem("needs the request: \"GET https://…\", parameters under query, form, json or payload")
      }
      kind = .ask(
        operation: try operation(value), call: try place(value), variables: try texts(value.member("variables")),
        expected: ask)
    } else if let error = value.member("error") {
      try only(["source", "operation", "status", "headers", "answer", "error"], value)
      try checkFailure(error)
      kind = .failure(operation: try operation(value), answer: try answer(value), expected: error)
    } else {
      try only(["source", "operation", "call", "status", "headers", "answer", "expected", "next"], value)
      guard let expected = value.member("expected") else {
        throw TestProblem("needs sign, ask, expected, error or facts")
      }
      kind = .answer(
        operation: try operation(value), call: try place(value), answer: try answer(value), expected: expected,
        next: value.member("next")?.scalar)
    }
    return DescriptorTest(source: source, name: name, kind: kind)
  }

  private func only(_ keys: [String], _ value: JSONValue) throws(TestProblem) {
    guard case .object(let members) = value else { throw TestProblem("expected an object") }
    for (index, member) in members.enumerated() {
      guard keys.contains(member.key) else {
        let meant = Suggestion.closest(to: member.key, among: keys)
        throw TestProblem(
          "has a key that no test has; "
            + (meant.map { "did you mean \"\($0)\"?" } ?? "known here: \(keys.joined(separator: ", "))"))
      }
      guard !members[..<index].contains(where: { $0.key == member.key }) else {
        throw TestProblem("has \(member.key) twice")
      }
    }
  }

  private func operation(_ value: JSONValue) throws(TestProblem) -> OperationName {
    let names = OperationName.allCases.map(\.rawValue)
    guard let text = value.member("operation")?.scalar, let name = OperationName(rawValue: text) else {
      throw TestProblem("needs an operation: one of \(names.joined(separator: ", "))")
    }
    return name
  }

  private func status(_ value: JSONValue) throws(TestProblem) -> Int? {
    guard let status = value.member("status") else { return nil }
    guard let number = status.scalar.flatMap(Int.init), (100...599).contains(number) else {
      throw TestProblem("expected an HTTP status such as 200")
    }
    return number
  }

  /// The answer's body: a text as it is, anything else as its JSON.
  private func body(_ value: JSONValue) throws(TestProblem) -> String {
    switch value.member("answer") {
    case nil: throw TestProblem("needs the answer: JSON, or its text")
    case .string(let text): text
    case .some(let document): document.encoded
    }
  }

  private func texts(_ value: JSONValue?, lowercased: Bool = false) throws(TestProblem) -> [String: String] {
    guard let value else { return [:] }
    guard case .object(let members) = value else { throw TestProblem("expected texts by name") }
    var texts: [String: String] = [:]
    for member in members {
      guard let text = member.value.scalar else { throw TestProblem("expected texts by name") }
      texts[lowercased ? member.key.lowercased() : member.key] = text
    }
    return texts
  }

  private func answer(_ value: JSONValue) throws(TestProblem) -> HTTPAnswer {
    HTTPAnswer(
      status: try status(value) ?? 200, headers: try texts(value.member("headers"), lowercased: true),
      body: Array(try body(value).utf8))
  }

  /// `also`, `also[1]`, `each`; the operation's own where it is left out.
  private func place(_ value: JSONValue) throws(TestProblem) -> CallPlace {
    guard let written = value.member("call") else { return .own }
    switch written.scalar {
    case "each": return .each
    case "also", "also[0]": return .also(0)
    case "also[1]": return .also(1)
    case "also[2]": return .also(2)
    case "also[3]": return .also(3)
    default: throw TestProblem("expected as call also, also[1] or each; the operation's own is left out")
    }
  }

  private static let meanings = ["class", "scope", "retry", "executed", "words"]

  private func checkFailure(_ error: JSONValue) throws(TestProblem) {
    guard let text = error.member("class")?.scalar ?? error.scalar,
      MeaningKeys.classes.contains(BrokerError.Code(rawValue: text))
    else { throw TestProblem("needs the class of the error, {class: …, scope: …}") }
    guard case .object = error else { return }
    try only(Self.meanings, error)
    if let text = error.member("scope")?.scalar, BrokerError.Scope(rawValue: text) == nil {
      throw TestProblem("expected a scope of errors")
    }
    if let text = error.member("executed")?.scalar, !["unknown", "no"].contains(text) {
      throw TestProblem("expected unknown or no: whether it may have been carried out")
    }
    if let text = error.member("retry")?.scalar, text != "never", DurationText.parse(text) == nil {
      throw TestProblem("expected never, or \(FieldType.duration.phrase)")
    }
  }
}

// MARK: Requests

extension TestReader {
  private func request(_ sign: JSONValue) throws(TestProblem) -> DescriptorTest.Kind {
    try only(Self.signKeys, sign)
    guard let now = sign.member("now")?.scalar.flatMap(Self.time) else {
      throw TestProblem("needs now: \"2023-11-14T22:13:20.123Z\", or milliseconds since 1970")
    }
    guard let request = sign.member("request"), request.member("method")?.scalar != nil,
      request.member("url")?.scalar != nil
    else {
      throw TestProblem("needs the request: {method, url, headers, body}")
    }
    try only(["method", "url", "headers", "body"], request)
    var nonce: UInt64?
    if let text = sign.member("nonce")?.scalar {
      guard let number = UInt64(text) else { throw TestProblem("a nonce is a whole number") }
      nonce = number
    }
    let facts = SigningFacts(
      now: now, nonce: nonce, uuid: sign.member("uuid")?.scalar, randomHex: sign.member("random_hex")?.scalar,
      credentials: try credentials(sign.member("credentials")))
    return .request(
      operation: try operation(sign), variables: try texts(sign.member("variables")), facts: facts, expected: request)
  }

  private func credentials(_ value: JSONValue?) throws(TestProblem) -> [String: Secret] {
    var secrets: [String: Secret] = [:]
    for (name, text) in try texts(value) {
      guard slots.contains(where: { $0.name == name }) else {
        throw TestProblem(
          "gives a credential that is not declared; there is: \(slots.map { $0.name }.joined(separator: ", "))")
      }
      secrets[name] = Secret(Array(CredentialText.normalised(text).utf8))
    }
    return secrets
  }

  private static func time(_ text: String) -> Timestamp? {
    if let time = Timestamp(rfc3339: text) { return time }
    guard let milliseconds = Int64(text) else { return nil }
    let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
  }
}

extension Descriptor {
  /// Whether its tests show enough for orders to be placed by it: one request that is signed, where it signs, and one
  /// answer for each of the operations that an account lives by. Whether they pass is for the runner.
  public var isProven: Bool {
    var signs = signing == nil
    var answers: Set<OperationName> = []
    for test in tests {
      switch test.kind {
      case .request(let name, _, _, _): if operations[name]?.call.isSigned == true { signs = true }
      case .answer(let name, .own, _, _, _): answers.insert(name)
      case .ask, .answer, .failure, .facts: break
      }
    }
    let needed: Set<OperationName> = [.instruments, .balances, .place, .openOrders, .fills]
    // What a program answers no test of this file could show: its digest says which program that is.
    return signs && answers.isSuperset(of: needed.subtracting(delegations.keys))
  }
}
