internal import Broker
internal import Core

/// A recorded request against the one that a descriptor makes for the same operation.
public struct RequestProof: Sendable {
  /// Whether what is said is the same: method, address, parameters.
  public enum Outcome: Hashable, Sendable {
    /// The same, but for differences on purpose.
    case passed
    /// What differs.
    case failed([String])
    /// There is nothing to compare, and why.
    case unsupported(String)
  }

  /// Whether it is signed alike.
  public enum Signature: Hashable, Sendable {
    /// Neither is signed.
    case none
    /// Our whole request has their signature.
    case equal
    /// Ours differs in parameters, in their order or on purpose; their very bytes, signed by the descriptor, have their
    /// signature.
    case equalOverRecorded
    /// It has another signature.
    case different([String])
    /// What signs it differs from request to request, or the recorded one is of another kind.
    case incomparable(String)
  }

  /// The case's name.
  public var id: String
  /// The client's word for what it was asked to do.
  public var operation: String
  /// Whether what is said is the same.
  public var outcome: Outcome
  /// Whether it is signed alike.
  public var signature: Signature
  /// Differences on purpose that were met.
  public var declared: [RecordedDifference]

  /// Compares all recorded requests of a venue.
  public static func run(
    _ descriptor: Descriptor, _ recorded: RecordedRequests, declared: [RecordedDifference] = []
  ) -> [RequestProof] {
    recorded.cases.map { entry in
      let proof = RecordedComparison(descriptor, recorded, entry, declared.filter { $0.covers(entry.operation) })
      return proof.result()
    }
  }
}

extension RecordedDifference {
  func covers(_ name: String) -> Bool { operation == "*" || operation == name }
}

/// One comparison.
struct RecordedComparison {
  private let descriptor: Descriptor
  private let recorded: RecordedRequests
  private let entry: RecordedRequests.Case
  private let declared: [RecordedDifference]

  init(
    _ descriptor: Descriptor, _ recorded: RecordedRequests, _ entry: RecordedRequests.Case,
    _ declared: [RecordedDifference]
  ) {
    self.descriptor = descriptor
    self.recorded = recorded
    self.entry = entry
    self.declared = declared
  }

  func result() -> RequestProof {
    var proof = RequestProof(
      id: entry.id, operation: entry.operation, outcome: .passed, signature: .none, declared: [])
    guard let request = entry.request else {
      proof.outcome = .unsupported("the client cannot do it")
      return proof
    }
    if let other = declared.first(where: { $0.kind == .otherCall }) {
      proof.outcome = .unsupported(other.because)
      proof.declared = [other]
      return proof
    }
    do throws(RecordedPlan.Unsupported) {
      let attempt = try best(request)
      proof.outcome = attempt.differences.isEmpty ? .passed : .failed(attempt.differences)
      proof.declared = attempt.declared
      proof.signature = attempt.signature
    } catch {
      proof.outcome = .unsupported(error.reason)
    }
    return proof
  }

  private struct Attempt {
    var differences: [String]
    var declared: [RecordedDifference]
    var signature: RequestProof.Signature
  }

  /// What a nonce counted is not recorded: the scale that fits is taken.
  private func best(_ request: RecordedRequests.Request) throws(RecordedPlan.Unsupported) -> Attempt {
    let milliseconds = UInt64(max(0, recorded.now.milliseconds))
    var first: Attempt?
    for nonce in [milliseconds, milliseconds * 1_000, milliseconds * 1_000_000, milliseconds / 1_000] {
      let attempt = try attempt(request, nonce: nonce)
      let isSame = attempt.differences.isEmpty
      switch attempt.signature {
      case .none, .equal, .equalOverRecorded, .incomparable: if isSame { return attempt }
      case .different: break
      }
      if first == nil { first = attempt }
    }
    guard let first else { throw RecordedPlan.Unsupported(reason: "no nonce") }
    return first
  }

  // MARK: One attempt

