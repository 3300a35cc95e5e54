import Core
import Descriptor

/// One row of a list before it is written.
struct DerivedRow {
  /// By the field's name.
  var fields: [String: AnswerValue]
  /// The market it is about.
  var listing: Listing?
}

/// Writes rows where a call has them, page by page.
struct DerivedList {
  let draft: AnswerDraft
  let variables: [String: String]
  private let steps: [Path.Step]
  private let fields: [String: Reading]
  private let filter: [Condition]
  private let paging: Paging?
  /// The markets that the rows are about: where rows stand in lists of their own, there is one for each.
  private var groups: [String] = []

  /// Rows of a page where the call does not say.
  static let usualPage = 50

  /// What a descriptor may have no words for without being wrong.
  static let spare: Set<String> = [
    "average", "fees", "created", "reason", "notional", "filled_notional", "maker", "alias", "bid", "ask",
  ]

  /// The rows of a call.
  init(_ call: Call, _ draft: AnswerDraft, _ variables: [String: String] = [:]) {
    self.init(call.rows, call.fields, draft, variables, filter: call.filter, paging: call.paging)
  }

  /// Rows at a path, read so.
  init(
    _ rows: Path?, _ fields: [String: Reading], _ draft: AnswerDraft, _ variables: [String: String] = [:],
    filter: [Condition] = [], paging: Paging? = nil
  ) {
    self.draft = draft
    self.variables = variables
    self.steps = rows?.steps ?? []
    self.fields = fields
    self.filter = filter
    self.paging = paging
  }

  /// Writes them all, or those of the page that was asked for.
  func write(_ rows: [DerivedRow]) throws(DerivedRefusal) {
    let page = try page(of: rows)
    var grouped = self
    grouped.groups = Set(page.compactMap { $0.listing?.instrument.venueID }).sorted()
    if page.isEmpty { makeEmpty() }
    for row in page {
      guard let spot = grouped.spot(row, draft) else { throw Self.inexpressible("where rows are") }
      let failed = write(row, at: spot)
      guard failed.isEmpty else { throw Self.inexpressible(failed.joined(separator: ", ")) }
    }
  }

  static func inexpressible(_ what: String) -> DerivedRefusal {
    DerivedRefusal(.inexpressible, "the stand-in cannot say this in the descriptor's words: \(what)")
  }

  /// Writes a row's fields; those it cannot say.
  func write(_ row: DerivedRow, at spot: AnswerSpot) -> [String] {
    let writer = AnswerWriter(spot)
    let failed = writer.write(row.fields, by: fields).filter { !Self.spare.contains($0) }
    tellPlace(row, at: spot)
    return filter.allSatisfy(writer.fulfil) ? failed : failed + ["where"]
  }

  /// What the next page is asked for by is there also where nothing else reads it.
  private func tellPlace(_ row: DerivedRow, at spot: AnswerSpot) {
    guard case .last(let path, _) = paging?.method, path.origin == .row, AnswerReader(spot).text(path) == nil else {
      return
    }
    let place: AnswerValue? =
      switch row.fields["created"] ?? row.fields["time"] {
      case .time(let time): .text(time.text(fractionDigits: 6))
      default: row.fields["id"]
      }
    if let place { _ = AnswerWriter(spot).put(place, at: path) }
  }

  /// Whether a call can say a row.
  static func canSay(_ row: DerivedRow, _ call: Call) -> Bool {
    let list = DerivedList(call, AnswerDraft())
    guard let spot = list.spot(row, list.draft) else { return false }
    return list.write(row, at: spot).isEmpty
  }

  // MARK: Places

  private static func isMany(_ step: Path.Step) -> Bool { step == .elements || step == .values }

  /// A new row's place.
  func spot(_ row: DerivedRow, _ draft: AnswerDraft) -> AnswerSpot? {
    let last = steps.lastIndex(where: Self.isMany)
    let names = names(row)
    var node = draft.root
    var key: String?
    for (index, step) in steps.enumerated() {
      let next: AnswerNode?
      switch step {
      case .member(let name): next = node.member(name)
      case .named(let name): next = name.text(names).flatMap(node.member)
      case .element(let place): next = node.element(place)
      case .matching(let name, let value): next = node.element(where: name, is: value)
      case .elements: next = index == last ? node.appended() : node.element(group(row))
      case .values:
        let name = self.key(row)
        key = name
        next = node.member(name)
      case .key: next = nil
      }
      guard let next else { return nil }
      node = next
    }
    return AnswerSpot(draft, row: node, key: key, market: names)
  }

  private func group(_ row: DerivedRow) -> Int {
    row.listing.flatMap { groups.firstIndex(of: $0.instrument.venueID) } ?? 0
  }

