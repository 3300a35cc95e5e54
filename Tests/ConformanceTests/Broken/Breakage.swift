import Broker
import Conformance
import Core
import Synchronization
import Testing

/// A way in which a plugin can be wrong, and the case that has to notice it.
struct Breakage: Sendable, CustomTestStringConvertible {
  let name: String
  /// The case's name.
  let noticedBy: String
  /// What the case has to say, at least in part.
  var says = ""
  /// Where it can be had.
  var plugins: Set<String> = ["kraken", "coinbase"]
  /// How long the case has; its own bound where it is `nil`.
  var bound: Duration?
  let make: @Sendable (PluginKind) -> PluginKind

  var testDescription: String { name }

  static let all: [Breakage] = wire + answers + declarations + orders

  private static func altered(
    _ subject: PluginKind, _ change: @escaping @Sendable (inout Altered.Changes, PluginContext) -> Void
  ) -> PluginKind {
    PluginKind(spec: subject.spec) { (context) throws(BrokerError) in
      var changes = Altered.Changes()
      change(&changes, context)
      var context = context
      context.transport = changes.transport(context.transport)
      return Altered(try subject.make(context), changes)
    }
  }

  // MARK: On the wire

  private static let wire = [
    Breakage(
      name: "signs with a trailing space", noticedBy: "a resting order is found by the venue's name, as it was sent",
      says: "invalid_"
    ) { altered($0) { changes, _ in changes.transport = { TrailingSpace(inner: $0) } } },
    Breakage(
      name: "sends an order again after a time-out",
      noticedBy: "an order whose answer is lost is in doubt, and found once"
    ) { altered($0) { changes, _ in changes.transport = { Resending(inner: $0) } } },
  ]

