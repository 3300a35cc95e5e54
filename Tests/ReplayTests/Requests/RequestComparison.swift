import Broker
import Core

/// What others send for an operation against what we send.
struct RequestComparison {
  let venue: Venue
  let operation: Operation
  let theirs: WireRequest
  /// Names whose values the case itself says are not to be compared.
  let skipped: Set<String>

  private var rules: [Declared.Rule] { Declared.rules(venue, operation) }

  func differences(_ sent: [HTTPRequest]) throws -> [String] {
    let wires = try sent.map { try WireRequest($0) }
    let path = expectedPath
    guard let index = wires.firstIndex(where: { $0.path == path }) else {
      return ["path: expected \(path), seen \(wires.map(\.path).joined(separator: " "))"]
    }
    let others = wires.enumerated().filter { $0.offset != index && !isDeclared($0.element.path) }
    let extra = others.map { "request: nothing expected besides, seen \($0.element.path)" }
    return differences(wires[index]) + extra + (try Credentials.differences(sent[index], venue, at: operation.now))
  }

  private var expectedPath: String {
    for case .path(let their, let our, _) in rules where theirs.path == their || theirs.path.hasPrefix(their + "/") {
      return our + theirs.path.dropFirst(their.count)
    }
    return theirs.path
  }

  private func isDeclared(_ path: String) -> Bool {
    rules.contains { rule in
      if case .also(let declared, _) = rule { return declared == path }
      return false
    }
  }

  private func differences(_ ours: WireRequest) -> [String] {
    var differences: [String] = []
    if theirs.method != ours.method { differences.append("method: expected \(theirs.method), seen \(ours.method)") }
    if theirs.origin != ours.origin { differences.append("host: expected \(theirs.origin), seen \(ours.origin)") }
    let names = Set(theirs.parameters.keys).union(ours.parameters.keys)
    for name in names.sorted() { differences += difference(name, ours).map { [$0] } ?? [] }
    for case .ours(let name, let reason, _) in rules
    where ours.parameters[name] == nil && !(name == "nonce" && ours.method == "GET") && applies(name) {
      differences.append("\(name): ours (\(reason)), but not sent")
    }
    return differences
  }

  /// Of the rules for the orders of a batch those count that there are orders for.
  private func applies(_ name: String) -> Bool {
    guard name.hasPrefix("orders["), let index = Int(name.dropFirst(7).prefix { $0 != "]" }) else { return true }
    return index < operation.orders.count
  }

  private func difference(_ name: String, _ ours: WireRequest) -> String? {
    let their = theirs.parameters[name], our = ours.parameters[name]
    if let our, let their, WireRequest.areEqual(their, our, typed: theirs.isTyped && ours.isTyped) { return nil }
    if skipped.contains(name), (their == nil) == (our == nil) { return nil }
    if let our {
      let look = Declared.Look(operation: operation, venue: venue, theirs: their, ours: our)
      if rules.contains(where: { $0.allows(name, look) }) { return nil }
    } else if rules.contains(where: { $0.leavesOut(name) }) {
      return nil
    }
    return "\(name): expected \(WireRequest.words(their)), seen \(WireRequest.words(our))"
  }
}

extension Declared.Rule {
  fileprivate func allows(_ parameter: String, _ look: Declared.Look) -> Bool {
    switch self {
    case .ours(let name, _, let check): name == parameter && check(look)
    case .explicit(let name, _, let check): name == parameter && look.theirs == nil && check(look)
    case .differs(let name, _, let check): name == parameter && look.theirs != nil && check(look)
    case .leftOut, .path, .also: false
    }
  }

  fileprivate func leavesOut(_ parameter: String) -> Bool {
    if case .leftOut(let name, _) = self { return name == parameter }
    return false
  }
}
