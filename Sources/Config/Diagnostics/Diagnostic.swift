public import Core

/// One thing that is wrong, or odd, in a manifest or a user's file.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
  /// How bad it is.
  public enum Severity: String, Hashable, Sendable {
    /// The manifest is not used.
    case error
    /// It is used, but something in it does nothing.
    case warning
  }

  /// The file as it was named on the command line or in the manifest.
  public let file: String
  /// Where; `nil` when the file could not be read at all.
  public let mark: Mark?
  /// How bad it is.
  public let severity: Severity
  /// The key, from the top of its file: `brokers.kraken.risk.max_order`; empty for the file as a whole.
  public let path: String
  /// What is wrong and what to write instead. Holds names, never values: a value may be a secret in the wrong place.
  public let message: String

  /// A diagnostic.
  public init(file: String, mark: Mark?, severity: Severity, path: String, message: String) {
    self.file = file
    self.mark = mark
    self.severity = severity
    self.path = path
    self.message = message
  }

  /// `brokers.yaml:14:7: error: brokers.kraken.risk.max_ordr: unknown key; did you mean "max_order"?`
  public var description: String {
    let place = mark.map { ":\($0.line):\($0.column)" } ?? ""
    return "\(file)\(place): \(severity.rawValue): \(path.isEmpty ? "" : path + ": ")\(message)"
  }

  /// For `check --json`.
  public var json: JSONValue {
    .object([
      (key: "file", value: .string(file)),
      (key: "line", value: .optional(mark.map { Int($0.line) })),
      (key: "column", value: .optional(mark.map { Int($0.column) })),
      (key: "severity", value: .string(severity.rawValue)),
      (key: "path", value: .string(path)),
      (key: "message", value: .string(message)),
    ])
  }
}

/// Diagnostics as they are found.
package struct DiagnosticList {
  /// More than these tell nobody more.
  static let limit = 1_000

  package private(set) var found: [Diagnostic] = []
  /// How many were found beyond the limit.
  private(set) var omitted = 0
  package private(set) var hasErrors = false

  /// None yet.
  package init() {}

  /// Whether more are only counted, so that their messages need no care.
  var isFull: Bool { found.count >= Self.limit }

  package mutating func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { hasErrors = true }
    if !isFull { found.append(diagnostic) } else { omitted += 1 }
  }

  package mutating func merge(_ other: DiagnosticList) {
    for diagnostic in other.found { add(diagnostic) }
    omitted += other.omitted
    hasErrors = hasErrors || other.hasErrors
  }

  /// Sorted by file, the manifest first, and place; each once. A shared setting is met by every account it holds for.
  package func sorted(first manifest: String) -> [Diagnostic] {
    var seen: Set<Diagnostic> = []
    let sorted = found.filter { seen.insert($0).inserted }.enumerated().sorted { a, b in
      let (x, y) = (a.element, b.element)
      if x.file != y.file { return x.file == manifest || (y.file != manifest && x.file < y.file) }
      let origin = Mark(line: 0, column: 0)
      if x.mark != y.mark { return x.mark ?? origin < y.mark ?? origin }
      return a.offset < b.offset
    }.map(\.element)
    guard omitted > 0 else { return sorted }
    let rest = Diagnostic(
      file: manifest, mark: nil, severity: .warning, path: "", message: "\(omitted) more like these are not shown")
    return sorted + [rest]
  }
}

/// The key under which something stands, as messages show it.
package struct FieldPath: Hashable, Sendable {
  /// A key of a mapping, or a place in a list.
  private enum Component: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  /// As they are written; what may be shown of them is asked only when there is something to say.
  private var components: [Component] = []

  /// The top.
  package init() {}

  package var text: String {
    var text = ""
    for component in components {
      switch component {
      case .key(let key): text += (text.isEmpty ? "" : ".") + Self.shown(key)
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }

  func appending(_ key: String) -> FieldPath {
    var path = self
    path.push(key)
    return path
  }

  package mutating func push(_ key: String) { components.append(.key(key)) }

  package mutating func push(index: Int) { components.append(.index(index)) }

  package mutating func pop() { _ = components.popLast() }

  /// A key as it may be shown: what does not look like one (it may be a secret put in the wrong place) is left out.
  private static func shown(_ key: String) -> String {
    let isPlain = key.utf8.allSatisfy { byte in
      (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 95
        || byte == 45
    }
    guard isPlain, !key.isEmpty, key.utf8.count <= 40, !SecretShape.isLikelySecret(key) else { return "…" }
    return key
  }
}
