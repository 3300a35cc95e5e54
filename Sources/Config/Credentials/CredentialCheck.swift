public import Core

/// Looks up credentials and tells what is wrong with each, by name and never by value. Environment and files are
/// passed in.
public struct CredentialCheck: Sendable {
  /// Bytes of a file that holds a secret.
  static let maximumFileBytes = 64 << 10

  let variable: @Sendable (String) -> String?
  let files: ManifestFiles

  /// - Parameter variable: the value of an environment variable, `nil` when it is not set.
  public init(variable: @escaping @Sendable (String) -> String?, files: ManifestFiles = .system) {
    self.variable = variable
    self.files = files
  }

  /// One credential of an account and what is wrong with it.
  public struct Finding: Hashable, Sendable {
    /// Which credential, and where it is.
    public let binding: CredentialBinding
    /// What is wrong; `nil` when nothing is.
    public let problem: CredentialProblem?

    /// The variable or the file that a person has to look at.
    public var place: String { binding.reference.name }
    /// Whether it is looked at again while the host runs: files are, variables are not.
    public var healsByItself: Bool { if case .env = binding.reference { false } else { true } }
    /// `KRAKEN_MASTER_API_KEY: not set`
    public var message: String { "\(place): \(problem?.message ?? "set")" }
  }

  /// A finding for each credential of an account, in the plugin's order.
  public func findings(for account: AccountPlan) -> [Finding] {
    account.credentials.map { binding in
      do throws(CredentialProblem) {
        _ = try secret(for: binding)
        return Finding(binding: binding, problem: nil)
      } catch {
        return Finding(binding: binding, problem: error)
      }
    }
  }

  /// The value of a credential in its normal form, to be handed to the worker.
  /// - Throws: what is wrong with it; a value that has not the slot's form is not handed out.
  public func secret(for binding: CredentialBinding) throws(CredentialProblem) -> Secret {
    let text = try text(of: binding.reference)
    if let problem = binding.slot.problem(with: text) { throw problem }
    return Secret(Array(CredentialText.normalised(text).utf8))
  }

  private func text(of reference: SecretReference) throws(CredentialProblem) -> String {
    switch reference {
    case .env(let name):
      guard let text = variable(name) else { throw .missing }
      return text
    case .file(let path): return try text(ofFile: path)
    case .envFile(let name):
      guard let path = variable(name) else { throw .missing }
      guard !path.isEmpty else { throw .blank }
      return try text(ofFile: path)
    }
  }

  private func text(ofFile path: String) throws(CredentialProblem) -> String {
    do throws(FileError) {
      // Bytes that are no text become a character that no format has.
      return String(decoding: try files.read(path, Self.maximumFileBytes), as: UTF8.self)
    } catch {
      throw error == .missing ? .missing : .unreadable(error.message)
    }
  }
}
