/// One credential that a brokerage asks for: its name in the manifest, and the forms its value may have.
public struct CredentialSlot: Hashable, Sendable {
  /// A form of a credential's value.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    /// Printable characters without spaces.
    case text
    /// Base64 with its padding.
    case base64
    /// Pairs of hexadecimal digits.
    case hex
    /// A PEM block; `\n` written out, CR LF, indentation and quotes around it are put right.
    case pem
    /// The JSON file with a `privateKey` that a venue lets one download.
    case keyFile = "key_file"
  }

  /// The key under `credentials`.
  public let name: String
  /// The forms of which the value must have one.
  public let formats: [Format]
  /// One sentence that says what it is and where to get it.
  public let doc: String

  /// A slot; `formats` must not be empty.
  public init(_ name: String, _ formats: [Format], doc: String) {
    precondition(!formats.isEmpty, "the credential slot \(name) has no format")
    self.name = name
    self.formats = formats
    self.doc = doc
  }

  /// A slot of one form.
  public init(_ name: String, _ format: Format, doc: String) { self.init(name, [format], doc: doc) }

  /// What is wrong with a value, by its form alone; `nil` when nothing is. The value is in no result.
  public func problem(with value: String) -> CredentialProblem? {
    let text = CredentialText.normalised(value)
    if text.isEmpty { return .blank }
    if CredentialText.isPlaceholder(text) { return .placeholder }
    let fits = formats.contains { CredentialText.fits(text, $0) }
    return fits ? nil : .wrongAlphabet(expected: formats.map(\.rawValue).joined(separator: " or "))
  }
}

/// What is wrong with the value of a credential, without the value.
public enum CredentialProblem: Error, Hashable, Sendable {
  /// Nothing is set.
  case missing
  /// Set, but there is nothing in it.
  case blank
  /// What a template or a guide has in its place.
  case placeholder
  /// It has characters, a length or a frame that the slot's formats do not have.
  case wrongAlphabet(expected: String)
  /// The file cannot be read; the reason is the system's.
  case unreadable(String)

  /// The problem in words: `not set`, `blank`.
  public var message: String {
    switch self {
    case .missing: "not set"
    case .blank: "blank"
    case .placeholder: "still a placeholder"
    case .wrongAlphabet(let expected): "not well-formed; expected \(expected)"
    case .unreadable(let reason): "cannot be read: \(reason)"
    }
  }

  /// One word for scripts: `missing`, `blank`, `placeholder`, `wrong_alphabet`, `unreadable`.
  public var code: String {
    switch self {
    case .missing: "missing"
    case .blank: "blank"
    case .placeholder: "placeholder"
    case .wrongAlphabet: "wrong_alphabet"
    case .unreadable: "unreadable"
    }
  }
}
