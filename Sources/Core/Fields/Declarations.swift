/// What the manifest, `plugins`, the schema and the reference page need to know of a brokerage plugin.
public struct PluginDeclaration: Hashable, Sendable {
  /// What stands behind `plugin:`.
  public let name: String
  /// How people call the brokerage: `Kraken`.
  public let title: String
  /// The credentials it asks for, in the order they are shown.
  public let credentials: [CredentialSlot]
  /// What may stand under `options:`.
  public let options: [FieldSpec]
  /// What it can do, by name.
  public let capabilities: [String]
  /// The base address when `endpoint` is left out.
  public let defaultEndpoint: String?
  /// The lengths of candles that the venue gives; empty when any.
  public let candles: [Duration]

  /// A declaration.
  public init(
    name: String, title: String, credentials: [CredentialSlot], options: [FieldSpec] = [], capabilities: [String] = [],
    defaultEndpoint: String? = nil, candles: [Duration] = []
  ) {
    self.name = name
    self.title = title
    self.credentials = credentials
    self.options = options
    self.capabilities = capabilities
    self.defaultEndpoint = defaultEndpoint
    self.candles = candles
  }
}

extension PluginDeclaration {
  /// The same under another name.
  public func named(_ name: String) -> PluginDeclaration {
    PluginDeclaration(
      name: name, title: title, credentials: credentials, options: options, capabilities: capabilities,
      defaultEndpoint: defaultEndpoint, candles: candles)
  }
}

/// What the manifest, the schema and the reference page need to know of a strategy.
public struct StrategyDeclaration: Hashable, Sendable {
  /// What stands behind `strategy:`.
  public let name: String
  /// One sentence that says what it does.
  public let doc: String
  /// Its parameters, with bounds and defaults.
  public let parameters: [FieldSpec]

  /// A declaration.
  public init(name: String, doc: String, parameters: [FieldSpec] = []) {
    self.name = name
    self.doc = doc
    self.parameters = parameters
  }
}
