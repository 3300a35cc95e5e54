/// Requests that wait for a connection: the most urgent leaves first, within one priority the oldest.
///
/// A value that decides; ``CurlLoop`` acts.
struct WaitingRequests<Element> {
  private var lanes: [Lane]
  private let connections: Int
  private let perPriority: Int

  private struct Lane {
    var elements: [Element] = []
    var head = 0

    var count: Int { elements.count - head }
  }

  init(connections: Int, perPriority: Int) {
    self.connections = Swift.max(2, connections)
    self.perPriority = perPriority
    self.lanes = Array(repeating: Lane(), count: HTTPRequest.Priority.query.rawValue + 1)
  }

  var isEmpty: Bool { lanes.allSatisfy { $0.count == 0 } }

  /// Takes one in; `false` when too many wait already.
  mutating func append(_ element: Element, _ priority: HTTPRequest.Priority) -> Bool {
    guard lanes[priority.rawValue].count < perPriority else { return false }
    lanes[priority.rawValue].elements.append(element)
    return true
  }

  /// The next that may leave while `active` requests are under way; `nil` when it has to wait or nothing does.
  ///
  /// Queries leave two connections free and orders one, so that neither a cancel nor an order waits behind an answer
  /// that does not come.
  mutating func next(active: Int) -> Element? {
    for lane in lanes.indices where lanes[lane].count > 0 {
      guard active < limit(lane) else { return nil }
      return popFirst(lane)
    }
    return nil
  }

  private func limit(_ lane: Int) -> Int {
    switch lane {
    case HTTPRequest.Priority.cancel.rawValue: connections
    case HTTPRequest.Priority.query.rawValue: Swift.max(1, connections - 2)
    default: connections - 1
    }
  }

  private mutating func popFirst(_ lane: Int) -> Element {
    let element = lanes[lane].elements[lanes[lane].head]
    lanes[lane].head += 1
    // Taken ones are dropped in one go, so that a long queue costs no more per element than a short one.
    if lanes[lane].head == lanes[lane].elements.count {
      lanes[lane] = Lane()
    } else if lanes[lane].head >= 64, lanes[lane].head * 2 > lanes[lane].elements.count {
      lanes[lane].elements.removeFirst(lanes[lane].head)
      lanes[lane].head = 0
    }
    return element
  }

  /// Takes out all that no longer wait.
  mutating func removeAll(where isGone: (Element) -> Bool) -> [Element] {
    var removed: [Element] = []
    for lane in lanes.indices {
      let waiting = lanes[lane].elements[lanes[lane].head...]
      removed += waiting.filter(isGone)
      lanes[lane] = Lane(elements: waiting.filter { !isGone($0) })
    }
    return removed
  }
}
