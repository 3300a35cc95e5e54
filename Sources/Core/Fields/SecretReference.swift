/// Where a secret is found. A manifest holds references only; the value is read by the host, late, and handed on.
public enum SecretReference: Hashable, Sendable, CustomStringConvertible {
  /// In an environment variable.
  case env(String)
  /// In a file; written relative to the file that names it, unless it begins with `/`.
  case file(String)
  /// In a file that an environment variable names.
  case envFile(String)

  /// The keys that a reference is written with.
  public static let kinds = ["env", "file", "env_file"]

  /// The key it is written with.
  public var kind: String {
    switch self {
    case .env: "env"
    case .file: "file"
    case .envFile: "env_file"
    }
  }

  /// The variable or the path.
  public var name: String {
    switch self {
    case .env(let name), .file(let name), .envFile(let name): name
    }
  }

  /// The variable that has to be set, if it takes one.
  public var variable: String? {
    switch self {
    case .env(let name), .envFile(let name): name
    case .file: nil
    }
  }

  /// `{env: NAME}`
  public var description: String { "{\(kind): \(name)}" }

  /// Makes the reference written as `kind: name`; `nil` when `name` has not the form of a variable or a path, or has
  /// the form of a secret: it must then not be shown.
  public init?(kind: String, name: String) {
    switch kind {
    case "env" where Self.isVariable(name): self = .env(name)
    case "env_file" where Self.isVariable(name): self = .envFile(name)
    case "file" where FieldWord.path.accepts(name) && !SecretShape.isLikelySecret(name): self = .file(name)
    default: return nil
    }
  }

  /// Whether `text` is the name of a variable: capitals, digits and `_`, at most 100, and not a run of 24 or more
  /// without a `_`, nor of hexadecimal digits, which would rather be a key.
  public static func isVariable(_ text: String) -> Bool {
    let utf8 = text.utf8
    guard let first = utf8.first, first.isUpper || first == UInt8(ascii: "_"), utf8.count <= 100 else { return false }
    guard utf8.allSatisfy({ $0.isUpperOrDigit || $0 == UInt8(ascii: "_") }) else { return false }
    return !utf8.split(separator: UInt8(ascii: "_")).contains { $0.count >= 24 }
  }
}

/// Tells text that may be a secret from text that a person writes, so that no message repeats one.
public enum SecretShape {
  /// Whether `text` has a run that looks like a key: 20 letters and digits or more, in mixed case with digits, or 32 or
  /// more of any; a PEM frame; or a base64 tail.
  public static func isLikelySecret(_ text: String) -> Bool {
    if text.contains("-----") || text.hasSuffix("=") || text.utf8.contains(UInt8(ascii: "+")) { return true }
    for run in text.utf8.split(whereSeparator: { !$0.isAlphanumeric }) {
      if run.count >= 32 { return true }
      guard run.count >= 20 else { continue }
      if run.contains(where: \.isDigit), run.contains(where: \.isUpper), run.contains(where: \.isLower) { return true }
    }
    return false
  }
}
