internal import Broker
internal import Core

/// Holds a call against what a test says that it asks for. Whatever is sent must be written there: parameters by name,
/// without those of signing.
struct CallTest {
  let descriptor: Descriptor
  let operation: Operation

  /// What a test may say of a call.
  static let keys = [
    "request", "query", "form", "json", "payload", "headers", "signed", "cost", "most", "window", "each",
    "then",
  ]
  private static let pageVariables: Set<String> = ["page", "offset", "last"]

  func differences(_ place: CallPlace, _ texts: [String: String], _ expected: JSONValue) -> [String] {
    guard let call = operation.call(place) else { return ["the operation has no such call"] }
    var bare = call
    bare.isSigned = false
    do throws(RequestError) {
      let builder = try builder()
      let page = texts.keys.contains(where: Self.pageVariables.contains) ? call.paging?.send ?? [] : []
      let built = try builder.request(
        bare, try variables(texts, call), page: page, SigningDraw(now: Timestamp(nanoseconds: 0)))
      return said(built, call, expected) + declared(call, expected) + (place == .own ? shared(expected) : [])
    } catch {
      return [error.description]
    }
  }

  private func builder() throws(RequestError) -> RequestBuilder {
    do throws(BrokerError) {
      return try RequestBuilder(descriptor, endpoints: descriptor.hosts.map(\.endpoint), credentials: [:])
    } catch { throw .noCredentials }
  }

  /// Sides and candle lengths in our words, the kind of an order by its name; a page's size where none is given.
  private func variables(_ given: [String: String], _ call: Call) throws(RequestError) -> CallVariables {
    var texts = given
    let kind = texts.removeValue(forKey: "kind").flatMap(OrderKindKey.Kind.init(rawValue:)) ?? .limit
    let side = texts["side"].flatMap(Side.init(rawValue:))
    if let side, let word = descriptor.words.sides[side] { texts["side"] = word }
    if let length = texts["interval"].flatMap(DurationText.parse) {
      guard let word = descriptor.words.intervals[length] else { throw .wrongType("interval") }
      texts["interval"] = word
    }
    if let size = call.paging?.size, texts["limit"] == nil { texts["limit"] = String(size) }
    var variables = CallVariables(texts: texts, clientIDs: descriptor.clientIDs)
    guard operation.name == .place else { return variables }
    let forms = descriptor.orderKinds
    if let form = forms[OrderKindKey(kind: kind, side: side)] ?? forms[OrderKindKey(kind: kind)] { variables.add(form) }
    return variables
  }

  // MARK: What is sent

  private func said(_ built: BuiltRequest, _ call: Call, _ expected: JSONValue) -> [String] {
    let request = built.request
    let parts = request.url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    var differences: [String] = []
    let line = "\(request.method) \(parts.first ?? "")"
    if line != expected.member("request")?.scalar { differences.append("request: seen \(line)") }
    differences += pairs("query", WireParts.pairs(parts.count > 1 ? parts[1] : ""), expected)
    let body = String(decoding: request.body, as: UTF8.self)
    switch call.carrier {
    case .form: differences += pairs("form", WireParts.pairs(body), expected)
    case .json: differences += document("json", body, expected)
    case .payload: differences += document("payload", built.subject.payload, expected)
    case .none: break
    }
    let carried: String? =
      switch call.carrier {
      case .none: nil
      case .form: "form"
      case .json: "json"
      case .payload: "payload"
      }
    // Where signing puts its parameters hangs on whether there is a form or payload, even an empty one.
    for name in ["form", "json", "payload"] where (name == carried) != (expected.member(name) != nil) {
      differences.append("\(name): \(name == carried ? "expected" : "seen") none")
    }
    let own = request.headers.filter { !["user-agent", "content-type"].contains($0.name.lowercased()) }
    return differences + pairs("headers", own, expected)
  }

  private func pairs(_ key: String, _ seen: [(name: String, value: String)], _ expected: JSONValue) -> [String] {
    let wanted = expected.member(key)?.objectMembers ?? []
    var differences: [String] = []
    for (name, value) in wanted where !seen.contains(where: { $0.name == name && $0.value == value.scalar }) {
      let other = seen.first { $0.name == name }?.value
      differences.append("\(key).\(name): expected \(value.encoded), seen \(other ?? "none")")
    }
    for (name, value) in seen where !wanted.contains(where: { $0.key == name }) {
      differences.append("\(key).\(name): expected none, seen \(value)")
    }
    if seen.count != Set(seen.map(\.name)).count { differences.append("\(key): a name comes twice") }
    return differences
  }

  private func document(_ key: String, _ text: String, _ expected: JSONValue) -> [String] {
    let wanted = expected.member(key) ?? .null
    guard let json = try? JSON(parsing: Array(text.utf8)) else { return ["\(key): seen no document"] }
    let seen = JSONValue(json)
    return seen.isSame(wanted) ? [] : ["\(key): expected \(wanted.encoded), seen \(seen.encoded)"]
  }

  /// For what the operation's own call is made anew, and which lists are searched after it.
  private func shared(_ expected: JSONValue) -> [String] {
    var differences: [String] = []
    let each: JSONValue =
      switch operation.each {
      case nil: .null
      case .followed: "followed"
      case .rows: "rows"
      }
    if (expected.member("each") ?? .null) != each { differences.append("each: seen \(each.encoded)") }
    let then = JSONValue.array(operation.then.map { .string($0.rawValue) })
    if (expected.member("then") ?? .array([])) != then { differences.append("then: seen \(then.encoded)") }
    return differences
  }

  // MARK: What is declared of it

  private func declared(_ call: Call, _ expected: JSONValue) -> [String] {
    var differences: [String] = []
    func compare(_ key: String, _ seen: JSONValue) {
      guard let wanted = expected.member(key), !wanted.isSame(seen) else { return }
      differences.append("\(key): expected \(wanted.encoded), seen \(seen.encoded)")
    }
    if call.isSigned != (expected.member("signed")?.scalar == "true") {
      differences.append("signed: seen \(call.isSigned)")
    }
    compare("cost", .object(call.cost.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) }))
    compare("most", .optional(call.paging?.size ?? call.most))
    if let wanted = expected.member("window")?.scalar, DurationText.parse(wanted) != call.window {
      differences.append("window: expected \(wanted), seen \(call.window.map(DurationText.text) ?? "none")")
    }
    return differences
  }
}
