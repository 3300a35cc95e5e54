internal import Broker
internal import Core

/// Sends one request and reads its answer: tokens, repeated 401s, statuses.
struct CoinbaseCall: Sendable {
  let endpoint: String
  let authority: String
  let pathPrefix: String
  let transport: any Transport
  let clock: any ProtocolClock
  /// `nil` for the public feed.
  let signer: CoinbaseJWT?
  let limits: CoinbaseLimits

  /// How often a call is sent while the venue answers 401: valid tokens are refused now and then, and a refused one is
  /// never executed (reference §1.1).
  static let attempts = 3
  /// How far back a token's life begins, for clocks that differ a little.
  static let clockSlack = 5

  init(_ context: PluginContext, signer: CoinbaseJWT?, limits: CoinbaseLimits? = nil) {
    self.limits = limits ?? CoinbaseLimits(context.limits)
    self.endpoint = "\(context.endpoint.scheme)://\(context.endpoint.authority)"
    self.authority = context.endpoint.authority
    self.pathPrefix = context.endpoint.pathPrefix + CoinbaseURL.prefix
    self.transport = context.transport
    self.clock = context.clock
    self.signer = signer
  }

  /// One request.
  struct Request {
    var method = "GET"
    /// Behind `/api/v3/brokerage`, encoded.
    var path: String
    var query: [(name: String, value: String)] = []
    var body: JSONValue?
    var isPublic = false
    var priority = HTTPRequest.Priority.query
    /// The instant after which the venue must not carry it out any more.
    var deadline: Timestamp?
  }

  /// The answer's JSON, when its status is 200.
  func send(_ request: Request, _ operation: CoinbaseOperation) async throws(BrokerError) -> JSON {
    var attempt = 1
    while true {
      let answer = try await exchange(request, operation)
      if answer.status == 401, !request.isPublic, attempt < Self.attempts {
        attempt += 1
        continue
      }
      guard answer.status == 200 else { throw hinted(operation.failure(status: answer)) }
      do {
        return try JSON(parsing: answer.body)
      } catch {
        throw operation.malformed(error.description, text: CoinbaseWords(answer.body).text)
      }
    }
  }

  private func exchange(_ request: Request, _ operation: CoinbaseOperation) async throws(BrokerError) -> HTTPAnswer {
    try await limits.run(request, operation) { () async throws(BrokerError) in
      let outgoing = try prepare(request, operation)
      do throws(TransportError) {
        let answer = try await transport.send(outgoing)
        limits.obey(answer, request)
        return answer
      } catch {
        throw operation.failure(error)
      }
    }
  }

  private func prepare(_ request: Request, _ operation: CoinbaseOperation) throws(BrokerError) -> HTTPRequest {
    let path = pathPrefix + request.path
    var headers: [(name: String, value: String)] = [("Accept", "application/json")]
    if !request.isPublic {
      headers.append(("Authorization", "Bearer " + (try token(request, path: path, operation))))
    }
    if request.body != nil { headers.append(("Content-Type", "application/json")) }
    return HTTPRequest(
      method: request.method, url: endpoint + path + CoinbaseURL.query(request.query), headers: headers,
      body: request.body.map { Array($0.encoded.utf8) } ?? [], priority: request.priority,
      isQuestion: request.method == "GET")
  }

  private func token(
    _ request: Request, path: String, _ operation: CoinbaseOperation
  ) throws(BrokerError) -> String {
    guard let signer else {
      throw operation.failure(
        CoinbaseReason(.misconfigured, .account, "this call needs credentials, and none were given"), text: nil)
    }
    let notBefore = try notBefore(request.deadline, operation)
    do {
      return try signer.token(
        method: request.method, authority: authority, path: path, notBefore: notBefore)
    } catch {
      throw operation.failure(CoinbaseReason(.notSent, .account, error.description), text: nil)
    }
  }

  /// A token lives 120 s, always; for a request with a deadline that life is moved back so that it ends there.
  private func notBefore(_ deadline: Timestamp?, _ operation: CoinbaseOperation) throws(BrokerError) -> Int {
    let now = clock.now
    guard let deadline else { return now.seconds - Self.clockSlack }
    guard now < deadline else {
      throw operation.failure(
        CoinbaseReason(.deadlineElapsed, .order, "its deadline passed before it was sent"), text: nil)
    }
    return min(now.seconds - Self.clockSlack, deadline.seconds - CoinbaseJWT.lifetime)
  }

  /// What to do about a key that stays refused.
  private func hinted(_ error: BrokerError) -> BrokerError {
    guard error.code == .invalidKey, case .ed25519 = signer?.key else { return error }
    var hinted = error
    hinted.nextStep = "create an ECDSA key: this one is Ed25519, which the venue may not take here"
    return hinted
  }
}

extension CoinbaseCall {
  /// Reads an answer; whatever is missing or of another type is a malformed answer that names it.
  func read<Value>(
    _ operation: CoinbaseOperation, _ body: () throws(JSONError) -> Value
  ) throws(BrokerError) -> Value {
    do {
      return try body()
    } catch {
      throw operation.malformed(error.description)
    }
  }

  /// Reads all pages of a list: `cursor` goes back as it came until the venue gives none or says there is no more.
  /// - Parameter page: takes one page in; `false` when what was looked for is found.
  func readPages(
    _ request: Request, _ operation: CoinbaseOperation, limit: Int = 100,
    _ page: (JSON) throws(JSONError) -> Bool
  ) async throws(BrokerError) {
    var request = request
    request.query.append(("limit", String(limit)))
    let query = request.query
    var cursor = ""
    for _ in 0..<Self.maximumPages {
      let answer = try await send(request, operation)
      guard answer["proof_token_required"]?.boolean != true else {
        throw operation.failure(
          CoinbaseReason(
            .accountRestricted, .account, "the venue wants a second factor for this list, which no program can give"),
          text: "proof_token_required")
      }
      let (goesOn, next) = try read(operation) { () throws(JSONError) in
        (try page(answer), try Self.nextCursor(answer))
      }
      guard goesOn, let next else { return }
      guard next != cursor else { throw operation.malformed("a cursor that leads to itself") }
      cursor = next
      request.query = query + [("cursor", next)]
    }
    throw operation.malformed("more than \(Self.maximumPages) pages")
  }

  /// The most pages of one list.
  static let maximumPages = 200

  private static func nextCursor(_ answer: JSON) throws(JSONError) -> String? {
    let cursor = try answer.optionalString("cursor") ?? ""
    if answer["has_next"] != nil, try !answer.boolean("has_next") { return nil }
    return cursor.isEmpty ? nil : cursor
  }
}
