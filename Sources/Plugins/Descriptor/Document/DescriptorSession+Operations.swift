internal import Broker
internal import Config
internal import Core

/// What operations came to.
struct OperationSet {
  var operations: [OperationName: Operation] = [:]
  var fixedFees: FeeRates?
  var kinds: [OrderKindKey: OrderKindForm] = [:]
  /// What programs carry out.
  var delegations: [OperationName: Delegation] = [:]
  /// Whether `fees` was written, right or wrong; likewise every other.
  var written: Set<OperationName> = []
}

extension DescriptorSession {
  /// What the brokerage can be asked.
  mutating func readOperations(_ top: ParsedBlock) -> OperationSet {
    var set = OperationSet()
    guard let block = top[DescriptorKeys.operations.name]?.block else { return set }
    path.push(DescriptorKeys.operations.name)
    defer { path.pop() }
    set.written = Set((block.entries.map(\.name) + block.refused).compactMap(OperationName.init(rawValue:)))
    for entry in block.entries {
      guard let name = OperationName(rawValue: entry.name), let own = entry.parsed.block else { continue }
      path.push(entry.name)
      if name == .fees, own.has(CallKeys.fixed) {
        set.fixedFees = readFixed(own)
      } else if let operation = readOperation(name, own, &set) {
        set.operations[name] = operation
      }
      path.pop()
    }
    inherit(block, &set)
    checkNeeded(block, set)
    checkThen(block, set)
    checkTicker(block, set)
    checkNames(block, set)
    checkFees(block, set)
    return set
  }

  private mutating func readFixed(_ block: ParsedBlock) -> FeeRates? {
    for entry in block.entries where entry.name != CallKeys.fixed.name {
      at(entry.name) { $0.error(entry.mark, "has no meaning beside fixed fees") }
    }
    guard let fixed = block[CallKeys.fixed.name]?.block, let maker = fixed["maker"]?.scalar?.share,
      let taker = fixed["taker"]?.scalar?.share
    else { return nil }
    return FeeRates(maker: maker, taker: taker)
  }

  private mutating func readOperation(_ name: OperationName, _ block: ParsedBlock, _ set: inout OperationSet)
    -> Operation?
  {
    guard block.has(CallKeys.call) || !block.has(CallKeys.process) else {
      readUndescribed(name, block, &set)
      return nil
    }
    var context = CallContext(name)
    let effect = readEffect(name, block, context.rule)
    checkCall(name, block)
    var kinds: [ReadKind] = []
    if name == .place { kinds = readKinds(block, &context) }
    let each = readEach(block, &context)
    guard let call = self.call(block, &context) else { return nil }
    let also = readAlso(block, context)
    if name == .place {
      checkKinds(kinds, context, block.mark(of: CallKeys.kinds))
      set.kinds = Dictionary(kinds.map { ($0.key, $0.form) }, uniquingKeysWith: { first, _ in first })
    }
    checkUse(block, context, hasRows: call.rows != nil, each)
    let then = then(block)
    if let program = readProcess(block) {
      set.delegations[name] = Delegation(program: program, cost: call.cost, then: then)
    }
    guard let effect else { return nil }
    return Operation(name: name, effect: effect, call: call, also: also, each: each, then: then)
  }

  /// What a call is made of.
  private mutating func checkCall(_ name: OperationName, _ block: ParsedBlock) {
    if name == .fees {
      if !block.has(CallKeys.call) { error(block.mark, "needs a call, or fixed shares") }
      return
    }
    for spec in [CallKeys.call] + (name == .orderBook ? CallKeys.book : []) where !block.has(spec) {
      at(spec.name) { $0.error(block.mark, "is required: \(spec.doc)") }
    }
  }

  mutating func readEffect(_ name: OperationName, _ block: ParsedBlock, _ rule: OperationRule) -> Effect? {
    guard let effect = block.text(CallKeys.effect).flatMap(Effect.init(rawValue:)) else {
      if name == .fees, !block.has(CallKeys.effect) {
        at(CallKeys.effect.name) { $0.error(block.mark, "is required: \(CallKeys.effect.doc)") }
      }
      return nil
    }
    guard effect == rule.effect else {
      at(CallKeys.effect.name) { session in
        session.error(block.mark(of: CallKeys.effect), "\(name.rawValue) is \(rule.effect.rawValue)")
      }
      return nil
    }
    return effect
  }

  /// One call for each of these; what it gives to the call's variables is noted.
  private mutating func readEach(_ block: ParsedBlock, _ context: inout CallContext) -> FanOut? {
    guard let parsed = block[CallKeys.each] else { return nil }
    guard let own = parsed.block else {
      context.variables.formUnion(OperationRule.market)
      return .followed
    }
    path.push(CallKeys.each)
    defer { path.pop() }
    var first = context
    first.used = []
    let call = self.call(own, &first, isSource: true)
    context.variables.insert("each")
    guard let call, let most = own.integer(CallKeys.most) else { return nil }
    return .rows(call, most: most)
  }

