public import Broker
public import Core

/// Makes the requests of one account: a call and its variables in, the exact bytes out.
public struct RequestBuilder: Sendable {
  private let endpoints: [Broker.Endpoint]
  private let signer: Signer?

  static let userAgent = "nija-host/0.1"

  /// Prepares keys; `endpoints` in the order of the descriptor's hosts.
  /// - Throws: ``BrokerError/Code/misconfigured`` when credentials cannot be used as the descriptor signs.
  public init(
    _ descriptor: Descriptor, endpoints: [Broker.Endpoint], credentials: [String: Secret]
  ) throws(BrokerError) {
    self.endpoints = endpoints
    guard let signing = descriptor.signing, !credentials.isEmpty else {
      signer = nil
      return
    }
    do throws(EvaluationError) {
      signer = try Signer(signing, credentials: credentials)
    } catch {
      throw BrokerError(
        .misconfigured, scope: .account, recovery: .never,
        message: "the credentials cannot be used: \(error.description)",
        nextStep: "give all of them as the brokerage shows them")
    }
  }

  /// Whether signed calls carry a nonce.
  public var usesNonce: Bool { signer?.usesNonce ?? false }
  /// Whether signed calls can be made.
  public var canSign: Bool { signer != nil }

  /// What a value puts in must name one thing: with nothing or dots in its place, another address is asked, such as that
  /// of all orders.
  private func path(of call: Call, _ variables: CallVariables) throws(RequestError) -> String {
    var isEmptied = false
    let path = try variables.text(call.path) { value in
      if value.isEmpty { isEmptied = true }
      return PercentEncoding.segment(value)
    }
    guard let path else { throw .incompletePath }
    guard !isEmptied else { throw .otherPath }
    // Nearly no path has a dot at all, or one in other words.
    guard path.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }) else { return path }
    guard !path.split(separator: "/").contains(where: URLText.isDots) else { throw .otherPath }
    return path
  }

  /// The request of one call.
  /// - Parameter page: parameters of this page, which replace the call's of the same name.
  public func request(
    _ call: Call, _ variables: CallVariables, page: [Parameter] = [], _ draw: SigningDraw
  ) throws(RequestError) -> BuiltRequest {
    let endpoint = endpoints[call.host]
    let path = try path(of: call, variables)
    var parts = CallParts(call)
    try parts.fill(call, variables, page: page)
    var subject = SigningSubject(
      method: call.method, scheme: endpoint.scheme, host: endpoint.authority, path: endpoint.pathPrefix + path)
    var headers: [(name: String, value: String)] = []
    var values: [(name: String, value: SignedValue)] = []
    var sent: [(name: String, value: SignedValue)] = []
    for header in call.headers {
      if let text = try variables.text(header.value) { headers.append((header.name, text)) }
    }
    let ownType = headers.first { $0.name.lowercased() == "content-type" }?.value
    if call.isSigned {
      guard let signer else { throw .noCredentials }
      do throws(EvaluationError) {
        var session = try signer.begin(draw, subject)
        try parts.surround(first: session.first(), last: session.last())
        parts.write(&subject, ownType)
        session.take(subject)
        try session.sign()
        values = session.values
        sent = try session.append()
        try parts.append(sent)
        for (name, value) in try session.headers() {
          sent.append((name, value))
          guard let text = value.text else { throw .wrongType(name) }
          headers.append((name, text))
        }
      } catch {
        throw .signing(error)
      }
    } else {
      parts.write(&subject, ownType)
    }
    let signed = subject
    parts.write(&subject, ownType)
    if ownType == nil, !subject.contentType.isEmpty { headers.append(("Content-Type", subject.contentType)) }
    headers.append(("User-Agent", Self.userAgent))
    let query = subject.query.isEmpty ? "" : "?" + subject.query
    let request = HTTPRequest(
      method: call.method, url: "\(endpoint.scheme)://\(endpoint.authority)\(subject.path)\(query)", headers: headers,
      body: subject.body)
    return BuiltRequest(request: request, subject: signed, values: values, sent: sent)
  }
}

/// A request, and what was signed about it.
public struct BuiltRequest: Sendable {
  /// Ready to leave.
  public var request: HTTPRequest
  /// Its parts as they were signed.
  public var subject: SigningSubject
  /// What the named values of signing came to.
  public var values: [(name: String, value: SignedValue)]
  /// What signing put into headers and behind the parameters.
  var sent: [(name: String, value: SignedValue)]

  /// The texts among what signing came to that could be used again: not the windows and times.
  var signed: [String] {
    (values + sent).compactMap(\.value.text).flatMap { $0.split(whereSeparator: { " ,;\"\n".contains($0) }) }
      .map(String.init).filter { $0.utf8.count >= Self.leastSigned }
  }

  private static let leastSigned = 16
}
