internal import Broker
internal import Config
internal import Core

extension DescriptorSession {
  /// The closed sets of words, both ways.
  mutating func readWords(_ top: ParsedBlock) {
    guard let block = top[DescriptorKeys.enums.name]?.block else { return }
    path.push(DescriptorKeys.enums.name)
    defer { path.pop() }
    readSides(block)
    readIntervals(block)
    path.push(EnumKeys.orderStatus.name)
    for entry in block.entries(EnumKeys.orderStatus) {
      guard let status = entry.parsed.scalar?.text.flatMap(Order.Status.init(rawValue:)) else { continue }
      if entry.name == "*" {
        at(entry.name) { $0.error(entry.mark, "the rest has no meaning: a word that nobody names is an error") }
      }
      words.orderStatuses.append(.init(theirs: entry.name, ours: status))
    }
    if !block.entries(EnumKeys.orderStatus).isEmpty {
      let meanings = Set(words.orderStatuses.map(\.ours))
      for status in [Order.Status.open, .filled, .cancelled] where !meanings.contains(status) {
        error(block.mark(of: EnumKeys.orderStatus), "no word of the venue's means \(status.rawValue)")
      }
    }
    path.pop()
    path.push(EnumKeys.instrumentStatus.name)
    for entry in block.entries(EnumKeys.instrumentStatus) {
      guard let status = entry.parsed.scalar?.text.flatMap(Instrument.Status.init(rawValue:)) else { continue }
      if entry.name == "*" {
        words.otherInstrumentStatus = status
      } else {
        words.instrumentStatuses.append(.init(theirs: entry.name, ours: status))
      }
    }
    if words.otherInstrumentStatus == .online {
      at("*") { $0.error(block.mark(of: EnumKeys.instrumentStatus), "what nobody names is not online") }
    }
    if !words.instrumentStatuses.isEmpty, !words.instrumentStatuses.contains(where: { $0.ours == .online }) {
      error(block.mark(of: EnumKeys.instrumentStatus), "no word of the venue's means online")
    }
    path.pop()
  }

  private mutating func readSides(_ block: ParsedBlock) {
    guard let sides = block[EnumKeys.side.name]?.block else { return }
    for (side, name) in [(Side.buy, "buy"), (.sell, "sell")] {
      if let text = sides[name]?.scalar?.text { words.sides[side] = text }
    }
    if let buy = words.sides[.buy], buy == words.sides[.sell] {
      at(EnumKeys.side.name) { $0.error(sides["sell"]?.mark ?? sides.mark, "is the word for buying, too") }
    }
  }

  private mutating func readIntervals(_ block: ParsedBlock) {
    path.push(EnumKeys.interval.name)
    defer { path.pop() }
    var seen: Set<String> = []
    for entry in block.entries(EnumKeys.interval) {
      guard let text = entry.parsed.scalar?.text else { continue }
      path.push(entry.name)
      defer { path.pop() }
      guard let length = DurationText.parse(entry.name), length > .zero else {
        error(entry.mark, "expected as key \(FieldType.duration.phrase)")
        continue
      }
      if words.intervals[length] != nil { error(entry.mark, "is a length that stands here already") }
      if !seen.insert(text).inserted { error(entry.parsed.mark, "is the word for another length, too") }
      words.intervals[length] = text
    }
    if words.intervals.isEmpty, let mark = block[EnumKeys.interval.name]?.mark {
      error(mark, "needs at least one length")
    }
  }

  /// The venue's counters.
  mutating func readLimits(_ top: ParsedBlock) {
    path.push(DescriptorKeys.limits.name)
    defer { path.pop() }
    for entry in top.entries(DescriptorKeys.limits) {
      guard let block = entry.parsed.block,
        let scope = block.text(LimitKeys.scope).flatMap(CallLimit.Scope.init(rawValue:)),
        let most = block.integer(LimitKeys.most), let per = block.duration(LimitKeys.per),
        let reserve = block.integer(LimitKeys.reserve)
      else { continue }
      path.push(entry.name)
      if reserve >= most {
        at(LimitKeys.reserve.name) { $0.error(block.mark(of: LimitKeys.reserve), "must be below most") }
      }
      limits.append(CallLimit(name: entry.name, scope: scope, most: most, per: per, reserve: min(reserve, most)))
      path.pop()
    }
  }

  /// That nothing was declared in vain.
  mutating func checkUnused(_ top: ParsedBlock) {
    at(DescriptorKeys.limits.name) { session in
      for entry in top.entries(DescriptorKeys.limits)
      where session.limits.contains(where: { $0.name == entry.name }) && !session.used.limits.contains(entry.name) {
        session.at(entry.name) { $0.error(entry.mark, "no operation's cost names it") }
      }
    }
    at(DescriptorKeys.hosts.name) { session in
      for (index, entry) in top.entries(DescriptorKeys.hosts).enumerated() where index > 0 {
        guard let place = session.hosts.firstIndex(where: { $0.name == entry.name }) else { continue }
        if !session.used.hosts.contains(place) { session.at(entry.name) { $0.error(entry.mark, "no call goes there") } }
      }
    }
    at(DescriptorKeys.enums.name) { session in
      guard let enums = top[DescriptorKeys.enums.name]?.block else { return }
      let sets = [
        (EnumKeys.orderStatus, session.used.orderStatus), (EnumKeys.instrumentStatus, session.used.instrumentStatus),
      ]
      for (spec, isUsed) in sets where !isUsed && enums.entries(spec).contains(where: { $0.name != "*" }) {
        session.at(spec.name) { $0.error(enums.mark(of: spec), "nothing is read by it") }
      }
    }
    if signing != nil, !used.signing {
      at(DescriptorKeys.signing.name) { $0.error(top.mark(of: DescriptorKeys.signing), "no operation is signed") }
    } else if signsPayload, !used.payload {
      at(DescriptorKeys.signing.name) {
        $0.error(top.mark(of: DescriptorKeys.signing), "uses `payload`, which no call carries")
      }
    }
  }
}
