import Descriptor

extension Descriptor {
  /// Where answers say how an order stands: the last name, or place in a list, of every path that its status is read from.
  var statusPlaces: Set<String> {
    var places: Set<String> = []
    for name in [OperationName.openOrders, .closedOrders, .order, .orderByClientID] {
      guard let operation = operations[name] else { continue }
      for call in [operation.call] + operation.also {
        for path in call.fields["status"]?.allPaths ?? [] { if let place = path.place { places.insert(place) } }
      }
    }
    return places
  }
}

extension Path {
  /// The last name or place on the way.
  fileprivate var place: String? {
    for step in steps.reversed() {
      switch step {
      case .member(let name): return name
      case .element(let index): return "[\(index)]"
      case .matching, .named, .elements, .values, .key: continue
      }
    }
    return nil
  }
}

extension Reading {
  /// Every path that it looks at.
  fileprivate var allPaths: [Path] {
    switch self {
    case .path(let path): [path]
    case .literal: []
    case .apply(_, let readings), .first(let readings): readings.flatMap(\.allPaths)
    case .cases(let cases):
      cases.flatMap { item in
        item.conditions.compactMap { if case .path(let path) = $0.subject { path } else { nil } }
      }
    }
  }
}
