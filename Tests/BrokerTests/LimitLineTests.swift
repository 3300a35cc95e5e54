import Broker
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct LimitLineTests {
  /// Something to wait for, opened once.
  private final class Latch: Sendable {
    private let stream = AsyncStream<Void>.makeStream()
    func open() { stream.continuation.finish() }
    func wait() async { for await _ in stream.stream {} }
  }

  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  /// Counts how many are inside at once.
  private final class Crowd: Sendable {
    private let state = Mutex((inside: 0, most: 0))
    var most: Int { state.withLock { $0.most } }
    func enter() { state.withLock { $0 = ($0.inside + 1, max($0.most, $0.inside + 1)) } }
    func leave() { state.withLock { $0.inside -= 1 } }
  }

  /// Starts a request that holds the line until the latch opens; returns when it has the line.
  private static func hold(
    _ line: SendingLine, _ priority: HTTPRequest.Priority, until latch: Latch
  ) async -> Task<Void, any Error> {
    let isIn = Latch()
    let task = Task {
      try await line.run(priority) { () async throws(BrokerError) in
        isIn.open()
        await latch.wait()
      }
    }
    await isIn.wait()
    return task
  }

  /// Starts requests one after another, each waiting before the next comes.
  private static func queue(
    _ line: SendingLine, _ log: Log, _ requests: [(String, HTTPRequest.Priority)]
  ) async -> [Task<Void, any Error>] {
    var tasks: [Task<Void, any Error>] = []
    for (index, (name, priority)) in requests.enumerated() {
      tasks.append(
        Task {
          try await line.run(priority) { () async throws(BrokerError) in log.add(name) }
        })
      while line.waiting <= index { await Task.yield() }
    }
    return tasks
  }

  @Test func `those that wait leave by urgency, and in their order within it`() async throws {
    let line = SendingLine()
    let log = Log()
    let latch = Latch()
    let holder = await Self.hold(line, .enter, until: latch)
    let tasks = await Self.queue(
      line, log,
      [("query 1", .query), ("enter", .enter), ("query 2", .query), ("cancel", .cancel), ("reduce", .reduce)])
    latch.open()
    try await holder.value
    for task in tasks { try await task.value }
    #expect(log.all == ["cancel", "reduce", "enter", "query 1", "query 2"])
  }

  @Test func `a cancel and an exit wait for no query that hangs, an entry does`() async throws {
    let line = SendingLine()
    let log = Log()
    let latch = Latch()
    let hanging = await Self.hold(line, .query, until: latch)
    try await line.run(.cancel) { () async throws(BrokerError) in log.add("cancel") }
    try await line.run(.reduce) { () async throws(BrokerError) in log.add("reduce") }
    let tasks = await Self.queue(line, log, [("enter", .enter)])
    // A query that comes later must not keep the exit back either.
    try await line.run(.reduce) { () async throws(BrokerError) in log.add("reduce") }
    #expect(log.all == ["cancel", "reduce", "reduce"])
    latch.open()
    try await hanging.value
    for task in tasks { try await task.value }
    #expect(log.all.last == "enter")
  }

  @Test func `two orders are never under way together`() async throws {
    let line = SendingLine()
    let crowd = Crowd()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<60 {
        let priority: HTTPRequest.Priority = [.cancel, .reduce, .enter][index % 3]
        group.addTask {
          try await line.run(priority) { () async throws(BrokerError) in
            crowd.enter()
            await Task.yield()
            crowd.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(crowd.most == 1)
  }

  @Test func `who gives up while waiting sends nothing and lets the next pass`() async throws {
    let line = SendingLine()
    let log = Log()
    let latch = Latch()
    let holder = await Self.hold(line, .enter, until: latch)
    let tasks = await Self.queue(line, log, [("first", .enter), ("second", .enter)])
    tasks.first?.cancel()
    let error = try await #require(throws: BrokerError.self) { try await tasks.first?.value }
    #expect(error.code == .notSent && !error.mayHaveExecuted)
    latch.open()
    try await holder.value
    try await tasks.last?.value
    #expect(log.all == ["second"])
  }

  @Test func `a line that is full refuses at once, but never a cancel for the sake of questions`() async throws {
    let line = SendingLine(limit: 1)
    let log = Log()
    let latch = Latch()
    let holder = await Self.hold(line, .enter, until: latch)
    let tasks = await Self.queue(line, log, [("waits", .query), ("cancel", .cancel)])
    let error = try await #require(throws: BrokerError.self) {
      try await line.run(.query) { () async throws(BrokerError) in log.add("never") }
    }
    #expect(error.code == .notSent)
    latch.open()
    try await holder.value
    for task in tasks { try await task.value }
    #expect(log.all == ["cancel", "waits"])
  }

  @Test func `ten thousand that wait delay a cancel by no more than the one under way`() async throws {
    let line = SendingLine(limit: 10_000)
    let log = Log()
    let latch = Latch()
    let holder = await Self.hold(line, .enter, until: latch)
    let queries = (0..<10_000).map { _ in
      Task { try await line.run(.query) { () async throws(BrokerError) in log.add("query") } }
    }
    while line.waiting < 10_000 { await Task.yield() }
    let cancel = Task { try await line.run(.cancel) { () async throws(BrokerError) in log.add("cancel") } }
    while line.waiting < 10_001 { await Task.yield() }
    let start = ContinuousClock.now
    latch.open()
    try await holder.value
    try await cancel.value
    #expect(ContinuousClock.now - start < .seconds(1))
    #expect(log.all.first == "cancel")
    for query in queries { try await query.value }
    #expect(log.all.count == 10_001)
  }
}