  private func attempt(
    _ request: RecordedRequests.Request, nonce: UInt64
  ) throws(RecordedPlan.Unsupported) -> Attempt {
    let draw = SigningDraw(
      now: recorded.now, nonce: nonce, uuid: drawn("uuid", request), randomHex: drawn("random_hex", request))
    var plan = try RecordedPlan(descriptor, recorded, entry.operation, clientID: nil)
    let builder = try builder()
    var built = try build(builder, plan, draw)
    let theirs = parts(request)
    // A client that made the order's id itself: wherever ours stands, theirs is taken.
    if let id = Self.parts(built).parameters.first(where: { $0.value.scalar == RecordedPlan.unknownID }),
      let own = theirs.parameters.first(where: { $0.name == id.name })?.value.scalar
    {
      plan = try RecordedPlan(descriptor, recorded, entry.operation, clientID: own)
      built = try build(builder, plan, draw)
    }
    let ours = Self.parts(built)
    var met: [RecordedDifference] = []
    var differences = compare(ours, theirs, &met)
    if built.request.method != request.method {
      differences.append("method: theirs \(request.method), ours \(built.request.method)")
    }
    let signature = plan.operation.call.isSigned && descriptor.signing != nil ? sign(built, request, draw) : .none
    return Attempt(differences: differences, declared: met, signature: signature)
  }

  private func builder() throws(RecordedPlan.Unsupported) -> RequestBuilder {
    do throws(BrokerError) {
      return try RequestBuilder(
        descriptor, endpoints: descriptor.hosts.map(\.endpoint), credentials: credentials())
    } catch {
      throw RecordedPlan.Unsupported(reason: error.message)
    }
  }

  private func build(
    _ builder: RequestBuilder, _ plan: RecordedPlan, _ draw: SigningDraw
  ) throws(RecordedPlan.Unsupported) -> BuiltRequest {
    do throws(RequestError) {
      return try builder.request(plan.operation.call, plan.variables, draw)
    } catch {
      throw RecordedPlan.Unsupported(reason: error.description)
    }
  }

  /// The client's credentials under the slots' names.
  private func credentials() -> [String: Secret] {
    var credentials: [String: Secret] = [:]
    for slot in descriptor.credentials {
      let name =
        slot.name.contains("pass")
        ? "password" : slot.name.contains("secret") ? "secret" : slot.name.contains("uid") ? "uid" : "apiKey"
      if let text = recorded.credentials[name] { credentials[slot.name] = Secret(Array(text.utf8)) }
    }
    return credentials
  }

  /// Random text that stands by itself in a header: as the client drew it.
  private func drawn(_ variable: String, _ request: RecordedRequests.Request) -> String? {
    let entry = descriptor.signing?.headers.first { $0.expression == .variable(variable, .text) }
    return entry.flatMap { request.header($0.name) }
  }

  // MARK: Parameters

  private static func parts(_ built: BuiltRequest) -> WireParts {
    let payload = built.subject.payload.isEmpty ? nil : try? JSON(parsing: built.subject.payload)
    return WireParts(url: built.request.url, body: built.request.body, payload: payload.map(JSONValue.init))
  }

  private func parts(_ request: RecordedRequests.Request) -> WireParts {
    let payload = payload(request).flatMap { try? JSON(parsing: $0) }
    return WireParts(url: request.url, body: request.body, payload: payload.map(JSONValue.init))
  }