  /// The names of the market that a row is about, or that was asked about.
  private func names(_ row: DerivedRow) -> [String: String] {
    guard let instrument = row.listing?.instrument else { return variables }
    return ["symbol": instrument.venueID, "base": instrument.venueBase, "quote": instrument.venueQuote]
  }

  /// The name of an object's member that a row stands in.
  private func key(_ row: DerivedRow) -> String {
    for (name, reading) in fields.sorted(by: { $0.key < $1.key }) {
      guard let value = row.fields[name]?.text, case .path(let path) = Self.inner(reading), path.steps.last == .key
      else { continue }
      return value
    }
    return row.listing?.instrument.venueID ?? row.fields["id"]?.text ?? row.fields["currency"]?.text ?? "0"
  }

  private static func inner(_ reading: Reading) -> Reading {
    switch reading {
    case .apply(_, let arguments): arguments.first.map(inner) ?? reading
    case .first(let choices): choices.last.map(inner) ?? reading
    default: reading
    }
  }

  /// A list without rows is there all the same.
  private func makeEmpty() {
    var node = draft.root
    for step in steps {
      switch step {
      case .member(let name): if let next = node.member(name) { node = next }
      case .named(let name): if let next = name.text(variables).flatMap(node.member) { node = next }
      case .element(let place): if let next = node.element(place) { node = next }
      case .matching(let name, let value): if let next = node.element(where: name, is: value) { node = next }
      case .elements: return node.makeEmpty(list: true)
      case .values: return node.makeEmpty(list: false)
      case .key: return
      }
    }
    node.makeEmpty(list: false)
  }

  // MARK: Pages

  private func page(of rows: [DerivedRow]) throws(DerivedRefusal) -> [DerivedRow] {
    guard let paging else { return rows }
    let writer = AnswerWriter(AnswerSpot(draft))
    func number(_ name: String) -> Int { variables[name].flatMap { Int($0) }.map { max(0, $0) } ?? 0 }
    switch paging.method {
    case .cursor(let next):
      let start = min(rows.count, variables["page"].flatMap { Int($0.dropFirst(1)) } ?? 0)
      let end = min(rows.count, start + (paging.cursorSize ?? Self.usualPage))
      if end < rows.count {
        _ = writer.put(.text("c\(end)"), at: next)
      } else if !next.isOptional {
        _ = writer.put(.text(""), at: next)
      }
      return Array(rows[start..<end])
    case .offset(let total, let size):
      let start = min(rows.count, number("offset"))
      if let total { _ = writer.put(.text(String(rows.count)), at: total) }
      return Array(rows[start...].prefix(size ?? Self.usualPage))
    case .page(let size):
      let start = min(rows.count, max(0, number("page") - 1) * size)
      return Array(rows[start...].prefix(size))
    case .last(let path, let size):
      return path.origin == .root
        ? forwards(rows, from: variables["last"], path, size) : backwards(rows, after: variables["last"], path, size)
    }
  }

  /// Newest first; a page begins behind the row that was last. What is no name of one row only, as a time, may stand in
  /// several: then with those.
  private func backwards(_ rows: [DerivedRow], after last: String?, _ path: Path, _ size: Int) -> [DerivedRow] {
    guard let last else { return Array(rows.prefix(size)) }
    guard let place = rows.firstIndex(where: { value(of: $0, at: path) == last }) else { return [] }
    let isTime = fields.values.contains { reading in
      if case .apply(.s, [.path(path)]) = reading { return true }
      if case .apply(.ms, [.path(path)]) = reading { return true }
      if case .apply(.ns, [.path(path)]) = reading { return true }
      if case .apply(.iso, [.path(path)]) = reading { return true }
      return false
    }
    return Array(rows[(isTime ? place : place + 1)...].prefix(size))
  }

  /// Oldest page first, each newest first: what tells the next page stands in the answer's first row.
  private func forwards(_ rows: [DerivedRow], from last: String?, _ path: Path, _ size: Int) -> [DerivedRow] {
    let oldestFirst = Array(rows.reversed())
    var start = 0
    // The first page begins at a time, which no row need have.
    if let last = last.flatMap(AnswerReader.number) {
      start =
        oldestFirst.firstIndex { row in
          guard let text = value(of: row, at: path), let own = AnswerReader.number(text) else { return false }
          return own >= last
        } ?? oldestFirst.count
    }
    return oldestFirst[start...].prefix(size).reversed()
  }

  /// What a row says at a path.
  private func value(of row: DerivedRow, at path: Path) -> String? {
    let draft = AnswerDraft()
    guard let spot = spot(row, draft) else { return nil }
    _ = write(row, at: spot)
    return AnswerReader(spot).text(path)
  }
}
