/// A place in a file, both counted from 1; columns count characters.
public struct Mark: Hashable, Comparable, Sendable {
  /// The line.
  public let line: UInt32
  /// The column.
  public let column: UInt32

  /// A place.
  public init(line: UInt32, column: UInt32) {
    self.line = line
    self.column = column
  }

  /// In the order of reading.
  public static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A piece of a YAML document and where it stands.
public struct Node: Hashable, Sendable {
  /// What a node is.
  public enum Content: Hashable, Sendable {
    /// Text; quoted or in block style when `isQuoted`, which makes it text and nothing else.
    case scalar(String, isQuoted: Bool)
    /// A list.
    case sequence([Node])
    /// Keys and values in the order written; a key may stand twice, which is for the reader to refuse.
    case mapping([Entry])
  }

  /// A key and its value.
  public struct Entry: Hashable, Sendable {
    /// The key.
    public let key: String
    /// Where the key stands.
    public let mark: Mark
    /// What stands behind it.
    public let value: Node
  }

  /// What it is.
  public let content: Content
  /// Where it begins.
  public let mark: Mark

  /// Whether nothing is written: an empty value, `~` or `null`.
  public var isNull: Bool {
    guard case .scalar(let text, isQuoted: false) = content else { return false }
    return text.isEmpty || text == "~" || text == "null"
  }
}