  /// The JSON that stands in a header in base64.
  private func payload(_ request: RecordedRequests.Request) -> String? {
    guard let signing = descriptor.signing, signing.values.contains(where: { $0.expression.mentions("payload") }) else {
      return nil
    }
    for (_, value) in request.headers {
      if let bytes = Base64.decode(value), bytes.first == UInt8(ascii: "{"), (try? JSON(parsing: bytes)) != nil {
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    return nil
  }

  private func compare(_ ours: WireParts, _ theirs: WireParts, _ met: inout [RecordedDifference]) -> [String] {
    var differences: [String] = []
    if ours.address != theirs.address { differences.append("address: theirs \(theirs.address), ours \(ours.address)") }
    let appended = Set((descriptor.signing?.append ?? []).map(\.name))
    func isSignature(_ name: String) -> Bool {
      appended.contains(name.hasPrefix("?") ? String(name.dropFirst()) : name)
    }
    for (name, value) in theirs.parameters where !isSignature(name) {
      guard let own = ours.parameters.first(where: { $0.name == name }) else {
        if !declare(name, .leftOut, &met) { differences.append("\(name): theirs \(value.encoded), ours absent") }
        continue
      }
      if !own.value.isSame(value), !declare(name, .changed, &met) {
        differences.append("\(name): theirs \(value.encoded), ours \(own.value.encoded)")
      }
    }
    for (name, value) in ours.parameters where !isSignature(name) {
      guard !theirs.parameters.contains(where: { $0.name == name }), !declare(name, .added, &met) else { continue }
      differences.append("\(name): theirs absent, ours \(value.encoded)")
    }
    return differences
  }

  private func declare(_ name: String, _ kind: RecordedDifference.Kind, _ met: inout [RecordedDifference]) -> Bool {
    guard let difference = declared.first(where: { $0.kind == kind && $0.parameter == name }) else { return false }
    met.append(difference)
    return true
  }

  // MARK: Signatures

  private func sign(
    _ built: BuiltRequest, _ request: RecordedRequests.Request, _ draw: SigningDraw
  ) -> RequestProof.Signature {
    guard let signing = descriptor.signing else { return .none }
    guard !(signing.values + signing.headers).contains(where: { $0.expression.isFresh }) else {
      return .incomparable("each token is another")
    }
    let ours = signing.headers.map { entry in
      (entry.name, built.request.headers.first { $0.name == entry.name }?.value)
    }
    let appended = Self.appended(signing, url: built.request.url, body: built.request.body)
    let theirs = Self.appended(signing, url: request.url, body: request.body)
    if appended.elementsEqual(theirs, by: { $0 == $1 }), ours.allSatisfy({ request.header($0.0) == $0.1 }) {
      return .equal
    }
    return signRecorded(signing, request, draw, appended: theirs)
  }

  private static func appended(_ signing: Signing, url: String, body: [UInt8]) -> [String?] {
    let parts = WireParts(url: url, body: body)
    return signing.append.map { entry in
      parts.parameters.first { $0.name == entry.name || $0.name == "?" + entry.name }?.value.scalar
    }
  }

  /// The descriptor's signature of their very bytes.
  private func signRecorded(
    _ signing: Signing, _ request: RecordedRequests.Request, _ draw: SigningDraw, appended: [String?]
  ) -> RequestProof.Signature {
    let names = signing.append.map(\.name)
    let (url, query) = Self.split(request.url)
    guard let endpoint = try? Broker.Endpoint(parsing: url) else { return .incomparable("no address of ours") }
    let subject = SigningSubject(
      method: request.method, scheme: endpoint.scheme, host: endpoint.authority,
      path: endpoint.pathPrefix + Self.tail(url),
      query: Self.without(names, query),
      body: Array(Self.without(names, String(decoding: request.body, as: UTF8.self)).utf8),
      contentType: request.header("Content-Type") ?? "", payload: payload(request) ?? "")
    do throws(EvaluationError) {
      var session = try Signer(signing, credentials: credentials()).begin(draw, subject)
      try session.sign()
      var differences: [String] = []
      for (name, value) in try session.headers() where request.header(name) != value.text {
        differences.append("\(name): another value over their bytes")
      }
      for ((name, value), their) in zip(try session.append(), appended) where value.text != their {
        differences.append("\(name): another value over their bytes")
      }
      return differences.isEmpty ? .equalOverRecorded : .different(differences)
    } catch {
      return .different([error.description])
    }
  }

  private static func split(_ url: String) -> (url: String, query: String) {
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
  }

  /// The slashes at the end, which an endpoint has none of.
  private static func tail(_ url: String) -> String { String(url.reversed().prefix { $0 == "/" }) }

  private static func without(_ names: [String], _ text: String) -> String {
    guard !names.isEmpty else { return text }
    return text.split(separator: "&").filter { pair in
      !names.contains(WireParts.decoded(String(pair.prefix { $0 != "=" })))
    }.joined(separator: "&")
  }
}

extension Expression {
  /// Whether a variable stands in it.
  func mentions(_ name: String) -> Bool {
    switch self {
    case .text, .integer: false
    case .variable(let own, _): own == name
    case .join(let a, let b, _): a.mentions(name) || b.mentions(name)
    case .call(_, let arguments): arguments.contains { $0.mentions(name) }
    case .jwt(_, let header, let claims): (header + claims).contains { $0.value.mentions(name) }
    }
  }

  /// Whether it comes out otherwise each time.
  var isFresh: Bool {
    switch self {
    case .text, .integer, .variable: false
    case .join(let a, let b, _): a.isFresh || b.isFresh
    case .call(.es256, _), .jwt: true
    case .call(_, let arguments): arguments.contains(where: \.isFresh)
    }
  }
}
