public import Core

/// Everything that one account runs by, inheritance and narrowing done. Equal plans need no restart.
public struct AccountPlan: Hashable, Sendable {
  /// `kraken`, `kraken/tania_gilbert`.
  public let id: String
  /// The key under `brokers`.
  public let broker: String
  /// The user's id; `nil` for the master.
  public let user: String?
  /// How people call it.
  public let name: String
  /// Whose account it is.
  public let role: Role
  /// The plugin's name.
  public let plugin: String
  /// Where the plugin comes from.
  public let source: PluginSource
  /// What orders reach.
  public let mode: Mode
  /// Who decides; masters are independent.
  public let control: Control
  /// The file that says `enabled: false`, if one does: the manifest for the broker, or the user's own.
  public let disabledIn: String?
  /// The base address, when the plugin's own is not wanted.
  public let endpoint: Endpoint?
  /// The plugin's options, its defaults filled in.
  public let options: [String: FieldValue]
  /// Where each credential is found, in the plugin's order.
  public let credentials: [CredentialBinding]
  /// The strategy.
  public let strategy: StrategyPlan
  /// The length of a candle.
  public let candles: Duration
  /// How often the strategy is asked, on the market clock.
  public let cycle: Duration
  /// Which markets.
  public let markets: MarketPlan
  /// The ceilings.
  public let risk: RiskPlan
  /// When a dying worker is given up.
  public let restart: RestartPlan
  /// How orders are placed.
  public let orders: OrderPlan

  /// Whether the account runs.
  public var isEnabled: Bool { disabledIn == nil }
  /// The name of its folder under `state/<mode>`: `kraken`, `kraken.tania_gilbert`.
  public var folder: String { user.map { "\(broker).\($0)" } ?? broker }
}

/// Where a plugin comes from.
public enum PluginSource: Hashable, Sendable {
  /// The registry.
  case registered
  /// A descriptor file, read and found to be in order.
  case descriptor(DescriptorFile)
  /// An external program.
  case process(ProgramFile)
}

/// A file that describes a brokerage.
public struct DescriptorFile: Hashable, Sendable {
  /// Where it was read.
  public let file: String
  /// What stood there: workers get it from us and read no file.
  public let text: String
  /// Of its bytes.
  public let digest: String
  /// What it declares, under the name that the manifest gives it.
  public let declaration: PluginDeclaration
  /// Whether it brings the tests without which it may only reach the sandbox.
  public let isProven: Bool
  /// Its tests that fail.
  public let failedTests: [Diagnostic]
  /// Why no account can run on it, in any mode; `nil` when nothing stands against it.
  public let obstacle: String?
  /// The programs that carry out single operations of it.
  public let programs: [OperationProgramFile]

  /// A file as read.
  public init(
    file: String, text: String, digest: String, declaration: PluginDeclaration, isProven: Bool,
    failedTests: [Diagnostic] = [], obstacle: String? = nil, programs: [OperationProgramFile] = []
  ) {
    self.programs = programs
    self.failedTests = failedTests
    self.obstacle = obstacle
    self.file = file
    self.declaration = declaration
    self.text = text
    self.digest = digest
    self.isProven = isProven
  }
}

/// What the manifest needs to know of a descriptor.
public struct DescriptorOutline: Sendable {
  /// What it declares; `nil` when it is not in order.
  public var declaration: PluginDeclaration?
  /// Whether it brings the tests without which it may only reach the sandbox.
  public var isProven: Bool
  /// Its tests that fail: it is in order, and not to be traded on.
  public var failedTests: [Diagnostic] = []
  /// Why no account can run on it, in any mode; `nil` when nothing stands against it.
  public var obstacle: String?
  /// What is wrong, or odd, in it.
  public var diagnostics: [Diagnostic]
  /// The programs that carry out single operations of it.
  public var programs: [OperationProgramFile] = []

  /// For a program that reads no descriptors.
  public init(unreadable file: String) {
    let diagnostic = Diagnostic(
      file: file, mark: nil, severity: .error, path: "", message: "descriptors are not read by this program")
    self.init(declaration: nil, isProven: false, diagnostics: [diagnostic])
  }

  /// An outline.
  public init(declaration: PluginDeclaration?, isProven: Bool, diagnostics: [Diagnostic]) {
    self.declaration = declaration
    self.isProven = isProven
    self.diagnostics = diagnostics
  }
}

/// A credential that an account needs and where it is found.
public struct CredentialBinding: Hashable, Sendable {
  /// What the plugin asks for.
  public let slot: CredentialSlot
  /// Where it is.
  public let reference: SecretReference

  /// A binding.
  public init(slot: CredentialSlot, reference: SecretReference) {
    self.slot = slot
    self.reference = reference
  }
}
