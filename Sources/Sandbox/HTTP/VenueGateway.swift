import Core

/// What the wire does with a request, in the order of its parts.
struct WireAction: Sendable {
  /// What the sender gets.
  enum Reply: Sendable {
    /// The answer goes out, so much later, at this pace.
    case answer(VenueResponse, after: Duration, Pace)
    /// The connection closes.
    case close
    /// The connection is reset.
    case reset
    /// Nothing; the connection stays until its other end leaves.
    case silence
  }

  /// How the bytes of an answer go out.
  enum Pace: Sendable {
    case whole
    /// So many bytes of the body, then the end.
    case cut(Int)
    /// Byte by byte.
    case drip(Duration)
  }

  /// What the sender gets now; `nil` where that is known only when the venue has taken the request.
  var reply: Reply?
  /// How much later the venue takes the request, where it does so later.
  var executes: Duration?
}

/// Stands before a venue: injects the faults that are set, and leaves everything else to the venue.
struct VenueGateway: Sendable {
  let name: String
  let venue: any VenueHandler
  let faults: FaultTable
  /// The protocol clock, without what the venue's own is off by.
  let clock: any ProtocolClock

  /// What the venue's clock shows.
  var now: Timestamp {
    let now = clock.now
    return now + faults.skew(of: name, at: now)
  }

  /// Decides about a request that has come in, and has the venue do what it does at once.
  func handle(_ request: VenueRequest) -> WireAction {
    guard !faults.isBlocked(request.remote, at: clock.now) else { return answer(venue.bannedResponse) }
    guard let fault = faults.strike(venue: name, venue.subject(of: request)) else { return answer(execute(request)) }
    switch fault.execution {
    case .never: return WireAction(reply: reply(fault.reply, nil, request))
    case .now: return WireAction(reply: reply(fault.reply, execute(request), request))
    case .late(let delay):
      guard case .answer = fault.reply else {
        return WireAction(reply: reply(fault.reply, nil, request), executes: delay)
      }
      return WireAction(executes: delay)
    }
  }

  /// Has the venue do what a request asks, by its clock of now.
  func execute(_ request: VenueRequest) -> VenueResponse {
    var request = request
    request.receivedAt = now
    request.conditions = faults.conditions(venue: name, venue.subject(of: request), at: clock.now)
    return venue.respond(to: request)
  }

  private func answer(_ response: VenueResponse) -> WireAction {
    WireAction(reply: .answer(response, after: .zero, .whole))
  }

  private func reply(
    _ reply: WireFault.Reply, _ executed: VenueResponse?, _ request: VenueRequest
  ) -> WireAction.Reply {
    func now(_ response: VenueResponse) -> WireAction.Reply { .answer(response, after: .zero, .whole) }
    // A fault that spoils the venue's answer always has the venue make one first.
    let answer = executed ?? EdgePage.response(502)
    switch reply {
    case .answer(let delay): return .answer(answer, after: delay, .whole)
    case .close: return .close
    case .reset: return .reset
    case .silence: return .silence
    case .error(let text): return now(venue.errorResponse(text, to: request))
    case .page(let status): return now(EdgePage.response(status))
    case .rateLimited(let seconds):
      var response = venue.rateLimitResponse
      if let seconds { response.headers.append(("Retry-After", String(seconds))) }
      return now(response)
    case .blocked(let seconds):
      faults.block(request.remote, until: clock.now + .seconds(seconds))
      return now(venue.bannedResponse)
    case .cut(let cut): return .answer(answer, after: .zero, .cut(cut.count(of: answer.body.count)))
    case .drip(let pause): return .answer(answer, after: .zero, .drip(pause))
    case .garbage(let garbage): return now(garbage.spoil(answer, status: venue.statusPlaces))
    }
  }
}
