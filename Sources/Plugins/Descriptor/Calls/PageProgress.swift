internal import Core

/// What one page told about further ones.
struct PageFacts {
  /// Rows on it, those that do not count included.
  var count: Int
  /// What the method of paging looks at: a cursor, a total, a value of the last row.
  var mark: String?

  init(_ paging: Paging?, _ rows: [AnswerRow], _ view: AnswerView) throws(JSONError) {
    count = rows.count
    switch paging?.method {
    case .cursor(let path)?: mark = try Self.text(path, AnswerRow(view.root), view)
    case .offset(let path?, _)?: mark = try Self.text(path, AnswerRow(view.root), view)
    case .last(let path, _)?: if let row = rows.last { mark = try Self.text(path, row, view) }
    case .offset(nil, _)?, .page?, nil: break
    }
  }

  private static func text(_ path: Path, _ row: AnswerRow, _ view: AnswerView) throws(JSONError) -> String? {
    switch path.find(in: row, of: view) {
    case .text(let text): return text
    case .value(let value, _):
      guard let text = value.plainText else { throw .wrongType("\(path)", expected: "text or a number") }
      return text
    case nil:
      guard path.isOptional || path.isHeader else { throw .missing("\(path)") }
      return nil
    }
  }
}

/// How far the pages of one list are read.
struct PageProgress {
  enum Step {
    /// That was the last page.
    case end
    /// There is another; it is asked for with this variable.
    case next(String, JSONValue)
    /// The list became shorter meanwhile.
    case shorter
    /// The next page is the one just read.
    case stuck
  }

  private let paging: Paging
  private var read = 0
  private var pages = 1
  private var most = 0
  private var last: String?

  init(_ paging: Paging) { self.paging = paging }

  mutating func take(_ page: PageFacts) -> Step {
    read += page.count
    pages += 1
    switch paging.method {
    case .cursor: return follow(page, "page", isLast: page.count == 0)
    case .last(_, let size): return follow(page, "last", isLast: page.count < size)
    case .page(let size): return page.count < size ? .end : .next("page", .integer(pages))
    case .offset(let total, let size):
      if total != nil {
        guard let total = page.mark.flatMap({ Int($0) }) else { return .stuck }
        guard total >= most else { return .shorter }
        most = total
        if read >= total { return .end }
        return page.count == 0 ? .stuck : .next("offset", .integer(read))
      }
      return page.count == 0 || page.count < size ?? 1 ? .end : .next("offset", .integer(read))
    }
  }

  private mutating func follow(_ page: PageFacts, _ name: String, isLast: Bool) -> Step {
    guard !isLast, let mark = page.mark, !mark.isEmpty else { return .end }
    guard mark != last else { return .stuck }
    last = mark
    return .next(name, .string(mark))
  }
}

extension Paging {
  /// Rows of a full page, where that is known.
  var size: Int? {
    switch method {
    case .cursor: cursorSize
    case .offset(_, let size): size
    case .page(let size), .last(_, let size): size
    }
  }
}

extension Path {
  var isHeader: Bool { if case .header = origin { true } else { false } }
}
