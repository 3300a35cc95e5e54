import Core

/// What the wire does with a request.
enum WireAction: Sendable {
  /// The answer goes out, so much later.
  case answer(VenueResponse, after: Duration)
  /// The connection closes.
  case drop
}

/// Stands before a venue: injects the faults that are set, and leaves everything else to the venue.
struct VenueGateway: Sendable {
  let name: String
  let venue: any VenueHandler
  let faults: FaultTable

  func handle(_ request: VenueRequest) -> WireAction {
    switch faults.strike(venue: name, venue.subject(of: request)) {
    case nil: return .answer(venue.respond(to: request), after: .zero)
    case .dropBefore: return .drop
    case .dropAfter:
      _ = venue.respond(to: request)
      return .drop
    case .error(let text): return .answer(venue.errorResponse(text), after: .zero)
    case .http(let status): return .answer(Self.edgePage(status), after: .zero)
    case .delay(let milliseconds): return .answer(venue.respond(to: request), after: .milliseconds(milliseconds))
    }
  }

  /// What stands before the venue says when the venue does not answer.
  private static func edgePage(_ status: Int) -> VenueResponse {
    let title = "\(status) \(status == 502 ? "Bad Gateway" : "Error")"
    let page =
      "<html><head><title>\(title)</title></head><body><center><h1>\(title)</h1></center>"
      + "<hr><center>cloudflare</center></body></html>"
    return VenueResponse(status: status, headers: [("Content-Type", "text/html")], body: Array(page.utf8))
  }
}
