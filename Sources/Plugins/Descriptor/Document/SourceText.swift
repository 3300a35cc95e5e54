internal import Config

/// The bytes of a file, to find the place of a character inside a scalar.
struct SourceText {
  private let lines: [Substring.UnicodeScalarView]

  init(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Substring($0).unicodeScalars }
  }

  /// Where the character at `offset` of a scalar stands whose text begins at `mark`. A scalar over several lines is
  /// known by its beginning alone.
  func place(of offset: Int, in mark: Mark) -> Mark {
    guard mark.line >= 1, Int(mark.line) <= lines.count, mark.column >= 1 else { return mark }
    let line = lines[Int(mark.line) - 1].dropFirst(Int(mark.column) - 1)
    let width: Int?
    switch line.first {
    case "\"": width = Self.width(of: offset, in: line.dropFirst(), escaped: true)
    case "'": width = Self.width(of: offset, in: line.dropFirst(), escaped: false)
    case "|", ">": width = nil
    default: width = offset <= line.count ? offset - 1 : nil
    }
    guard let width, let column = UInt32(exactly: Int(mark.column) + 1 + width) else { return mark }
    return Mark(line: mark.line, column: column)
  }

  /// How many characters of the file the first `count` of a quoted scalar take.
  private static func width(of count: Int, in line: Substring.UnicodeScalarView, escaped: Bool) -> Int? {
    var rest = line
    for _ in 0..<count {
      guard let scalar = rest.popFirst() else { return nil }
      if escaped, scalar == "\\" {
        switch rest.popFirst() {
        case "x": rest = rest.dropFirst(2)
        case "u": rest = rest.dropFirst(4)
        case "U": rest = rest.dropFirst(8)
        case nil: return nil
        default: break
        }
      } else if !escaped, scalar == "'" {
        rest = rest.dropFirst()
      }
    }
    return line.count - rest.count
  }
}
