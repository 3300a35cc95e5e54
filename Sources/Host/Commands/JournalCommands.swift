import ArgumentParser
import Config
import Core
import Journal

/// What `orders`, `fills`, `positions` and `journal` share: whose journal, how much of it, in which form.
struct JournalQuery: ParsableArguments {
  @OptionGroup var source: ManifestSource
  @Argument(help: ArgumentHelp("The account's id, such as kraken or kraken/tania_gilbert.", valueName: "account"))
  var account: String
  @Option(name: .long, help: "At most so many, the newest.")
  var limit = 100
  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit is 1 to 1000000") }
  }

  /// Whose journal, and where the account's mode keeps it.
  func place() throws -> (account: String, mode: String, directory: String) {
    let manifest = try source.load()
    guard let plan = manifest.account(account) else {
      throw Console.failure(.usage, "\(source.config) has no account \(account)")
    }
    return (plan.id, plan.mode.rawValue, "\(manifest.state)/\(plan.mode.rawValue)/\(plan.folder)")
  }

  /// Prints what `read` finds in the journal of the account's mode; an account that never ran there has none of it.
  func print<Row>(
    _ name: String, _ read: (JournalReader) throws(JournalError) -> [Row], json rowJSON: (Row) -> JSONValue,
    columns: [String], row cells: (Row) -> [String]
  ) throws {
    let place = try place()
    let rows = try rows(read, place.directory)
    guard json else { return Console.print(Table.text([columns] + rows.map(cells))) }
    let document: JSONValue = .object([
      (key: "format", value: .string("nija-\(name)/1")), (key: "account", value: .string(place.account)),
      (key: "mode", value: .string(place.mode)), (key: name, value: .array(rows.map(rowJSON))),
    ])
    Console.print(document.prettyEncoded + "\n")
  }

  private func rows<Row>(
    _ read: (JournalReader) throws(JournalError) -> [Row], _ directory: String
  ) throws -> [Row] {
    do throws(JournalError) {
      return try read(try JournalReader.open(directory: directory))
    } catch {
      if case .missing = error { return [] }
      throw Console.failure(.temporary, "\(error); next: \(error.nextStep)")
    }
  }
}

/// Lines whose columns stand below each other.
enum Table {
  /// - Parameter rows: the headings first.
  static func text(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column < widths.count { widths[column] = max(widths[column], cell.count) } else { widths.append(cell.count) }
      }
    }
    return rows.map { line($0, widths) + "\n" }.joined()
  }

  private static func line(_ row: [String], _ widths: [Int]) -> String {
    let cells = zip(row, widths).map { cell, width in
      LogLine.harmless(cell) + String(repeating: " ", count: max(0, width - cell.count))
    }
    let line = cells.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}

/// Our orders, from the journal.
struct OrdersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orders", abstract: "An account's orders, newest first, from its journal; the host may run or not.")

  @OptionGroup var query: JournalQuery

  func run() throws {
    try query.print(
      "orders", { reader throws(JournalError) in try reader.orders(limit: query.limit) }, json: Self.json,
      columns: ["intended at", "side", "quantity", "symbol", "limit", "state", "filled", "for", "venue id", "reason"],
      row: Self.cells)
  }

  private static func json(_ order: OrderRecord) -> JSONValue {
    let request = order.request
    return .object([
      ("client_order_id", .string(request.clientOrderID.hex)),
      ("venue_order_id", .optional(order.venueOrderID?.rawValue)), ("symbol", .string(request.symbol.description)),
      ("side", .string(request.side.rawValue)), ("quantity", .optional(request.quantity?.description)),
      ("limit", .optional(request.limit?.description)), ("purpose", .string(order.purpose.rawValue)),
      ("state", .string(order.state.rawValue)), ("filled", .string(order.filled.description)),
      ("reported_filled", .optional(order.reportedFilled?.description)), ("cause", .string(order.cause)),
      ("reason", .optional(order.reason)), ("intended_at", .string(order.intendedAt.description)),
      ("changed_at", .string(order.changedAt.description)), ("market_time", .optional(order.marketTime?.description)),
    ])
  }

  private static func cells(_ order: OrderRecord) -> [String] {
    let request = order.request
    return [
      order.intendedAt.description, request.side.rawValue, request.quantity?.description ?? "–",
      request.symbol.description, request.limit?.description ?? "market", order.state.rawValue,
      order.filled.description, order.purpose.rawValue, order.venueOrderID?.rawValue ?? "–", order.reason ?? "",
    ]
  }
}

