public import ArgumentParser
import Broker
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
    discussion: """
      Each row has its running number, its time, what it tells and why. --verify checks the chain of all rows, the sums \
      of orders and positions, and the files, says at which row and segment something breaks, and leaves with 1 when \
      something does. See docs/journal.md.
      """)

  @OptionGroup var query: JournalQuery
  @Option(name: .long, help: ArgumentHelp("Only rows written at this instant (RFC 3339) or later.", valueName: "time"))
  var since: Timestamp?
  @Option(name: .long, help: "Only rows of this kind; may be repeated.")
  var kind: [JournalKind] = []

  @Flag(name: .long, help: "Check chain, sums and files instead of printing rows.")
  var verify = false

  func run() throws {
    if verify { return try check() }
    let kinds = Set(kind.isEmpty ? JournalKind.allCases : kind)
    try query.print(
      "journal",
      { reader throws(JournalError) in try reader.entries(kinds, since: since, limit: query.limit) }, json: Self.json,
      columns: ["time", "row", "kind", "what", "cause"], row: Self.cells)
  }

  // MARK: --verify

  private func check() throws {
    let place = try query.place()
    let found: Verification
    do throws(JournalError) {
      found = try JournalVerifier.verify(directory: place.directory) { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      }
    } catch {
      throw Console.failure(.temporary, "\(error); next: \(error.nextStep)")
    }
    Console.print(query.json ? Self.json(found, place).prettyEncoded + "\n" : Self.text(found, place.account))
    if !found.problems.isEmpty { throw ExitCode(ExitStatus.problems.rawValue) }
  }

  private static func text(_ found: Verification, _ account: String) -> String {
    let lines =
      found.remarks.map { "note: \($0)" }
      + found.problems.map { problem in
        // A place that is a row says so itself.
        let row = problem.row.flatMap { problem.place.hasPrefix("row \($0) ") ? nil : ", row \($0)" } ?? ""
        return "DAMAGED: segment \(problem.segment)\(row), \(problem.place): \(problem.detail)"
      }
    let here = found.segments.filter { !$0.isAway }
    let what = "\(found.rows) rows in \(here.count) segment\(here.count == 1 ? "" : "s")"
    let verdict =
      found.problems.isEmpty
      ? "\(account): \(what): chain, sums and files are whole"
      : "\(account): \(what) checked, \(found.problems.count) found damaged; keep the files and restore a backup"
    return (lines + [verdict]).map { LogLine.harmless($0) + "\n" }.joined()
  }

  private static func json(
    _ found: Verification, _ place: (account: String, mode: String, directory: String)
  ) -> JSONValue {
    .object([
      ("format", .string("nija-journal-verification/1")), ("account", .string(place.account)),
      ("mode", .string(place.mode)), ("ok", .boolean(found.problems.isEmpty)), ("rows", .integer(Int(found.rows))),
      (
        "segments",
        .array(
          found.segments.map {
            .object([
              ("segment", .integer($0.number)), ("rows", .integer(Int($0.rows))), ("moved_away", .boolean($0.isAway)),
            ])
          })
      ),
      (
        "problems",
        .array(
          found.problems.map {
            .object([
              ("segment", .integer($0.segment)), ("row", .optional($0.row.map { Int($0) })),
              ("place", .string($0.place)), ("detail", .string($0.detail)),
            ])
          })
      ), ("remarks", .array(found.remarks.map(JSONValue.string))),
    ])
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
