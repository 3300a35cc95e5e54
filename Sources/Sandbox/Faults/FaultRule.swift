import Core

/// A fault and the calls that it concerns.
struct FaultRule: Hashable, Sendable {
  /// What happens to them.
  let fault: Fault
  /// As it was written.
  let text: String
  /// The venue; `nil` for all.
  var venue: String?
  /// The account; `nil` for all, and for calls without a key.
  var account: String?
  /// The venue's name of the call; `nil` for all.
  var endpoint: String?
  /// The first matching call that is struck, counted from 1 from the moment the rule was set.
  var first = 1
  /// How many calls are struck, or may be where there is a probability.
  var count = 1
  /// The chance of each of those calls.
  var probability: ExactDecimal?
  /// Which calls chance picks.
  var seed: UInt64 = 1
  /// How long it holds; `nil` for ever. State faults only.
  var duration: Duration?

  /// The members that a fault is written with.
  static let members = ["fault", "venue", "account", "endpoint", "nth", "count", "probability", "seed", "for"]
  private static let mostCalls = 1_000_000

  /// Reads the members of a fault; all of them are given as texts.
  /// - Parameter derived: the venues that are made from descriptors; `nil` where that is not known.
  init(members: [(name: String, text: String)], derived: Set<String>? = []) throws(FaultProblem) {
    var texts: [String: String] = [:]
    for (name, text) in members {
      guard Self.members.contains(name) else {
        throw FaultProblem(name, "unknown; a fault has " + Self.members.joined(separator: ", "))
      }
      guard texts.updateValue(text, forKey: name) == nil else { throw FaultProblem(name, "stands there twice") }
    }
    guard let text = texts["fault"] else { throw FaultProblem(nil, "fault is missing; there are " + FaultKind.names) }
    let (fault, kind) = try FaultKind.fault(text)
    self.fault = fault
    self.text = text
    venue = texts["venue"]
    account = texts["account"]
    endpoint = texts["endpoint"]
    try checkVenue(kind, derived)
    try checkEndpoint(derived)
    switch fault {
    case .wire: try readWire(texts)
    case .state: try readState(texts)
    }
  }

  private func checkVenue(_ kind: FaultKind, _ derived: Set<String>?) throws(FaultProblem) {
    guard let venue else { return }
    let known =
      Venues.all.map { $0.rules.name }
      + (derived ?? []).sorted().filter { name in
        !Venues.all.contains { $0.rules.name == name }
      }
    guard derived == nil || known.contains(venue) else {
      throw FaultProblem("venue", "no venue is called \(venue); there are " + known.joined(separator: ", "))
    }
    guard kind.venues?.contains(venue) ?? true else { throw FaultProblem("venue", "\(venue) has no \(kind.name)") }
  }

  private func checkEndpoint(_ derived: Set<String>?) throws(FaultProblem) {
    guard let endpoint else { return }
    let builtIn = Venues.all.filter { venue ?? $0.rules.name == $0.rules.name }
    var names = builtIn.flatMap { $0.endpoints }
    // Where it is not known which venues there are, any may be meant.
    if builtIn.isEmpty || (venue == nil && derived?.isEmpty != true) { names += DerivedVenue.endpoints }
    guard !names.contains(endpoint) else { return }
    let whose = venue.map { "\($0) has no call" } ?? "no venue has a call"
    throw FaultProblem("endpoint", "\(whose) \(endpoint)" + Self.hint(endpoint, names))
  }

  /// Refuses an account that is none of these.
  func checkAccount(among accounts: [String]) throws(FaultProblem) {
    guard let account, !accounts.contains(account) else { return }
    throw FaultProblem("account", "no account is called \(account)" + Self.hint(account, accounts))
  }

  private static func hint(_ text: String, _ names: [String]) -> String {
    // Names are compared as they are written in lower case.
    let known = Dictionary(names.map { ($0.lowercased(), $0) }) { first, _ in first }
    guard let near = Suggestion.closest(to: text, among: known.keys.sorted()), let name = known[near] else {
      return "; there are " + names.joined(separator: ", ")
    }
    return "; did you mean \"\(name)\"?"
  }

  private mutating func readWire(_ texts: [String: String]) throws(FaultProblem) {
    guard texts["for"] == nil else {
      throw FaultProblem("for", "is for faults that hold; this one strikes `count` calls")
    }
    first = try Self.number(texts, "nth", 1...Self.mostCalls) ?? 1
    if let text = texts["probability"] {
      guard let share = try? ExactDecimal(parsing: text), share.isPositive, share <= .one else {
        throw FaultProblem("probability", "expected a share above 0, up to 1")
      }
      probability = share
    }
    count = try Self.number(texts, "count", 1...Self.mostCalls) ?? (probability == nil ? 1 : Self.mostCalls)
    seed = UInt64(try Self.number(texts, "seed", 0...Int.max) ?? 1)
  }

  private mutating func readState(_ texts: [String: String]) throws(FaultProblem) {
    for name in ["nth", "count", "probability", "seed"] where texts[name] != nil {
      throw FaultProblem(name, "this fault holds until it is cleared; `for` bounds it, in milliseconds")
    }
    if case .state(.clockSkew) = fault, account != nil || endpoint != nil {
      throw FaultProblem(account != nil ? "account" : "endpoint", "a venue has one clock for all")
    }
    duration = try Self.number(texts, "for", 1...86_400_000).map { .milliseconds($0) }
  }

  private static func number(
    _ texts: [String: String], _ name: String, _ range: ClosedRange<Int>
  ) throws(FaultProblem) -> Int? {
    guard let text = texts[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw FaultProblem(name, "expected a whole number, \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  // MARK: Calls

  /// Whether it concerns a call.
  func fits(_ venue: String, _ subject: RequestSubject) -> Bool {
    (self.venue ?? venue) == venue && (account == nil || account == subject.account)
      && (endpoint ?? subject.endpoint) == subject.endpoint
  }

  /// Whether it strikes the `call`th that it concerns, counted from 1.
  func strikes(call: Int) -> Bool {
    guard call >= first, call - first < count else { return false }
    guard let probability else { return true }
    return Noise(seed: seed, name: "fault/\(text)").unit(call) < probability.approximation
  }

  /// Whether no call to come is struck, after so many.
  func isSpent(after calls: Int) -> Bool {
    if case .state = fault { return false }
    return calls - first + 1 >= count
  }

  /// As a control request or a file says it.
  var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [("fault", .string(text))]
    for (name, text) in [("venue", venue), ("account", account), ("endpoint", endpoint)] {
      if let text { members.append((name, .string(text))) }
    }
    switch fault {
    case .wire:
      members += [("nth", .integer(first)), ("count", .integer(count))]
      if let probability {
        members += [("probability", .number(probability.description)), ("seed", .number(String(seed)))]
      }
    case .state:
      if let duration { members.append(("for", .integer(Int(duration.wholeMilliseconds)))) }
    }
    return .object(members)
  }
}
