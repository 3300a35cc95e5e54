internal import Broker
internal import Core

/// What of a descriptor no test of its own reaches: nothing would notice it if it were wrong.
struct TestCoverage {
  /// Operations of which no test says what one of their calls asks for.
  var unasked: [OperationName] = []
  /// Operations of which no test says what is read from an answer.
  var unread: [OperationName] = []
  /// Rules of errors, by their place, that no test's answer falls under.
  var untold: [Int] = []

  init(_ descriptor: Descriptor) {
    var asked: Set<Reached> = []
    var read: Set<Reached> = []
    var told: Set<Int> = []
    for test in descriptor.tests {
      switch test.kind {
      case .request(let name, _, _, _): asked.insert(Reached(name: name, place: .own))
      case .ask(let name, let place, _, _): asked.insert(Reached(name: name, place: place))
      case .answer(let name, let place, _, _, _): read.insert(Reached(name: name, place: place))
      case .failure(_, let answer, _):
        if let rule = descriptor.failures.rule(of: AnswerView(answer)) { told.insert(rule) }
      case .facts: break
      }
    }
    for name in OperationName.allCases {
      guard let operation = descriptor[name] else { continue }
      if operation.calls.contains(where: { !asked.contains(Reached(name: name, place: $0.place)) }) {
        unasked.append(name)
      }
      let hasUnread = operation.calls.contains { place, call in
        let isRead = !call.fields.isEmpty || !call.levelFields.isEmpty || place == .each
        return isRead && !read.contains(Reached(name: name, place: place))
      }
      if hasUnread { unread.append(name) }
    }
    untold = descriptor.failures.rules.indices.filter { !told.contains($0) }
  }

  private struct Reached: Hashable {
    var name: OperationName
    var place: CallPlace
  }
}
