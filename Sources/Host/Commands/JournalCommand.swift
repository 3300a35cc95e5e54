public import ArgumentParser
public import Core
import Journal

extension JournalKind: ExpressibleByArgument {}

extension Timestamp: ExpressibleByArgument {
  /// An instant as RFC 3339 writes it.
  public init?(argument: String) { self.init(rfc3339: argument) }
}

/// The journal itself, row by row.
struct JournalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal",
    abstract: "An account's journal row by row, newest first; the host may run or not.",
    discussion: "Each row has its running number, its time, what it tells and why. See docs/journal.md.")

  @OptionGroup var query: JournalQuery
  @Option(name: .long, help: ArgumentHelp("Only rows written at this instant (RFC 3339) or later.", valueName: "time"))
  var since: Timestamp?
  @Option(name: .long, help: "Only rows of this kind; may be repeated.")
  var kind: [JournalKind] = []

  func run() throws {
    let kinds = Set(kind.isEmpty ? JournalKind.allCases : kind)
    try query.print(
      "journal",
      { reader throws(JournalError) in try reader.entries(kinds, since: since, limit: query.limit) }, json: Self.json,
      columns: ["time", "row", "kind", "what", "cause"], row: Self.cells)
  }

  private static func json(_ entry: JournalEntry) -> JSONValue {
    .object([
      ("segment", .integer(entry.segment)), ("row", .integer(Int(entry.sequence))),
      ("kind", .string(entry.kind.rawValue)), ("time", .string(entry.time.description)),
      ("cause", .string(entry.cause)), ("hash", .string(Hex.encode(entry.hash))),
      ("fields", .object(entry.fields.map { (key: $0.name, value: json($0.value)) })),
    ])
  }

  private static func json(_ value: JournalEntry.Value?) -> JSONValue {
    switch value {
    case .text(let text): .string(text)
    case .number(let number): .integer(Int(number))
    case .time(let time): .string(time.description)
    case nil: .null
    }
  }

  private static func cells(_ entry: JournalEntry) -> [String] {
    let known = entry.fields.compactMap { field in field.value.map { "\(field.name)=\(word($0))" } }
    return [
      entry.time.description, "\(entry.sequence)", entry.kind.rawValue, known.joined(separator: " "), entry.cause,
    ]
  }

  private static func word(_ value: JournalEntry.Value) -> String {
    switch value {
    case .text(let text): text
    case .number(let number): "\(number)"
    case .time(let time): time.description
    }
  }
}