/// Executions, from the journal.
struct FillsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fills", abstract: "An account's fills, newest first, from its journal; the host may run or not.")

  @OptionGroup var query: JournalQuery

  func run() throws {
    try query.print(
      "fills", { reader throws(JournalError) in try reader.fills(limit: query.limit) }, json: Self.json,
      columns: ["time", "side", "quantity", "symbol", "price", "fee", "fill id", "order"], row: Self.cells)
  }

  private static func json(_ record: FillRecord) -> JSONValue {
    let fill = record.fill
    return .object([
      ("id", .string(fill.id)), ("venue_order_id", .string(fill.venueOrderID.rawValue)),
      ("client_order_id", .optional(record.clientOrderID?.hex)), ("symbol", .string(fill.symbol.description)),
      ("side", .string(fill.side.rawValue)), ("quantity", .string(fill.quantity.description)),
      ("price", .string(fill.price.description)), ("fee", .string(fill.fee.description)),
      ("fee_currency", .string(fill.feeCurrency)), ("time", .string(fill.time.description)),
    ])
  }

  private static func cells(_ record: FillRecord) -> [String] {
    let fill = record.fill
    return [
      fill.time.description, fill.side.rawValue, fill.quantity.description, fill.symbol.description,
      fill.price.description, "\(fill.fee) \(fill.feeCurrency)", fill.id, fill.venueOrderID.rawValue,
    ]
  }
}

/// What is held, from fills alone.
struct PositionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "positions",
    abstract: "What an account holds, from its journal's fills alone; the host may run or not.")

  @OptionGroup var query: JournalQuery

  /// A position, or a market whose fills do not add up: shown as unknown, never as nothing.
  private enum Row {
    case held(Position)
    case unknown(Holdings.Misfit)
  }

  func run() throws {
    try query.print(
      "positions",
      { reader throws(JournalError) in
        let holdings = try reader.holdings()
        let rows = holdings.positions.filter(\.isOpen).map(Row.held) + holdings.misfits.map(Row.unknown)
        return Array(rows.prefix(query.limit))
      }, json: Self.json,
      columns: ["symbol", "quantity", "cost", "average", "realised", "fees", "opened at"], row: Self.cells)
  }

  private static func json(_ row: Row) -> JSONValue {
    switch row {
    case .held(let position):
      .object([
        ("symbol", .string(position.symbol.description)), ("quantity", .string(position.quantity.description)),
        ("cost", .string(position.cost.description)), ("average_cost", .optional(average(position))),
        ("entry_price", .optional(position.entryPrice?.description)),
        ("realised", .string(position.realised.description)), ("fees", .string(position.fees.description)),
        ("opened_at", .optional(position.openedAt?.description)), ("problem", .null),
      ])
    case .unknown(let misfit):
      .object([
        ("symbol", .string(misfit.symbol.description)), ("quantity", .null), ("cost", .null), ("average_cost", .null),
        ("entry_price", .null), ("realised", .null), ("fees", .null), ("opened_at", .null),
        ("problem", .string("fill \(misfit.fillID) does not fit: \(misfit.error)")),
      ])
    }
  }

  /// Rounding is exact to 12 places; what cannot be held at all is not known.
  private static func average(_ position: Position) -> String? {
    (try? position.averageCost())?.description
  }

  private static func cells(_ row: Row) -> [String] {
    switch row {
    case .held(let position):
      [
        position.symbol.description, position.quantity.description, position.cost.description,
        average(position) ?? "–", position.realised.description, position.fees.description,
        position.openedAt?.description ?? "–",
      ]
    case .unknown(let misfit):
      [misfit.symbol.description, "unknown", "–", "–", "–", "–", "fill \(misfit.fillID) does not fit: \(misfit.error)"]
    }
  }
}
