public import Core

/// A manifest with its users' files: read, checked, every account resolved.
public struct Manifest: Hashable, Sendable {
  /// The file as it was named.
  public let file: String
  /// The folder that its paths are relative to: `.` or what stands before the last slash.
  public let directory: String
  /// What every account does that does not say otherwise.
  public let mode: Mode
  /// The folder for journals, locks and sockets, the manifest's folder before it where it is relative.
  public let state: String
  /// Where dashboard, health and metrics are served; `nil` for nowhere.
  public let listen: ListenAddress?
  /// How the embedded venues run.
  public let sandbox: SandboxSettings
  /// The token for control over HTTP, if there is one.
  public let adminToken: SecretReference?
  /// Every account, each master followed by its users, in the order written.
  public let accounts: [AccountPlan]
  /// Every file that was read, the manifest first.
  public let files: [String]
  /// The digest of all of them, as the caller's function makes it: `sha256:…`.
  public let hash: String

  /// The account called `id`.
  public func account(_ id: String) -> AccountPlan? { accounts.first { $0.id == id } }
}

/// How the embedded venues run.
public struct SandboxSettings: Hashable, Sendable {
  /// How many times faster than the wall the market clock runs.
  public let speed: ExactDecimal
  /// What the market is made from.
  public let seed: Int
  /// A file of faults to inject.
  public let faults: String?
}

/// What reading a manifest gave.
public struct ManifestReading: Sendable {
  /// The manifest; `nil` when there is an error.
  public let manifest: Manifest?
  /// Everything that is wrong or odd, sorted by file and place.
  public let diagnostics: [Diagnostic]

  /// The errors alone.
  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
}
