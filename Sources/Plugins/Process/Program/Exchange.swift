internal import Core

/// What a caller hears of its call.
enum ProgramWord: Sendable {
  /// The program needs something for it.
  case asks(Int, JSON)
  /// The result.
  case answers(JSON)
  /// An error, as data.
  case refuses(JSON)
  /// There will be no answer.
  case fails(ProgramFault)
}

/// The calls under way with one program: which are owed an answer, by when, and whom it is for.
///
/// A value that decides; ``ProgramSession`` reads, writes and tells.
struct Exchange: Sendable {
  typealias Instant = ContinuousClock.Instant

  private struct Call: Sendable {
    var operation: String
    var patience: Duration
    /// When its next word is overdue; `nil` while the program waits for us.
    var owedUntil: Instant?
    /// How long all of it may take, and when that is over.
    var limit: Duration
    var endsBy: Instant
    var openAsks: Set<Int> = []
    var askCount = 0
    /// `nil` when the caller has gone.
    var mailbox: Mailbox?
  }

  private let bounds: ProgramBounds
  private var calls: [Int: Call] = [:]
  private var lastID = 0

  init(_ bounds: ProgramBounds) { self.bounds = bounds }

  /// A new call; `nil` when too many are under way.
  /// - Parameter limit: how long all of it may take.
  mutating func begin(
    _ operation: String, patience: Duration?, limit: Duration?, _ mailbox: Mailbox, at now: Instant
  ) -> Int? {
    guard calls.count < bounds.calls else { return nil }
    lastID += 1
    let patience = patience ?? bounds.patience
    let limit = limit ?? bounds.call
    calls[lastID] = Call(
      operation: operation, patience: patience, owedUntil: now + patience, limit: limit, endsBy: now + limit,
      mailbox: mailbox)
    return lastID
  }

  /// We answered what the program asked for: it owes the next word.
  mutating func replied(_ ask: Int, to id: Int, at now: Instant) {
    guard var call = calls[id], call.openAsks.remove(ask) != nil else { return }
    if call.openAsks.isEmpty { call.owedUntil = now + call.patience }
    calls[id] = call
  }

  /// Nobody waits for it any more; the program still owes an answer.
  mutating func giveUp(_ id: Int, at now: Instant) -> Bool {
    guard var call = calls[id] else { return false }
    call.mailbox = nil
    if call.owedUntil == nil { call.owedUntil = now + call.patience }
    calls[id] = call
    return true
  }

  /// The next instant at which something is overdue.
  var nextDeadline: Instant? { calls.values.lazy.map { min($0.owedUntil ?? $0.endsBy, $0.endsBy) }.min() }

  /// What is overdue.
  func overdue(at now: Instant) -> ProgramFault? {
    let late = calls.filter { $0.value.owedUntil.map { $0 <= now } ?? false }.min { $0.key < $1.key }
    if let late { return .hung(operation: late.value.operation, limit: late.value.patience) }
    let endless = calls.filter { $0.value.endsBy <= now }.min { $0.key < $1.key }
    return endless.map { .unfinished(operation: $0.value.operation, limit: $0.value.limit) }
  }

  /// Everybody who waits.
  var waiting: [Mailbox] { calls.values.compactMap(\.mailbox) }

  // MARK: Lines

  /// What follows from a line.
  enum Step: Sendable {
    case deliver(ProgramWord, Mailbox)
    /// A call that was given up asks for something: told that nobody waits.
    case dismiss(ask: Int, of: Int)
    case none
  }

  /// Takes in a line of the program.
  mutating func take(_ line: [UInt8], at now: Instant) throws(ProgramFault) -> Step {
    guard String(validating: line, as: UTF8.self) != nil else { throw .notUTF8 }
    let json: JSON
    do { json = try JSON(parsing: line) } catch { throw .notJSON(error.description) }
    guard json.kind == .object else { throw .notJSON("no object") }
    let id = try Self.integer(json, "id")
    guard let call = calls[id] else { throw id >= 1 && id <= lastID ? .answeredTwice(id: id) : .unknownCall(id: id) }
    if json["ask"] != nil { return try ask(json, id, call, at: now) }
    // One that makes no sense leaves the call among those that are told why there is no answer.
    let word: ProgramWord
    switch (json["result"], json["error"]) {
    case (let result?, nil): word = .answers(result)
    case (nil, let error?): word = .refuses(error)
    default: throw .wrongType(operation: call.operation, "neither a result nor an error, or both")
    }
    calls[id] = nil
    return call.mailbox.map { .deliver(word, $0) } ?? .none
  }

  private mutating func ask(_ json: JSON, _ id: Int, _ call: Call, at now: Instant) throws(ProgramFault) -> Step {
    var call = call
    let ask = try Self.integer(json, "ask")
    call.askCount += 1
    guard call.askCount <= bounds.asks else { throw .asksTooMuch(operation: call.operation, limit: bounds.asks) }
    guard let mailbox = call.mailbox else {
      calls[id] = call
      return .dismiss(ask: ask, of: id)
    }
    guard call.openAsks.insert(ask).inserted else { throw .wrongType(operation: call.operation, "ask is not new") }
    guard call.openAsks.count <= bounds.asksAtOnce else { throw .flooded }
    call.owedUntil = nil
    calls[id] = call
    return .deliver(.asks(ask, json), mailbox)
  }

  private static func integer(_ json: JSON, _ key: String) throws(ProgramFault) -> Int {
    guard let value = json[key], value.kind == .number, let number = value.text.flatMap({ Int($0) }) else {
      throw .wrongType(operation: "a call", "\(key) is not a whole number")
    }
    return number
  }
}