  /// What was signed is not what is sent: a space behind the body or, where the body is not signed, another host.
  private struct TrailingSpace: Transport {
    let inner: any Transport
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
      var request = request
      if request.headers.contains(where: { $0.name == "API-Sign" }) {
        request.body.append(UInt8(ascii: " "))
      } else if request.headers.contains(where: { $0.name == "Authorization" }) {
        request.url = request.url.replacing("http://127.0.0.1:", with: "http://localhost:")
      }
      return try await inner.send(request)
    }
  }

  private struct Resending: Transport {
    let inner: any Transport
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
      do throws(TransportError) {
        return try await inner.send(request)
      } catch {
        return try await inner.send(request)
      }
    }
  }

  // MARK: In answers

  private static let answers = [
    Breakage(name: "answers what orders hold as free", noticedBy: "money that a resting order holds is not free") {
      altered($0) { changes, _ in
        changes.balances = { (inner) throws(BrokerError) in
          try await inner.fetchBalances().map {
            Balance(currency: $0.currency, total: $0.total, held: .zero, available: $0.total)
          }
        }
      }
    },
    Breakage(
      name: "takes a failed question for an empty answer",
      noticedBy: "a question whose connection closes is an error", says: "[]"
    ) {
      altered($0) { changes, _ in
        changes.openOrders = { (inner) throws(BrokerError) in
          do { return try await inner.fetchOpenOrders() } catch { return [] }
        }
      }
    },
    Breakage(
      name: "takes an account that fails for one without money",
      noticedBy: "a question that the edge answers is an error"
    ) {
      altered($0) { changes, _ in
        changes.balances = { (inner) throws(BrokerError) in
          do { return try await inner.fetchBalances() } catch { return [] }
        }
      }
    },
    Breakage(name: "drops the last page", noticedBy: "fills are read to the last page, each once") {
      altered($0) { changes, _ in
        changes.fills = { (inner, since) throws(BrokerError) in
          let fills = try await inner.fetchFills(since: since)
          return fills.count > 50 ? Array(fills.suffix(fills.count / 50 * 50)) : fills
        }
      }
    },
    Breakage(name: "calls open what it does not know", noticedBy: "a status that nobody knows is unknown, never open") {
      altered($0) { changes, _ in
        changes.orders = { (inner, reference) throws(BrokerError) in
          try await inner.fetchOrders(reference).map { order in
            var order = order
            if order.status == .unknown { order.status = .open }
            return order
          }
        }
      }
    },
    Breakage(name: "takes a cancel of nothing for done", noticedBy: "cancelling an order that never was says so") {
      altered($0) { changes, _ in
        changes.cancel = { (inner, order) throws(BrokerError) in
          do throws(BrokerError) {
            return try await inner.cancel(order)
          } catch {
            guard error.code == .unknownOrder else { throw error }
            return .cancelled
          }
        }
      }
    },
  ]

  // MARK: In what it declares

  private static let declarations = [
    Breakage(
      name: "claims a dead-man switch that it has not",
      noticedBy: "the dead-man switch cancels everything when it is not put off", says: "conform",
      plugins: ["coinbase"]
    ) { declaring($0, adding: .deadManSwitch) },
    Breakage(
      name: "claims brackets that it has not", noticedBy: "a bracket waits with its target and its stop, as sent",
      says: "unsupported", plugins: ["kraken"]
    ) { declaring($0, adding: .brackets) },
    Breakage(
      name: "does not declare that it takes post-only orders", noticedBy: "a post-only order rests and says so",
      says: "not declared"
    ) { declaring($0, removing: .postOnly) },
    Breakage(
      name: "does not declare that it cancels batches",
      noticedBy: "of a batch of cancels, one may fail and the others do", says: "not declared"
    ) { declaring($0, removing: .batchCancel) },
  ]

  private static func declaring(
    _ subject: PluginKind, adding: Capability? = nil, removing: Capability? = nil
  ) -> PluginKind {
    var subject = subject
    let old = subject.spec.declaration
    let names = old.capabilities.filter { $0 != removing?.rawValue } + (adding.map { [$0.rawValue] } ?? [])
    subject.spec.declaration = PluginDeclaration(
      name: old.name, title: old.title, credentials: old.credentials, options: old.options, capabilities: names,
      defaultEndpoint: old.defaultEndpoint, candles: old.candles)
    return subject
  }

  // MARK: In orders

  private static let orders = [
    Breakage(name: "rounds a price instead of refusing it", noticedBy: "a price off the tick is refused, not rounded") {
      altered($0) { changes, _ in
        changes.place = { (inner, order) throws(BrokerError) in
          var order = order
          // A tick that every market has.
          let tick = ExactDecimal.one
          if let limit = order.limit, let rounded = try? limit.value.rounded(toMultipleOf: tick, .down) {
            order.kind = .limit(Price(rounded))
          }
          return try await inner.place(order)
        }
      }
    },
    Breakage(
      name: "says that a doubtful order was not carried out",
      noticedBy: "an order that an edge's error follows is in doubt, and found once", says: "not executed"
    ) {
      altered($0) { changes, _ in
        changes.place = { (inner, order) throws(BrokerError) in
          do throws(BrokerError) {
            return try await inner.place(order)
          } catch {
            var error = error
            error.mayHaveExecuted = false
            error.recovery = .retry(after: .seconds(1))
            throw error
          }
        }
      }
    },
    Breakage(
      name: "shows its key in an error", noticedBy: "no error shows a part of a secret, a token or a signature"
    ) {
      altered($0) { changes, context in
        let key = context.credentials.values.map { $0.withExposedBytes { String(decoding: $0, as: UTF8.self) } }
        changes.place = { (inner, order) throws(BrokerError) in
          do throws(BrokerError) {
            return try await inner.place(order)
          } catch {
            var error = error
            error.message += " with \(key)"
            throw error
          }
        }
      }
    },
    Breakage(
      name: "never comes back from an order", noticedBy: "a resting order is found by the venue's name, as it was sent",
      says: "still under way", bound: .seconds(2)
    ) {
      altered($0) { changes, _ in
        changes.place = { (_, _) throws(BrokerError) in
          // Heeds no cancellation either.
          await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Breakage.forgotten.withLock { $0.append(continuation) }
          }
          throw BrokerError(.notSent, scope: .order, recovery: .never, message: "")
        }
      }
    },
  ]

  /// Kept, since a continuation that is thrown away is complained about.
  private static let forgotten = Mutex<[CheckedContinuation<Void, Never>]>([])
}
