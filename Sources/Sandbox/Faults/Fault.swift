/// What can go wrong: with one call, or with the venue for as long as it is set.
enum Fault: Hashable, Sendable {
  case wire(WireFault)
  case state(StateFault)
}

/// What goes wrong with one call: what becomes of the request, and what its sender gets for it. The two are independent,
/// as they are in life.
struct WireFault: Hashable, Sendable {
  /// What becomes of the request.
  enum Execution: Hashable, Sendable {
    /// The venue never sees it.
    case never
    /// The venue does it at once.
    case now
    /// The venue takes it so much later, by its clock of then.
    case late(Duration)
  }

  /// What the sender gets.
  enum Reply: Hashable, Sendable {
    /// The venue's answer, so long after it was made.
    case answer(after: Duration)
    /// The connection closes at once.
    case close
    /// The connection is reset at once.
    case reset
    /// Nothing, ever.
    case silence
    /// The venue says this in its own form.
    case error(String)
    /// The edge's page with this status.
    case page(Int)
    /// 429, with `Retry-After` where seconds are given.
    case rateLimited(seconds: Int?)
    /// The edge's page 1015; it goes on refusing every call of that address for so long.
    case blocked(seconds: Int)
    /// The length of the whole answer, a piece of it, then the end of the connection.
    case cut(Cut)
    /// The venue's answer byte by byte, this far apart.
    case drip(Duration)
    /// The venue's answer, spoilt.
    case garbage(Garbage)
  }

  /// How much of an answer goes out.
  enum Cut: Hashable, Sendable {
    case bytes(Int)
    case percent(Int)

    /// Bytes of an answer of `length`.
    func count(of length: Int) -> Int {
      switch self {
      case .bytes(let count): min(count, length)
      case .percent(let share): length * share / 100
      }
    }
  }

  var execution: Execution
  var reply: Reply

  init(_ execution: Execution, _ reply: Reply) {
    self.execution = execution
    self.reply = reply
  }
}

/// How a venue is while it is set.
enum StateFault: Hashable, Sendable {
  /// Every private call of the key is refused, as after too many failures.
  case lockout
  /// The venue knows no key of the account.
  case revoked
  /// Keys lack this right.
  case permissionRemoved(String)
  case maintenance
  case cancelOnly
  case postOnly
  /// The venue's protocol clock is ahead by this.
  case clockSkew(Duration)
  /// The last nonce of each key goes ahead of the client's by an hour, once.
  case nonceAhead
  /// So many of a hundred valid tokens are refused.
  case flakyUnauthorized(percent: Int)
  /// New orders are missing from lists for so long.
  case visibility(Duration)
  /// What was bought cannot be sold for so long.
  case settlement(Duration)
  /// The venue has no such call.
  case unknownMethod(String)
  /// New orders are pending for so long.
  case pending(Duration)
  /// An order is taken, then refused by the engine.
  case ordersFail
  /// A client order id that was used before is refused.
  case duplicatesRefused
  /// A cancellation is taken and comes too late: the order fills first.
  case cancelRace
}