  private mutating func readAlso(_ block: ParsedBlock, _ context: CallContext) -> [Call] {
    let spec = CallKeys.also(context.rule)
    guard let parsed = block[spec.name] else { return [] }
    path.push(spec.name)
    defer { path.pop() }
    var calls: [Call] = []
    for (index, parsed) in (parsed.list ?? [parsed]).enumerated() {
      guard let own = parsed.block else { continue }
      var second = context
      at(index) { session in
        if let call = session.call(own, &second, isFurther: true) { calls.append(call) }
      }
    }
    return calls
  }

  /// That a call names what it is about.
  private mutating func checkUse(_ block: ParsedBlock, _ context: CallContext, hasRows: Bool, _ each: FanOut?) {
    let mark = block.mark(of: CallKeys.call)
    guard !context.isIncomplete else { return }
    for names in context.rule.needed where context.used.isDisjoint(with: names) {
      // One order can also be picked from rows by its name.
      if [.order, .orderByClientID].contains(context.name), hasRows { continue }
      error(mark, "does not use \(names.map { "{\($0)}" }.joined(separator: " or "))")
    }
    switch each {
    case .followed where context.used.isDisjoint(with: OperationRule.market):
      error(mark, "does not use {symbol}: it would ask the same for every market")
    case .rows where !context.used.contains("each"): error(mark, "does not use {each}")
    default: break
    }
  }
}

// MARK: Together

extension DescriptorSession {
  /// What is read where an operation, or a further call, does not say so itself.
  private mutating func inherit(_ block: ParsedBlock, _ set: inout OperationSet) {
    for name in OperationName.allCases {
      guard var operation = set.operations[name] else { continue }
      let read = CallKeys.read(OperationRule.of(name))
      if let donor = name.donor, let own = block[name.rawValue]?.block, !own.has(read) {
        if let fields = set.operations[donor]?.call.fields {
          operation.call.fields = fields
        } else if set.delegations[donor] != nil {
          at(name.rawValue) { $0.error(own.mark, "reads nothing, and \(donor.rawValue) is read by a program") }
        } else if !set.written.contains(donor) {
          at(name.rawValue) { $0.error(own.mark, "reads nothing, and there is no \(donor.rawValue) to do as") }
        }
      }
      for index in operation.also.indices where operation.also[index].fields.isEmpty {
        operation.also[index].fields = operation.call.fields
      }
      set.operations[name] = operation
    }
  }

  private static let needed: [OperationName] = [
    .serverTime, .instruments, .candles, .balances, .fees, .place, .cancel, .openOrders, .fills,
  ]

  private mutating func checkNeeded(_ block: ParsedBlock, _ set: OperationSet) {
    for name in Self.needed where !set.written.contains(name) {
      at(name.rawValue) { $0.error(block.mark, "is required: \(OperationRule.of(name).doc)") }
    }
    if set.written.isDisjoint(with: [.tickers, .ticker]) { error(block.mark, "needs tickers or ticker") }
    if set.written.isDisjoint(with: [.order, .closedOrders]) {
      error(block.mark, "needs order, or closed_orders to find an order in by the venue's name")
    }
    if set.written.isDisjoint(with: [.closedOrders, .orderByClientID]) {
      error(block.mark, "needs order_by_client_id, or closed_orders to find an order by")
    }
  }

  private mutating func checkThen(_ block: ParsedBlock, _ set: OperationSet) {
    let name = OperationName.orderByClientID
    guard let own = block[name.rawValue]?.block else { return }
    path.push(name.rawValue)
    path.push(CallKeys.then.name)
    for then in set.operations[name]?.then ?? [] where !set.written.contains(then) {
      error(own.mark(of: CallKeys.then), "there is no \(then.rawValue)")
    }
    path.pop()
    path.pop()
  }

  /// One market's ticker must bring what the list of all would.
  private mutating func checkTicker(_ block: ParsedBlock, _ set: OperationSet) {
    if !set.written.contains(.tickers), set.delegations[.ticker] != nil {
      error(block.mark, "needs tickers: a program's ticker tells bid and ask alone")
    }
    guard !set.written.contains(.tickers), let ticker = set.operations[.ticker],
      let own = block[OperationName.ticker.rawValue]?.block
    else { return }
    path.push(OperationName.ticker.rawValue)
    for name in ["last", "volume"] where ticker.call.fields[name].map(\.mayBeAbsent) ?? true {
      at(name) { $0.error(own.mark, "is required where there is no tickers") }
    }
    path.pop()
  }
}
