internal import Config
internal import Core

extension DescriptorSession {
  /// Reads one call.
  /// - Parameters:
  ///   - isSource: whether it only gives rows for others to be asked by.
  ///   - isFurther: whether it adds its rows to those of a call before it.
  mutating func call(
    _ block: ParsedBlock, _ context: inout CallContext, isSource: Bool = false, isFurther: Bool = false
  ) -> Call? {
    let target = readTarget(block, &context)
    let isRaw = block.text(CallKeys.encoding) == "raw"
    let isSigned = block.isTrue(CallKeys.signed)
    let query = parameters(block, CallKeys.query, isRaw: isRaw, &context)
    if isRaw, query.isEmpty, !block.has(CallKeys.query) {
      at(CallKeys.encoding.name) { $0.error(block.mark(of: CallKeys.encoding), "there is no query") }
    }
    let carrier = readCarrier(block, method: target?.method, &context)
    let headers = parameters(block, CallKeys.headers, &context)
    checkSigned(block, isSigned, query, carrier, headers, isOfAccount: context.rule.isOfAccount && !isSource)
    let cost = readCost(block, context)
    let rows = readRows(block, isOfOne: context.rule.shape == .one && !isSource, isSource: isSource)
    let filter = readFilter(block, isOfRows: rows != nil || context.rule.shape == .list || isSource)
    var call = Call(
      host: target?.host ?? 0, method: target?.method ?? "", path: target?.path ?? Template(pieces: []),
      isSigned: isSigned, query: query, isRawQuery: isRaw, carrier: carrier, headers: headers, cost: cost, rows: rows,
      filter: filter, isNewestFirst: block.text(CallKeys.order) == "newest_first", fields: [:], levelFields: [:],
      bids: nil, asks: nil, paging: nil, window: block.duration(CallKeys.window),
      most: context.name == .candles ? block.integer(CallKeys.mostCandles) : nil)
    if !isSource { readFields(block, context, &call, isFurther: isFurther) }
    call.paging = readPaging(block, context)
    checkWindow(block, context)
    return target == nil ? nil : call
  }

  /// A method, a host and a path.
  private struct Target {
    var host: Int
    var method: String
    var path: Template
  }

  private mutating func readTarget(_ block: ParsedBlock, _ context: inout CallContext) -> Target? {
    guard let parsed = block[CallKeys.call.name] else { return nil }
    path.push(CallKeys.call.name)
    defer { path.pop() }
    var host = 0
    var written = parsed
    if let list = parsed.list {
      guard list.count == 2, let name = list.first, let rest = list.last else {
        error(parsed.mark, "expected METHOD PATH, or [HOST, METHOD PATH]")
        return nil
      }
      guard let index = hosts.firstIndex(where: { $0.name == name.scalar?.text }) else {
        unknown("host", name.scalar?.text ?? "", among: hosts.map(\.name), name.mark)
        return nil
      }
      (host, written) = (index, rest)
    }
    used.hosts.insert(host)
    guard let text = written.scalar?.text else { return nil }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let method = parts.first, let address = parts.last else {
      error(written.mark, "expected METHOD PATH, such as GET /api/v3/time")
      return nil
    }
    guard ["GET", "POST", "PUT", "DELETE"].contains(method) else {
      error(written.mark, "expected GET, POST, PUT or DELETE before the path")
      return nil
    }
    return template(path: String(address), from: method.unicodeScalars.count + 1, in: written.mark, &context)
      .map { Target(host: host, method: String(method), path: $0) }
  }

  /// Reads the path behind a method; places are counted in the whole text.
  private mutating func template(
    path address: String, from start: Int, in mark: Mark, _ context: inout CallContext
  ) -> Template? {
    let place = source.place(of: start, in: mark)
    guard address.hasPrefix("/") else {
      error(place, "a path begins with /")
      return nil
    }
    let whole = String(repeating: " ", count: start) + address
    guard var template = self.template(mark, whole, .path, &context) else { return nil }
    if case .text(let text)? = template.pieces.first {
      template.pieces[0] = .text(String(text.dropFirst(start)))
    }
    guard template.texts.allSatisfy(URLText.isPath) else {
      error(place, "has characters that no path has; parameters stand under query")
      return nil
    }
    for segment in address.split(separator: "/") where URLText.isDots(segment) {
      error(
        source.place(of: start + address[..<segment.startIndex].unicodeScalars.count, in: mark),
        "no path has \(segment) in it: write out where it leads")
      return nil
    }
    return template
  }

