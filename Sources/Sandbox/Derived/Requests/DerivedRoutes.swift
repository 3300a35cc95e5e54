import Core
import Descriptor

/// One of a descriptor's calls, and what it does.
struct DerivedRoute {
  /// Which of an operation's calls it is.
  enum Part: Hashable {
    /// Its own, which the answer's rows come from.
    case main
    /// One whose rows are added.
    case also(Int)
    /// The list of what another call is made for, one by one.
    case list
  }

  let operation: Operation
  let call: Call
  let part: Part
  /// Of an order, the kind; by its name and side.
  let kind: OrderKindKey?
  let pattern: RequestPattern

  var name: OperationName { operation.name }
  /// Whether it only asks, whatever its operation does with what it hears.
  var isQuestion: Bool { operation.effect == .safe || part == .list }
}

/// A request that was recognised.
struct DerivedCall {
  /// What it may be: several operations may be one request, as the one account page that has balances and fees.
  let routes: [DerivedRoute]
  /// By name, as sent.
  let variables: [String: String]

  var first: DerivedRoute? { routes.first }
  /// For logs and faults.
  var name: String? { first?.name.rawValue }
}

/// Finds the operation that a request is.
struct DerivedRoutes {
  private let routes: [DerivedRoute]
  private let matching: TemplateMatch
  /// Parameters that signing adds.
  private let signed: Set<String>
  private let sides: [Side: String]

  /// - Parameter accepts: whether a text can be what a variable says.
  init(_ descriptor: Descriptor, accepts: @escaping @Sendable (_ variable: String, _ text: String) -> Bool) {
    matching = TemplateMatch(accepts: accepts)
    sides = descriptor.words.sides
    let signing = descriptor.signing
    signed = Set(((signing?.first ?? []) + (signing?.last ?? []) + (signing?.append ?? [])).map(\.name))
    var routes: [DerivedRoute] = []
    for name in OperationName.allCases {
      guard let operation = descriptor.operations[name] else { continue }
      routes += name == .place ? Self.orders(operation, descriptor) : Self.routes(operation)
    }
    self.routes = routes
  }

  private static func routes(_ operation: Operation) -> [DerivedRoute] {
    func route(_ call: Call, _ part: DerivedRoute.Part, _ required: Set<String>) -> DerivedRoute {
      DerivedRoute(
        operation: operation, call: call, part: part, kind: nil,
        pattern: RequestPattern(call, required: required))
    }
    var required = required(operation.name)
    var routes: [DerivedRoute] = []
    switch operation.each {
    case .rows(let list, _):
      routes.append(route(list, .list, []))
      required.insert("each")
    case .followed: required.insert("symbol")
    case nil: break
    }
    let used = variables(of: operation.call)
    routes.append(route(operation.call, .main, required.intersection(used)))
    for (index, call) in operation.also.enumerated() {
      routes.append(route(call, .also(index), Self.required(operation.name).intersection(variables(of: call))))
    }
    return routes
  }

  /// What makes a call this one and no other.
  private static func required(_ name: OperationName) -> Set<String> {
    switch name {
    case .cancel, .order, .fillsOfOrder: ["order_id"]
    case .cancelByClientID, .orderByClientID: ["client_id"]
    case .ticker, .candles: ["symbol", "base", "quote"]
    case .orderBook: ["symbol", "base", "quote"]
    case .deadManSwitch: ["timeout_s", "timeout_ms"]
    default: []
    }
  }

  private static func variables(of call: Call) -> Set<String> {
    var names = Set(call.path.variables + call.query.flatMap(\.value.variables))
    switch call.carrier {
    case .none: break
    case .form(let parameters): names.formUnion(parameters.flatMap(\.value.variables))
    case .json(let tree), .payload(let tree): names.formUnion(tree.variables)
    }
    return names
  }

  private static func orders(_ operation: Operation, _ descriptor: Descriptor) -> [DerivedRoute] {
    var routes: [DerivedRoute] = []
    let keys = descriptor.orderKinds.keys.sorted { a, b in
      let (first, second) = ("\(a.kind) \(a.side.map(\.rawValue) ?? "")", "\(b.kind) \(b.side.map(\.rawValue) ?? "")")
      return first < second
    }
    for key in keys {
      guard let form = descriptor.orderKinds[key],
        let pattern = RequestPattern(operation.call, kind: form, base: OrderTerms.variables(key.kind))
      else { continue }
      routes.append(DerivedRoute(operation: operation, call: operation.call, part: .main, kind: key, pattern: pattern))
    }
    return routes
  }

  /// What a request is; `nil` for one that no call makes.
  func call(_ request: RequestParts) -> DerivedCall? {
    var best: [(route: DerivedRoute, match: PatternMatch)] = []
    for route in routes {
      guard let match = route.pattern.match(request, matching, ignoring: route.call.isSigned ? signed : []),
        fits(route, match)
      else { continue }
      if let score = best.first?.match.score, score > match.score { continue }
      if let score = best.first?.match.score, score < match.score { best = [] }
      best.append((route, match))
    }
    guard let first = best.first else { return nil }
    // Only what reads can share a request with something else.
    let routes = first.route.isQuestion ? Self.once(best.map(\.route).filter(\.isQuestion)) : [first.route]
    let variables = best.reduce(into: first.match.variables) { $0.merge($1.match.variables) { first, _ in first } }
    return DerivedCall(routes: routes, variables: variables)
  }

  /// Of two operations that tell the same rows in one answer, the first.
  private static func once(_ routes: [DerivedRoute]) -> [DerivedRoute] {
    // What another call is made for is said by the rows that are there anyway.
    let rows = routes.filter { $0.part != .list }.compactMap { $0.call.rows?.steps }
    let lists = routes.filter { route in
      route.part == .list && !rows.contains { (route.call.rows?.steps ?? []).starts(with: $0) }
    }
    let routes = routes.filter { $0.part != .list } + lists.prefix(1)
    let names = Set(routes.map(\.name))
    return routes.filter { route in
      switch route.name {
      case .ticker: !names.contains(.tickers)
      case .fillsOfOrder: !names.contains(.fills)
      case .orderByClientID: names.isDisjoint(with: [.order, .openOrders, .closedOrders])
      case .order: !names.contains(.openOrders) && !names.contains(.closedOrders)
      default: true
      }
    }
  }

  /// Whether a kind of one side's order is of that side.
  private func fits(_ route: DerivedRoute, _ match: PatternMatch) -> Bool {
    guard let key = route.kind else { return true }
    let variables = OrderTerms.variables(key.kind)
    guard match.variables.keys.allSatisfy({ variables.contains($0) }) else { return false }
    if let side = key.side, let word = match.variables["side"] {
      guard word.lowercased() == (sides[side] ?? side.rawValue).lowercased() else { return false }
    }
    return match.variables["client_id"] != nil
  }
}
