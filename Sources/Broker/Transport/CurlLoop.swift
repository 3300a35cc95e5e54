import CCurl
import Core
import Glibc
import Synchronization

/// The one thread that runs libcurl: takes requests in, starts them in the order of urgency, waits on all their sockets
/// at once and tells each caller its outcome.
///
/// Unchecked: `mailbox` is behind its mutex; everything else is touched by the loop's own thread only.
@safe final class CurlLoop: @unchecked Sendable {
  private struct Mailbox {
    var submitted: [Transfer] = []
    var jobs: [UnownedJob] = []
    var hasCancellations = false
    /// Whether the thread is at work or has been woken: it will look without another wake.
    var isAwake = true
    var stopAt: ContinuousClock.Instant?
    var isOver = false
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []

    var isEmpty: Bool { submitted.isEmpty && jobs.isEmpty && !hasCancellations }
  }

  private let settings: CurlSettings
  private let multi: UnsafeMutableRawPointer
  private let mailbox = Mutex(Mailbox())
  private var waiting: WaitingRequests<Transfer>
  private var active: [Transfer] = []
  private var idle: [EasyHandle] = []
  private var nextExpiry: ContinuousClock.Instant?
  private var stopAt: ContinuousClock.Instant?

  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
  /// Address space; only what is touched is memory.
  private static let stackBytes = 1 << 20
  private static let longestPoll: Duration = .seconds(60)

