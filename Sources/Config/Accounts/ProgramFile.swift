public import Core

/// An external program that implements a brokerage, as a manifest names it.
public struct ProgramFile: Hashable, Sendable {
  /// The file, then its arguments.
  public let command: [String]
  /// What a relative file is relative to.
  public let folder: String
  /// SHA-256 that the file must have, in hexadecimal; `nil` is a mistake that the manifest is refused for.
  public let digest: String?
  /// What it was found to be.
  public let outline: ProgramOutline

  /// A program as named and found.
  public init(command: [String], folder: String, digest: String?, outline: ProgramOutline) {
    self.command = command
    self.folder = folder
    self.digest = digest
    self.outline = outline
  }
}

/// What the manifest needs to know of a program: what it answered when it was asked, or why it was not.
public enum ProgramOutline: Hashable, Sendable {
  /// It declares this.
  /// - Parameters:
  ///   - text: the whole declaration, for its workers.
  ///   - standIn: the sandbox's venue whose protocol it speaks, if there is one.
  case declares(PluginDeclaration, text: String, standIn: String?)
  /// What the manifest says of it is wrong.
  case mistake(String)
  /// It cannot be run as it is now: its accounts are parked.
  case unusable(String)

  /// What it declares; `nil` when nobody knows.
  public var declaration: PluginDeclaration? {
    if case .declares(let declaration, _, _) = self { declaration } else { nil }
  }
}

/// An external program that carries out single operations of a descriptor.
public struct OperationProgramFile: Hashable, Sendable {
  /// What the descriptor calls it.
  public let name: String
  /// The file, then its arguments.
  public let command: [String]
  /// What a relative file is relative to.
  public let folder: String
  /// SHA-256 that the file must have, in hexadecimal.
  public let digest: String
  /// What it offered when it was asked; `nil` when it cannot be run as it is now: accounts are parked.
  public let offer: String?
  /// Why it cannot.
  public let problem: String?
  /// The sandbox's venue whose protocol it speaks; `nil` for one that is made from the descriptor.
  public let standIn: String?

  /// A program as named and found.
  public init(
    name: String, command: [String], folder: String, digest: String, offer: String?, problem: String?,
    standIn: String? = nil
  ) {
    self.standIn = standIn
    self.name = name
    self.command = command
    self.folder = folder
    self.digest = digest
    self.offer = offer
    self.problem = problem
  }
}

extension ManifestSession {
  /// What an entry under `plugins` says of a program; `nil` where it says nothing of one, or not in the right form.
  mutating func program(_ plugin: Node.Entry) -> ProgramFile? {
    guard loader.vocabulary.plugin(plugin.key) == nil, case .mapping(let entries) = plugin.value.content,
      let process = entries.first(where: { $0.key == ExternalPluginKeys.process.name }),
      case .sequence(let words) = process.value.content, !words.isEmpty,
      !entries.contains(where: { $0.key == ExternalPluginKeys.descriptor.spec.name })
    else { return nil }
    let command = words.compactMap { word -> String? in
      if case .scalar(let text, _) = word.content { text } else { nil }
    }
    var digest: String?
    if let entry = entries.first(where: { $0.key == ExternalPluginKeys.digest.spec.name }) {
      guard case .scalar(let text, _) = entry.value.content, FieldWord.digest.accepts(text) else { return nil }
      digest = text
    }
    guard command.count == words.count else { return nil }
    let file = ProgramFile(
      command: command, folder: directory, digest: digest, outline: loader.inquire(command, directory, digest))
    note(file, process.value.mark, plugin)
    return file
  }

  private mutating func note(_ file: ProgramFile, _ mark: Mark, _ plugin: Node.Entry) {
    let path = FieldPath().appending(TopKeys.plugins.name).appending(plugin.key)
    let (severity, message): (Diagnostic.Severity, String)
    switch file.outline {
    case .declares: return
    case .mistake(let text): (severity, message) = (.error, text)
    case .unusable(let text): (severity, message) = (.warning, "\(text); its accounts are parked")
    }
    diagnostics.add(
      Diagnostic(file: self.path, mark: mark, severity: severity, path: path.text, message: message))
  }
}