  private mutating func readCarrier(_ block: ParsedBlock, method: String?, _ context: inout CallContext) -> Carrier {
    let given = [CallKeys.form, CallKeys.json, CallKeys.payload].filter(block.has)
    guard let spec = given.first else { return .none }
    if given.count > 1, let second = given.last {
      at(second.name) { $0.error(block.mark(of: second), "a call carries one of form, json and payload") }
    }
    if method == "GET", spec != CallKeys.payload {
      at(spec.name) { $0.error(block.mark(of: spec), "a GET has no body; parameters stand under query") }
    }
    if spec == CallKeys.form { return .form(parameters(block, spec, &context)) }
    guard let node = block[spec.name]?.tree else { return .none }
    path.push(spec.name)
    defer { path.pop() }
    guard let tree = self.tree(node, &context) else { return .none }
    if spec == CallKeys.json {
      switch tree {
      case .object, .list: return .json(tree)
      case .text, .literal:
        error(node.mark, "a JSON body is an object or a list")
        return .none
      }
    }
    guard case .object = tree else {
      error(node.mark, "a payload is an object, {} for an empty one")
      return .none
    }
    used.payload = true
    if !signsPayload { error(node.mark, "nothing in signing uses `payload`: it would go nowhere") }
    return .payload(tree)
  }

  /// What signing needs of a call.
  private mutating func checkSigned(
    _ block: ParsedBlock, _ isSigned: Bool, _ query: [Parameter], _ carrier: Carrier, _ headers: [Parameter],
    isOfAccount: Bool
  ) {
    guard isSigned else {
      if isOfAccount, signing != nil {
        error(block[CallKeys.signed.name]?.mark ?? block.mark, "must be signed: it is of the account")
      }
      if case .payload = carrier {
        at(CallKeys.payload.name) { $0.error(block.mark(of: CallKeys.payload), "goes nowhere: the call is not signed") }
      }
      return
    }
    used.signing = true
    guard let signing else {
      at(CallKeys.signed.name) { $0.error(block.mark(of: CallKeys.signed), "there is no `signing`") }
      return
    }
    var names = query.map(\.name)
    if case .form(let parameters) = carrier { names += parameters.map(\.name) }
    if case .payload(.object(let members)) = carrier { names += members.map(\.name) }
    for entry in signing.parameters where names.contains(entry.name) {
      error(block.mark(of: CallKeys.call), "the parameter \(entry.name) is added by signing, too")
    }
    for entry in signing.headers where headers.contains(where: { $0.name.lowercased() == entry.name.lowercased() }) {
      error(block.mark(of: CallKeys.headers), "the header \(entry.name) is set by signing, too")
    }
  }

  mutating func readCost(_ block: ParsedBlock, _ context: CallContext) -> [String: Int] {
    path.push(CallKeys.cost.name)
    defer { path.pop() }
    if !limits.isEmpty, !block.has(CallKeys.cost) {
      error(block.mark, "is required where there are limits: \(CallKeys.cost.doc)")
    }
    var cost: [String: Int] = [:]
    for entry in block.entries(CallKeys.cost) {
      guard let amount = entry.parsed.scalar?.integer else { continue }
      path.push(entry.name)
      defer { path.pop() }
      guard let limit = limits.first(where: { $0.name == entry.name }) else {
        unknown("limit", entry.name, among: limits.map(\.name), entry.mark)
        continue
      }
      used.limits.insert(entry.name)
      if amount < 0 || amount > limit.most - limit.reserve {
        error(
          entry.parsed.mark,
          "must be at least 0 and at most \(limit.most - limit.reserve), which is what the limit takes")
      }
      if limit.scope == .instrument, !context.variables.contains("symbol") {
        error(entry.mark, "is counted by market, and this call is of none")
      }
      cost[entry.name] = amount
    }
    return cost
  }
}
