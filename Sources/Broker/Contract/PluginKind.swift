internal import Core

/// A kind of brokerage: what it declares, and how one is made for an account.
///
/// A factory and not a type, so that a plugin that is made from a file or run by another program is one like any other.
public struct PluginKind: Sendable {
  /// What it declares.
  public var spec: PluginSpec
  /// Makes one for an account, or without credentials for the public feed.
  public var make: @Sendable (PluginContext) throws(BrokerError) -> any BrokerPlugin

  /// A kind with such a declaration, whose plugins are made so.
  public init(spec: PluginSpec, make: @escaping @Sendable (PluginContext) throws(BrokerError) -> any BrokerPlugin) {
    self.spec = spec
    self.make = make
  }

  /// A plugin that is a type of its own.
  public init(_ type: any BuiltInPlugin.Type) {
    self.init(spec: type.spec) { (context) throws(BrokerError) in try type.init(context) }
  }

  /// The name it declares.
  public var name: String { spec.declaration.name }
}

/// A brokerage written in Swift, a type of its own.
public protocol BuiltInPlugin: BrokerPlugin {
  /// What all of its values declare.
  static var spec: PluginSpec { get }

  /// Takes credentials and transport; reaches nothing yet.
  /// - Throws: ``BrokerError/Code/misconfigured`` when a credential cannot be used as it is (never naming its value).
  init(_ context: PluginContext) throws(BrokerError)
}

extension BuiltInPlugin {
  /// What its type declares.
  public var spec: PluginSpec { Self.spec }
}
