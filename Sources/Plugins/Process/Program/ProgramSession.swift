internal import Broker
internal import Core
internal import Glibc
internal import Synchronization

/// What a session tells of its program.
public struct ProgramEvents: Sendable {
  /// A line of its log, without secrets.
  public var logged: @Sendable (String) -> Void
  /// It did what no program may, or left: it is ended, and nothing more comes of it.
  public var failed: @Sendable (ProgramFault) -> Void

  /// Whom to tell.
  public init(
    logged: @escaping @Sendable (String) -> Void = { _ in },
    failed: @escaping @Sendable (ProgramFault) -> Void = { _ in }
  ) {
    self.logged = logged
    self.failed = failed
  }
}

/// One running program: a thread that reads and writes its pipes and watches the clock, and the calls under way.
///
/// Whatever the program does wrong ends it: each caller hears why, the pipes are closed, and `end` is called.
final class ProgramSession: Sendable {
  private struct State {
    var exchange: Exchange
    var outbox: [UInt8] = []
    var redactor = Redactor()
    /// What it did, before the thread has ended it, and after.
    var judged: ProgramFault?
    var fault: ProgramFault?
    var isClosed = false
  }

  private let ends: ProgramEnds
  private let bounds: ProgramBounds
  private let events: ProgramEvents
  private let state: Mutex<State>
  private let wakeRead: Int32
  private let wakeWrite: Int32

  /// Takes the pipes over and starts the thread.
  init(_ ends: ProgramEnds, bounds: ProgramBounds, events: ProgramEvents) throws(ProgramFault) {
    var wake: [Int32] = [-1, -1]
    guard ends.prepare(), pipe(&wake) == 0 else {
      ends.close()
      ends.end()
      throw .noPipes(String(cString: strerror(errno)))
    }
    for descriptor in wake {
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
    (wakeRead, wakeWrite) = (wake[0], wake[1])
    self.ends = ends
    self.bounds = bounds
    self.events = events
    state = Mutex(State(exchange: Exchange(bounds)))
    guard Thread.start({ self.run() }) else {
      closePipes()
      throw .noPipes("no thread")
    }
  }

  deinit {
    Glibc.close(wakeRead)
    Glibc.close(wakeWrite)
  }

  // MARK: From any thread

  /// Nothing of these is shown from now on.
  func hide(_ credentials: [String: Secret]) { state.withLock { $0.redactor = Redactor(credentials) } }

  /// Words of the program as they may be shown.
  func shown(_ text: String, limit: Int) -> String {
    state.withLock { $0.redactor }.line(text, limit: limit)
  }

  /// Sends a call.
  /// - Parameter now: the time that what is signed for it may show.
  /// - Returns: its number.
  /// - Throws: why the program takes none; nothing was sent.
  func begin(
    _ operation: String, _ arguments: JSONValue, now: Timestamp, patience: Duration? = nil,
    limit: Duration? = nil, _ mailbox: Mailbox
  ) throws(ProgramFault) -> Int {
    let (id, fault) = state.withLock { state -> (Int, ProgramFault?) in
      if let fault = state.fault ?? state.judged { return (0, fault) }
      guard !state.isClosed else { return (0, .ended) }
      guard let id = state.exchange.begin(operation, patience: patience, limit: limit, mailbox, at: .now)
      else {
        return (0, .readsNothing(bytes: state.outbox.count))
      }
      Self.queue(
        [
          "id": .integer(id), "call": .string(operation), "arguments": arguments, "now": .string(now.description),
        ], &state)
      return (id, nil)
    }
    if let fault { throw fault }
    wake()
    return id
  }

  /// Answers what the program asked for in a call.
  func reply(_ ask: Int, to id: Int, _ name: String, _ value: JSONValue) {
    state.withLock { state in
      state.exchange.replied(ask, to: id, at: .now)
      Self.queue(["answer": .integer(ask), "id": .integer(id), .init(name): value], &state)
    }
    wake()
  }

  /// Nobody waits for this call any more.
  func giveUp(_ id: Int) {
    state.withLock { state in
      if state.exchange.giveUp(id, at: .now) { Self.queue(["cancel": .integer(id)], &state) }
    }
    wake()
  }

  /// Ends the program for what it did.
  func abort(_ fault: ProgramFault) {
    state.withLock { $0.judged = $0.judged ?? fault }
    wake()
  }

  /// Says nothing more to the program, which ends.
  func close() {
    state.withLock { $0.isClosed = true }
    wake()
  }

  private static func queue(_ line: KeyValuePairs<String, JSONValue>, _ state: inout State) {
    state.outbox += Array(JSONValue.object(line.map { (key: $0.key, value: $0.value) }).encoded.utf8) + [10]
  }

  private func wake() {
    var byte: UInt8 = 0
    _ = write(wakeWrite, &byte, 1)
  }
}

// MARK: The thread

extension ProgramSession {
  private func run() {
    var reader = LineReader(limit: bounds.line)
    var log = LogPace(bounds, at: .now)
    do throws(ProgramFault) {
      while try turn(&reader, &log) {}
    } catch {
      fail(error)
    }
    readLog(&log, isLast: true)
    closePipes()
    ends.end()
    // After everything: whoever hears it may end this process.
    if let fault = state.withLock({ $0.fault }) { events.failed(fault) }
  }