  /// Starts the thread.
  init(_ settings: CurlSettings) throws(TransportError) {
    guard Self.isLibraryReady, let multi = unsafe curl_multi_init() else {
      throw TransportError(phase: .connect, mayHaveArrived: false, detail: "libcurl cannot start")
    }
    self.settings = settings
    unsafe self.multi = multi
    self.waiting = WaitingRequests(
      connections: settings.connections, perPriority: settings.waitingPerPriority)
    _ = unsafe nija_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(2, settings.connections))
    try startThread()
  }

  deinit { unsafe curl_multi_cleanup(multi) }

  private func startThread() throws(TransportError) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    unsafe pthread_attr_setstacksize(&attributes, Self.stackBytes)
    let reference = unsafe Unmanaged.passRetained(self)
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, &attributes,
      { pointer in
        guard let pointer = unsafe pointer else { return nil }
        unsafe Unmanaged<CurlLoop>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, reference.toOpaque())
    guard code == 0 else {
      unsafe reference.release()
      throw TransportError(phase: .connect, mayHaveArrived: false, detail: "no thread: error \(code)")
    }
  }

  // MARK: From any thread

  /// Hands a transfer over.
  func submit(_ transfer: Transfer) {
    let isTaken = post { $0.submitted.append(transfer) }
    if !isTaken { transfer.abandon("the transport is shut down") }
  }

  /// Makes the loop look at `isCancelled`.
  func noticeCancellation() { _ = post { $0.hasCancellations = true } }

  private func post(_ change: (inout Mailbox) -> Void) -> Bool {
    let (isTaken, needsWake) = mailbox.withLock { box in
      guard box.stopAt == nil else { return (false, false) }
      change(&box)
      defer { box.isAwake = true }
      return (true, !box.isAwake)
    }
    if needsWake { unsafe curl_multi_wakeup(multi) }
    return isTaken
  }

  /// Takes nothing more in and ends at the instant given, or as soon as nothing is under way.
  func stop(at instant: ContinuousClock.Instant) {
    mailbox.withLock { $0.stopAt = min($0.stopAt ?? instant, instant) }
    unsafe curl_multi_wakeup(multi)
  }

  /// Returns when the thread has told every caller and ended.
  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let isOver = mailbox.withLock { box in
        if !box.isOver { box.waitingForEnd.append(continuation) }
        return box.isOver
      }
      if isOver { continuation.resume() }
    }
  }

  // MARK: The loop's own thread

  private func run() {
    // Signals are for the threads that expect them.
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
    while true {
      takeMail()
      repeat {
        startWaiting()
        perform()
      } while collect() && !waiting.isEmpty
      if let stopAt, active.isEmpty || stopAt <= .now { break }
      if mayDoze() { unsafe curl_multi_poll(multi, nil, 0, pollMilliseconds, nil) }
    }
    end()
  }

  /// Whether nothing has come since the last look; from then on whoever posts wakes the thread.
  private func mayDoze() -> Bool {
    mailbox.withLock { box in
      box.isAwake = !box.isEmpty
      return box.isEmpty
    }
  }

  private func takeMail() {
    runJobs()
    let (submitted, hasCancellations, stopAt) = mailbox.withLock { box in
      defer {
        box.submitted = []
        box.hasCancellations = false
      }
      return (box.submitted, box.hasCancellations, box.stopAt)
    }
    self.stopAt = stopAt
    for transfer in submitted {
      guard waiting.append(transfer, transfer.request.priority) else {
        transfer.abandon("\(settings.waitingPerPriority) requests wait already")
        continue
      }
      nextExpiry = min(nextExpiry ?? transfer.deadline, transfer.deadline)
    }
    if hasCancellations { dropCancelled() }
    if let nextExpiry, nextExpiry <= .now { dropExpired() }
    if stopAt != nil { dropWaiting() }
  }

  /// Runs the jobs that have come, not those that they lead to: the sockets are looked at in between.
  private func runJobs() {
    let jobs = mailbox.withLock { box in
      box.isAwake = true
      defer { box.jobs = [] }
      return box.jobs
    }
    for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func dropCancelled() {
    for transfer in waiting.removeAll(where: { $0.isCancelled.load(ordering: .relaxed) }) {
      transfer.abandon("the caller gave up")
    }
    for transfer in active where transfer.isCancelled.load(ordering: .relaxed) {
      transfer.abandon("the caller gave up")
      release(transfer)
    }
  }

  private func dropExpired() {
    let now = ContinuousClock.now
    for transfer in waiting.removeAll(where: { $0.deadline <= now }) {
      transfer.abandon("no connection became free in time")
    }
    var earliest: ContinuousClock.Instant?
    _ = waiting.removeAll { transfer in
      earliest = min(earliest ?? transfer.deadline, transfer.deadline)
      return false
    }
    nextExpiry = earliest
  }

  private func dropWaiting() {
    for transfer in waiting.removeAll(where: { _ in true }) { transfer.abandon("the transport is shut down") }
  }

  private func startWaiting() {
    while let transfer = waiting.next(active: active.count) {
      if transfer.isCancelled.load(ordering: .relaxed) {
        transfer.abandon("the caller gave up")
        continue
      }
      do {
        try start(transfer)
      } catch {
        transfer.finish(.failure(error))
      }
    }
  }

  private func start(_ transfer: Transfer) throws(TransportError) {
    let remaining = transfer.deadline - .now
    guard remaining > .zero else { return transfer.abandon("no connection became free in time") }
    let handle = if let reused = idle.popLast() { reused } else { try EasyHandle(settings) }
    try handle.prepare(transfer, timeout: remaining)
    transfer.handle = handle
    let code = unsafe curl_multi_add_handle(multi, handle.raw)
    guard code == CURLM_OK else {
      throw TransportError(phase: .connect, mayHaveArrived: false, detail: Self.text(of: code))
    }
    active.append(transfer)
  }

  private func perform() {
    guard !active.isEmpty else { return }
    var running: Int32 = 0
    let code = unsafe curl_multi_perform(multi, &running)
    guard code != CURLM_OK else { return }
    for transfer in active {
      transfer.abandon(Self.text(of: code))
      release(transfer)
    }
  }

  /// Tells those that are done; whether there was any.
  private func collect() -> Bool {
    var hasDone = false
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
      let code = unsafe message.pointee.data.result
      let easy = unsafe message.pointee.easy_handle
      guard let transfer = active.first(where: { unsafe $0.handle?.raw == easy }) else { continue }
      transfer.finish(code)
      release(transfer)
      hasDone = true
    }
    return hasDone
  }

  private func release(_ transfer: Transfer) {
    active.removeAll { $0 === transfer }
    guard let handle = transfer.handle else { return }
    transfer.handle = nil
    unsafe curl_multi_remove_handle(multi, handle.raw)
    if idle.count < settings.connections { idle.append(handle) }
  }

  private var pollMilliseconds: Int32 {
    var wait = Self.longestPoll
    for instant in [nextExpiry, stopAt] {
      if let instant { wait = min(wait, instant - .now) }
    }
    // Rounded up: waking a little early would spin until the instant is there.
    return Int32(max(0, wait.wholeMilliseconds + 1))
  }

  private func end() {
    dropWaiting()
    for transfer in active {
      transfer.abandon("the transport is shut down")
      release(transfer)
    }
    idle = []
    let (listeners, jobs) = mailbox.withLock { box in
      box.isOver = true
      return (box.waitingForEnd, box.jobs)
    }
    for job in jobs { Self.passOn(job) }
    for listener in listeners { listener.resume() }
  }

  private static func passOn(_ job: UnownedJob) { globalConcurrentExecutor.enqueue(job) }

  private static func text(of code: CURLMcode) -> String { unsafe String(cString: curl_multi_strerror(code)) }
}

extension CurlLoop: TaskExecutor {
  /// Runs the job on the loop's thread; on the common pool when the loop has ended.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let (isTaken, needsWake) = mailbox.withLock { box in
      guard !box.isOver else { return (false, false) }
      box.jobs.append(job)
      defer { box.isAwake = true }
      return (true, !box.isAwake)
    }
    if needsWake { unsafe curl_multi_wakeup(multi) }
    if !isTaken { Self.passOn(job) }
  }
}
