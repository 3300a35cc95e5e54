internal import Broker
internal import Core

extension DescriptorClient {
  /// How often a list is begun anew because rows left it meanwhile.
  private static let mostReadings = 3
  /// The most pieces that a list of long ago is asked for in.
  private static let mostPieces = 500

  /// One answer, read as one thing.
  func one<Result>(
    _ outgoing: OutgoingCall, _ read: (FieldValues) throws(JSONError) -> Result
  ) async throws(BrokerError) -> Result {
    let call = outgoing.call
    return try await send(outgoing) { (view) throws(JSONError) in
      guard let path = call.rows else { return try read(FieldValues(call.fields, RowReader(view))) }
      for row in try path.rows(of: view) where try RowReader(view, row).counts(call.filter) {
        return try read(FieldValues(call.fields, RowReader(view, row)))
      }
      throw .missing("a row at \(path)")
    }
  }

  /// All rows of an operation: of its calls, for each that it fans out to, to the last page.
  /// - Parameters:
  ///   - base: the call to be made, with its variables; its `call` is the operation's own.
  ///   - since: where a list with a window begins.
  ///   - read: a row; `nil` for one that does not count.
  func rows<Row>(
    _ operation: Operation, _ base: OutgoingCall, since: Timestamp? = nil, markets: [Instrument] = [],
    _ read: (FieldValues, Symbol?) throws(JSONError) -> Row?
  ) async throws(BrokerError) -> [Row] {
    var rows: [Row] = []
    for outgoing in try await fannedOut(operation, base, markets) {
      rows += try await pieces(outgoing, since: since, read)
    }
    for call in operation.also {
      var outgoing = base
      outgoing.call = call
      rows += try await pieces(outgoing, since: since, read)
    }
    return rows
  }

  private func fannedOut(
    _ operation: Operation, _ base: OutgoingCall, _ markets: [Instrument]
  ) async throws(BrokerError) -> [OutgoingCall] {
    switch operation.each {
    case nil: return [base]
    case .followed: return markets.map { base.about($0) }
    case .rows(let call, let most):
      var first = base
      first.call = call
      let names = try await pieces(first, since: nil, texts)
      var seen: Set<String> = []
      let distinct = names.filter { seen.insert($0).inserted }
      guard distinct.count <= most else {
        throw base.nature.error(.unsupported, .account, "\(distinct.count) rows to ask about, more than \(most)")
      }
      return distinct.map { name in
        var outgoing = base
        outgoing.variables["each"] = .string(name)
        return outgoing
      }
    }
  }

  /// A row that is a text itself.
  private func texts(_ row: FieldValues, _: Symbol?) throws(JSONError) -> String? { try row.text("each") }

  /// A list that goes further back than the venue looks is asked for in pieces.
  private func pieces<Row>(
    _ outgoing: OutgoingCall, since: Timestamp?, _ read: (FieldValues, Symbol?) throws(JSONError) -> Row?
  ) async throws(BrokerError) -> [Row] {
    guard let window = outgoing.call.window, window > .zero, let since else { return try await pages(outgoing, read) }
    let end = clock.now + .seconds(60)
    var rows: [Row] = []
    var start = since
    for _ in 0..<Self.mostPieces {
      var piece = outgoing
      let next = start + window
      piece.variables.set("since", start)
      piece.variables.set("until", min(next, end))
      rows += try await pages(piece, read)
      guard next < end else { return rows }
      start = next
    }
    throw outgoing.nature.error(
      .unsupported, .account, "more than \(Self.mostPieces) pieces of \(window)", nextStep: "ask from a later time on")
  }

  /// All rows of a list that comes in pages. Rows that arrive meanwhile push others to the next page: those come twice,
  /// and callers take them once. Rows that leave pull others over to pages that were read: then the list is read anew.
  private func pages<Row>(
    _ outgoing: OutgoingCall, _ read: (FieldValues, Symbol?) throws(JSONError) -> Row?
  ) async throws(BrokerError) -> [Row] {
    guard let paging = outgoing.call.paging else { return try await page(outgoing, nil, read).rows }
    for _ in 0..<Self.mostReadings {
      if let rows = try await steadyPages(outgoing, paging, read) { return rows }
    }
    throw outgoing.nature.error(
      .malformedAnswer, .account, retry: .seconds(10),
      "the list lost rows each of the \(Self.mostReadings) times it was read")
  }

  /// - Returns: `nil` when the list became shorter while it was read.
  private func steadyPages<Row>(
    _ outgoing: OutgoingCall, _ paging: Paging, _ read: (FieldValues, Symbol?) throws(JSONError) -> Row?
  ) async throws(BrokerError) -> [Row]? {
    var outgoing = outgoing
    if let size = paging.size, outgoing.variables["limit"] == nil { outgoing.variables["limit"] = .integer(size) }
    var progress = PageProgress(paging)
    var rows: [Row] = []
    for _ in 0..<paging.most {
      let page = try await page(outgoing, paging, read)
      rows += page.rows
      switch progress.take(page.facts) {
      case .end: return rows
      case .shorter: return nil
      case .stuck: throw outgoing.nature.malformed(.wrongType("the next page", expected: "another page"), words: nil)
      case .next(let name, let value):
        outgoing.variables[name] = value
        outgoing.page = paging.send
      }
    }
    throw outgoing.nature.error(
      .unsupported, .account, "more than \(paging.most) pages", nextStep: "ask from a later time on")
  }

  private func page<Row>(
    _ outgoing: OutgoingCall, _ paging: Paging?, _ read: (FieldValues, Symbol?) throws(JSONError) -> Row?
  ) async throws(BrokerError) -> (rows: [Row], facts: PageFacts) {
    let call = outgoing.call
    return try await send(outgoing) { (view) throws(JSONError) in
      let found: [AnswerRow]
      if let path = call.rows { found = try path.rows(of: view) } else { found = [AnswerRow(view.root)] }
      var rows: [Row] = []
      for row in found {
        let reader = RowReader(view, row)
        guard try reader.counts(call.filter) else { continue }
        let fields = call.fields.isEmpty ? ["each": Self.itself] : call.fields
        if let value = try read(FieldValues(fields, reader), outgoing.market?.symbol) { rows.append(value) }
      }
      return (rows, try PageFacts(paging, found, view))
    }
  }

  static let itself = Reading.path(Path(origin: .row, steps: [], isOptional: false))
}

extension OutgoingCall {
  /// The same about one market.
  func about(_ instrument: Instrument) -> OutgoingCall {
    var outgoing = self
    outgoing.market = instrument
    outgoing.variables["symbol"] = .string(instrument.venueID)
    outgoing.variables["base"] = .string(instrument.venueBase)
    outgoing.variables["quote"] = .string(instrument.venueQuote)
    return outgoing
  }
}
