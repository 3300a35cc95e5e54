internal import Config
internal import Core

/// A kind of order as it was read.
struct ReadKind {
  var key: OrderKindKey
  var form: OrderKindForm
  var mark: Mark
  var name: String
  /// How often each variable of the order stands in it.
  var counts: [String: Int]
}

extension OrderKindKey.Kind {
  /// Whether it is sized in money.
  var isNotional: Bool { self == .marketQuote }
  var hasLimit: Bool {
    switch self {
    case .market, .marketQuote, .stopLoss, .takeProfit: false
    default: true
    }
  }
  var hasTrigger: Bool {
    switch self {
    case .stopLoss, .stopLossLimit, .takeProfit, .takeProfitLimit: true
    default: false
    }
  }
}

extension DescriptorSession {
  /// What each kind of order adds; its names become variables of the call.
  mutating func readKinds(_ block: ParsedBlock, _ context: inout CallContext) -> [ReadKind] {
    path.push(CallKeys.kinds.name)
    defer { path.pop() }
    var own = context
    own.variables.formUnion(OperationRule.amounts)
    var kinds: [ReadKind] = []
    for entry in block.entries(CallKeys.kinds) {
      path.push(entry.name)
      defer { path.pop() }
      guard let key = kindKey(entry), let variables = entry.parsed.block else { continue }
      kinds.append(readKind(entry, key, variables, &own))
    }
    context.kindVariables = kinds.reduce(into: []) { $0.formUnion($1.form.variables.keys) }
    context.constantKindVariables = context.kindVariables.filter { name in
      kinds.allSatisfy { $0.form.variables[name]?.isText == true }
    }
    return kinds
  }

  private mutating func kindKey(_ entry: ParsedBlock.Entry) -> OrderKindKey? {
    let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
    let names = OrderKindKey.Kind.allCases.map(\.rawValue)
    guard let first = parts.first, let kind = OrderKindKey.Kind(rawValue: String(first)), parts.count <= 2 else {
      unknown("kind of order", String(parts.first ?? ""), among: names, entry.mark)
      return nil
    }
    guard parts.count == 2, let last = parts.last else { return OrderKindKey(kind: kind) }
    guard let side = Side(rawValue: String(last)) else {
      error(entry.mark, "expected .buy or .sell behind the kind")
      return nil
    }
    return OrderKindKey(kind: kind, side: side)
  }

  private mutating func readKind(
    _ entry: ParsedBlock.Entry, _ key: OrderKindKey, _ variables: ParsedBlock, _ context: inout CallContext
  ) -> ReadKind {
    var kind = ReadKind(
      key: key, form: OrderKindForm(variables: [:]), mark: entry.mark, name: entry.name, counts: [:])
    for variable in variables.entries {
      guard let node = variable.parsed.tree else { continue }
      path.push(variable.name)
      defer { path.pop() }
      guard VariableName.isGood(variable.name), !context.variables.contains(variable.name) else {
        error(variable.mark, "expected as key letters, digits and _ that no variable of an order is called by")
        continue
      }
      guard let tree = self.tree(node, &context) else { continue }
      for name in tree.templates.flatMap(\.variables) { kind.counts[name, default: 0] += 1 }
      kind.form.variables[variable.name] = tree
    }
    return kind
  }

  /// That every kind says how much, at what price and from when, and that what it says arrives.
  mutating func checkKinds(_ kinds: [ReadKind], _ context: CallContext, _ mark: Mark) {
    path.push(CallKeys.kinds.name)
    defer { path.pop() }
    let keys = Set(kinds.map(\.key))
    let ioc = OrderKindKey.Kind.limitImmediateOrCancel
    if !keys.covers(ioc) { needsIOC(mark) }
    checkRoles(kinds)
    for kind in kinds {
      path.push(kind.name)
      check(kind, context)
      path.pop()
    }
  }

  private mutating func check(_ kind: ReadKind, _ context: CallContext) {
    let order = kind.key.kind
    func count(_ name: String) -> Int { kind.counts[name] ?? 0 }
    let (amount, other) = order.isNotional ? ("notional", "quantity") : ("quantity", "notional")
    if count(amount) != 1 { error(kind.mark, "must use {\(amount)} exactly once, and uses it \(count(amount)) times") }
    if count(other) > 0 { error(kind.mark, "uses {\(other)}, which an order of this kind does not have") }
    for (name, isThere) in [("price", order.hasLimit), ("trigger", order.hasTrigger)] {
      if isThere, count(name) == 0, !context.used.contains(name) { error(kind.mark, "must use {\(name)}") }
      if !isThere, count(name) > 0 { error(kind.mark, "uses {\(name)}, which an order of this kind does not have") }
    }
    let expiry = OperationRule.expiry
    if order == .limitGoodTillDate, expiry.allSatisfy({ count($0) == 0 }), context.used.isDisjoint(with: expiry) {
      error(kind.mark, "must use {expires_s}, {expires_ms} or {expires_iso}")
    }
    if order != .limitGoodTillDate, expiry.contains(where: { count($0) > 0 }) {
      error(kind.mark, "uses the end of an order of a kind that has none")
    }
    if kind.key.side == nil, count("side") == 0, !context.used.contains("side"), !context.isIncomplete {
      error(kind.mark, "does not say the side: neither it nor the call uses {side}")
    }
    for (name, tree) in kind.form.variables.sorted(by: { $0.key < $1.key }) {
      path.push(name)
      defer { path.pop() }
      if !context.used.contains(name), !context.isIncomplete { error(kind.mark, "nothing in the call uses it") }
      if context.textual.contains(name), !tree.isText {
        error(kind.mark, "is no text, and the call puts it into one")
      }
    }
  }
}

extension Set<OrderKindKey> {
  /// Whether a kind is there for both sides.
  func covers(_ kind: OrderKindKey.Kind) -> Bool {
    contains(.init(kind: kind)) || (contains(.init(kind: kind, side: .buy)) && contains(.init(kind: kind, side: .sell)))
  }

  /// Whether a kind is there for any side.
  func mentions(_ kind: OrderKindKey.Kind) -> Bool { contains { $0.kind == kind } }

  /// Whether a kind is there for buying.
  func buys(_ kind: OrderKindKey.Kind) -> Bool {
    contains(.init(kind: kind)) || contains(.init(kind: kind, side: .buy))
  }
}
