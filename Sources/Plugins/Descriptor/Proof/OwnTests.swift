internal import Broker
internal import Core

/// What became of one of the tests that a descriptor brings.
public struct OwnTestResult: Sendable {
  /// The test's name.
  public var name: String
  /// What made it.
  public var source: String
  /// What differs; nothing when it passed.
  public var differences: [String]
  /// Whether it passed.
  public var hasPassed: Bool { differences.isEmpty }
}

/// Runs the tests that a descriptor brings.
public enum OwnTests {
  /// All of them, in their order.
  public static func run(_ descriptor: Descriptor) -> [OwnTestResult] {
    descriptor.tests.map { test in
      OwnTestResult(name: test.name, source: test.source, differences: differences(test, descriptor))
    }
  }

  private static func differences(_ test: DescriptorTest, _ descriptor: Descriptor) -> [String] {
    do throws(BrokerError) {
      switch test.kind {
      case .request(let name, let variables, let facts, let expected):
        return try request(descriptor, name, variables, facts, expected)
      case .ask(let name, let place, let texts, let expected):
        let operation = try operation(name, descriptor)
        return CallTest(descriptor: descriptor, operation: operation).differences(place, texts, expected)
      case .answer(let name, let place, let answer, let expected, let next):
        let operation = try operation(name, descriptor)
        guard let call = operation.call(place) else { return ["the operation has no such call"] }
        let values = AnswerValues(descriptor: descriptor, operation: operation, call: call)
        let market = market(expected, descriptor)
        let seen = try values.values(answer, market: market)
        let page = next.map { values.next(after: answer, market: market, expected: $0) } ?? []
        return AnswerValues.differences(expected, seen) + values.order(of: seen) + page
      case .failure(let name, let answer, let expected):
        return failure(try operation(name, descriptor), descriptor, answer, expected)
      case .facts(let expected): return FactsTest(descriptor: descriptor).differences(expected)
      }
    } catch {
      return [error.description]
    }
  }

  private static func operation(
    _ name: OperationName, _ descriptor: Descriptor
  ) throws(BrokerError) -> Operation {
    guard let operation = descriptor[name] else {
      guard descriptor.delegations[name] == nil else {
        throw BrokerError(
          .unsupported, scope: .order, recovery: .never,
          message: "\(name.rawValue) is a program's: no test of the descriptor's can show what it does")
      }
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, message: "the descriptor has no \(name.rawValue)")
    }
    return operation
  }

  /// The market that an answer is about, for members that are named by it: what its rows are expected to name.
  private static func market(_ expected: JSONValue, _ descriptor: Descriptor) -> CallVariables {
    var variables = CallVariables()
    let row: JSONValue? = if case .array(let rows) = expected { rows.first } else { expected }
    for name in ["symbol", "base", "quote"] {
      if let text = (row?.member("$" + name) ?? row?.member(name))?.scalar { variables[name] = .string(text) }
    }
    return variables
  }

  // MARK: Requests

  private static func request(
    _ descriptor: Descriptor, _ name: OperationName, _ texts: [String: String], _ facts: SigningFacts,
    _ expected: JSONValue
  ) throws(BrokerError) -> [String] {
    let operation = try operation(name, descriptor)
    let builder = try RequestBuilder(
      descriptor, endpoints: descriptor.hosts.map(\.endpoint), credentials: facts.credentials)
    var texts = texts
    let kind = texts.removeValue(forKey: "kind").flatMap(OrderKindKey.Kind.init(rawValue:)) ?? .limit
    let side = texts["side"].flatMap(Side.init(rawValue:))
    if let side, let word = descriptor.words.sides[side] { texts["side"] = word }
    var variables = CallVariables(texts: texts, clientIDs: descriptor.clientIDs)
    if name == .place {
      let forms = descriptor.orderKinds
      if let form = forms[OrderKindKey(kind: kind, side: side)] ?? forms[OrderKindKey(kind: kind)] {
        variables.add(form)
      }
    }
    let draw = SigningDraw(
      now: facts.now, nonce: facts.nonce ?? 0, uuid: facts.uuid, randomHex: facts.randomHex)
    do throws(RequestError) {
      return compare(try builder.request(operation.call, variables, draw).request, expected)
    } catch {
      return [error.description]
    }
  }

  private static func compare(_ request: HTTPRequest, _ expected: JSONValue) -> [String] {
    var differences: [String] = []
    func expect(_ name: String, _ seen: String, _ wanted: String?) {
      guard let wanted, wanted != seen else { return }
      differences.append("\(name): expected \(wanted), seen \(seen)")
    }
    expect("method", request.method, expected.member("method")?.scalar)
    expect("url", request.url, expected.member("url")?.scalar)
    expect("body", String(decoding: request.body, as: UTF8.self), expected.member("body")?.scalar)
    for (name, value) in expected.member("headers")?.objectMembers ?? [] {
      let seen = request.headers.first { $0.name.lowercased() == name.lowercased() }?.value
      expect(name, seen ?? "no such header", value.scalar)
    }
    return differences
  }

  // MARK: Failures

  private static func failure(
    _ operation: Operation, _ descriptor: Descriptor, _ answer: HTTPAnswer, _ expected: JSONValue
  ) -> [String] {
    let view = AnswerView(answer)
    let wanted = expected.member("class")?.scalar ?? expected.scalar ?? ""
    guard let verdict = descriptor.failures.verdict(view) else { return ["expected \(wanted), seen no failure"] }
    let error = CallNature(operation: operation.name, effect: operation.effect).error(verdict, view, words: "")
    var differences: [String] = []
    func compare(_ name: String, _ wanted: String?, _ seen: String) {
      guard let wanted, wanted != seen else { return }
      differences.append("\(name): expected \(wanted), seen \(seen)")
    }
    compare("class", wanted, error.code.rawValue)
    compare("scope", expected.member("scope")?.scalar, error.scope.rawValue)
    compare("executed", expected.member("executed")?.scalar, verdict.meaning.mayHaveExecuted ? "unknown" : "no")
    compare("words", expected.member("words")?.scalar, verdict.words ?? "")
    compare("retry", expected.member("retry")?.scalar, retry(error.recovery))
    return differences
  }

  private static func retry(_ recovery: BrokerError.Recovery) -> String {
    if case .retry(let after) = recovery { DurationText.text(after) } else { "never" }
  }
}
