public import Core

/// The plugins and strategies that a manifest may name. Passed in, so that reading a manifest needs none of their code.
public struct ManifestVocabulary: Hashable, Sendable {
  /// The registered plugins.
  public let plugins: [PluginDeclaration]
  /// The registered strategies.
  public let strategies: [StrategyDeclaration]

  /// A vocabulary.
  public init(plugins: [PluginDeclaration], strategies: [StrategyDeclaration]) {
    self.plugins = plugins
    self.strategies = strategies
  }

  /// The same with further plugins.
  func adding(_ further: [PluginDeclaration]) -> ManifestVocabulary {
    ManifestVocabulary(plugins: plugins + further, strategies: strategies)
  }

  /// The plugin called `name`.
  public func plugin(_ name: String) -> PluginDeclaration? { plugins.first { $0.name == name } }
  /// The strategy called `name`.
  public func strategy(_ name: String) -> StrategyDeclaration? { strategies.first { $0.name == name } }
}

/// The fields of every file, for one vocabulary.
struct ManifestFields {
  let vocabulary: ManifestVocabulary
  let settings: [FieldSpec]
  let broker: FieldVariant
  private let userCommon: [FieldSpec]

  /// - Parameter external: the names under `plugins:`, of whose credentials and options nothing is known here.
  init(_ vocabulary: ManifestVocabulary, external: [String] = []) {
    self.vocabulary = vocabulary
    let settings = SettingsKeys.all(vocabulary)
    self.settings = settings
    let names = (vocabulary.plugins.map(\.name) + external).sorted()
    broker = FieldVariant(
      key: "plugin",
      common: [
        BrokerKeys.plugin(names).spec, BrokerKeys.name.spec, BrokerKeys.enabled.spec, TopKeys.mode.spec.withoutDefault,
        BrokerKeys.endpoint.spec, BrokerKeys.users, BrokerKeys.usersInherit.spec,
      ] + settings,
      cases: vocabulary.plugins.map { plugin in
        FieldCase(name: plugin.name, fields: [Self.credentials(of: plugin), Self.options(of: plugin)])
      },
      other: [Self.credentials(of: nil), Self.options(of: nil)])
    userCommon =
      [
        UserKeys.format, UserKeys.name.spec, UserKeys.enabled.spec, UserKeys.control.spec,
        TopKeys.mode.spec.withoutDefault,
      ] + settings
  }

  /// The fields of the manifest.
  var top: [FieldSpec] { TopKeys.all(self) }

  /// The fields of a user's file; the credentials are those of its broker's plugin.
  func user(of plugin: PluginDeclaration?) -> [FieldSpec] { userCommon + [Self.credentials(of: plugin)] }

  static func credentials(of plugin: PluginDeclaration?) -> FieldSpec {
    let slots = plugin?.credentials.map { FieldSpec($0.name, .secret, required: true, doc: $0.doc) }
    return FieldSpec(
      "credentials", slots.map(FieldType.block) ?? .table(of: .secret), doc: BrokerKeys.credentialsDoc)
  }

  private static func options(of plugin: PluginDeclaration?) -> FieldSpec {
    let known = plugin.map { FieldType.block($0.options) }
    return FieldSpec(
      "options", known ?? .table(of: .either([.boolean, .decimal, .text])), doc: "What the plugin's own options say.")
  }
}

extension FieldSpec {
  /// The same key where what is left out comes from elsewhere.
  var withoutDefault: FieldSpec { FieldSpec(name, type, unit: unit, since: since, doc: doc) }
}
