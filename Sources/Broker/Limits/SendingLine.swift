import Synchronization

/// The line in which the requests of one key leave: one at a time, so that the numbers they carry arrive in order.
///
/// The urgent overtake: a cancel and an order that reduces wait for no query, not even one that hangs. Should a query
/// then arrive late, its number is refused and it is asked again; an order's number is never at risk.
public final class SendingLine: Sendable {
  private struct Waiter {
    let id: Int
    let priority: HTTPRequest.Priority
    let continuation: CheckedContinuation<Entry, Never>
  }

  private enum Entry {
    case entered, cancelled, full
  }

  private struct State {
    var orders = 0
    var queries = 0
    var lastID = 0
    /// One for each priority.
    var lanes = [[Waiter]](repeating: [], count: HTTPRequest.Priority.query.rawValue + 1)

    func mayEnter(_ priority: HTTPRequest.Priority) -> Bool {
      switch priority {
      case .cancel, .reduce: orders == 0
      case .enter, .query: orders == 0 && queries == 0
      }
    }

    /// Whether nobody as urgent waits already.
    func isNext(_ priority: HTTPRequest.Priority) -> Bool { lanes.prefix(priority.rawValue + 1).allSatisfy(\.isEmpty) }

    mutating func count(_ priority: HTTPRequest.Priority, _ change: Int) {
      if priority == .query { queries += change } else { orders += change }
    }

    mutating func takeFirst() -> Waiter? {
      guard let lane = lanes.firstIndex(where: { !$0.isEmpty }), let first = lanes[lane].first,
        mayEnter(first.priority)
      else { return nil }
      return lanes[lane].removeFirst()
    }

    mutating func take(_ id: Int) -> Waiter? {
      for lane in lanes.indices {
        if let place = lanes[lane].firstIndex(where: { $0.id == id }) { return lanes[lane].remove(at: place) }
      }
      return nil
    }
  }

  private let limit: Int
  private let state = Mutex(State())

  /// A line in which at most `limit` of one priority wait: however many questions do, a cancel finds its place.
  public init(limit: Int = 64) { self.limit = limit }

  /// How many wait now.
  public var waiting: Int { state.withLock { $0.lanes.reduce(0) { $0 + $1.count } } }

  /// Runs `body` when it is this request's turn.
  /// - Throws: ``BrokerError/Code/notSent`` when the task is cancelled or too many wait; what `body` throws.
  public func run<Result>(
    _ priority: HTTPRequest.Priority, _ body: () async throws(BrokerError) -> Result
  ) async throws(BrokerError) -> Result {
    switch await enter(priority) {
    case .entered: break
    case .cancelled: throw Self.notSent("cancelled while waiting for its turn")
    case .full: throw Self.notSent("\(limit) requests of this key and urgency wait already")
    }
    defer { leave(priority) }
    return try await body()
  }

  private static func notSent(_ message: String) -> BrokerError {
    BrokerError(.notSent, scope: .account, recovery: .retry(after: .seconds(1)), message: message)
  }

  private func enter(_ priority: HTTPRequest.Priority) async -> Entry {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let entry = tryEntering(Waiter(id: id, priority: priority, continuation: continuation))
        if let entry { continuation.resume(returning: entry) }
      }
    } onCancel: {
      giveUp(id)
    }
  }

  /// What becomes of it at once; `nil` when it waits.
  private func tryEntering(_ waiter: Waiter) -> Entry? {
    // Looked at inside the lock: a cancellation before it is seen here, one after it finds the waiter.
    state.withLock { state in
      if Task.isCancelled { return .cancelled }
      if state.isNext(waiter.priority) && state.mayEnter(waiter.priority) {
        state.count(waiter.priority, 1)
        return .entered
      }
      guard state.lanes[waiter.priority.rawValue].count < limit else { return .full }
      state.lanes[waiter.priority.rawValue].append(waiter)
      return nil
    }
  }

  private func giveUp(_ id: Int) {
    let waiter = state.withLock { $0.take(id) }
    waiter?.continuation.resume(returning: .cancelled)
  }

  private func leave(_ priority: HTTPRequest.Priority) {
    let next = state.withLock { state in
      state.count(priority, -1)
      guard let first = state.takeFirst() else { return nil as Waiter? }
      state.count(first.priority, 1)
      return first
    }
    next?.continuation.resume(returning: .entered)
  }
}