  private func closePipes() {
    // Under the lock, so that nobody wakes a descriptor that is another's by then.
    state.withLock { state in
      state.isClosed = true
      ends.close()
    }
  }

  private func fail(_ fault: ProgramFault) {
    let waiting = state.withLock { state in
      state.fault = fault
      state.outbox = []
      return state.exchange.waiting
    }
    for mailbox in waiting { mailbox.put(.fails(fault)) }
  }

  /// One look at everything.
  /// - Returns: whether there is to be another.
  private func turn(_ reader: inout LineReader, _ log: inout LogPace) throws(ProgramFault) -> Bool {
    let (isClosed, hasOutput, deadline) = state.withLock { ($0.isClosed, !$0.outbox.isEmpty, $0.exchange.nextDeadline) }
    if let judged = state.withLock({ $0.judged }) { throw judged }
    if isClosed {
      fail(.ended)
      state.withLock { $0.fault = nil }
      return false
    }
    let now = ContinuousClock.now
    let logWait = log.wait(at: now)
    var polled = [
      pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0),
      pollfd(fd: ends.output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: hasOutput ? ends.input : -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: logWait == nil ? ends.log ?? -1 : -1, events: Int16(POLLIN), revents: 0),
    ]
    _ = poll(&polled, nfds_t(polled.count), Self.milliseconds([deadline.map { $0 - now }, logWait]))
    if polled[0].revents != 0 { drainWake() }
    // Its log first: what it says last is there when its end is told.
    if polled[3].revents != 0 { readLog(&log, isLast: false) }
    if polled[1].revents != 0 { try readOutput(&reader) }
    if polled[2].revents != 0 { try writeInput() }
    if let fault = state.withLock({ $0.exchange.overdue(at: .now) }) { throw fault }
    return true
  }

  private static func milliseconds(_ waits: [Duration?]) -> Int32 {
    let least = waits.compactMap { $0 }.min() ?? .seconds(60)
    return Int32(clamping: max(0, least.wholeMilliseconds) + 1)
  }

  private func drainWake() {
    var block = [UInt8](repeating: 0, count: 256)
    while read(wakeRead, &block, block.count) > 0 {}
  }

  private func readOutput(_ reader: inout LineReader) throws(ProgramFault) {
    var block = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(ends.output, &block, block.count)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      throw .ended
    }
    for line in try reader.take(block.prefix(count)) { try take(line) }
  }

  private func take(_ line: [UInt8]) throws(ProgramFault) {
    let step = state.withLock { state in
      Result { () throws(ProgramFault) in try state.exchange.take(line, at: .now) }
    }
    switch try step.get() {
    case .deliver(let word, let mailbox): mailbox.put(word)
    case .dismiss(let ask, let id): reply(ask, to: id, "failure", ProgramFailure.nobodyWaits.json)
    case .none: break
    }
  }

  private func writeInput() throws(ProgramFault) {
    let outcome = state.withLock { state -> ProgramFault? in
      let count = state.outbox.withUnsafeBytes { write(ends.input, $0.baseAddress, min($0.count, 256 << 10)) }
      if count > 0 { state.outbox.removeFirst(count) }
      if count < 0, errno != EAGAIN, errno != EINTR { return .ended }
      return state.outbox.count > bounds.unread ? .readsNothing(bytes: state.outbox.count) : nil
    }
    if let outcome { throw outcome }
  }

  /// - Parameter isLast: whether the program has ended: then what is left is read, as much as fits a pipe.
  private func readLog(_ log: inout LogPace, isLast: Bool) {
    guard let descriptor = ends.log else { return }
    var block = [UInt8](repeating: 0, count: 16 << 10)
    for _ in 0..<(isLast ? 8 : 1) {
      let count = read(descriptor, &block, block.count)
      guard count > 0 else {
        if count == 0 { log.close() }
        break
      }
      for line in log.take(block.prefix(count), at: .now) { events.logged(shown(line, limit: bounds.logLine)) }
    }
    if isLast { for line in log.rest(at: .now) { events.logged(shown(line, limit: bounds.logLine)) } }
  }
}
