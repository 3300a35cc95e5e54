public import Broker
internal import Core

/// What is put to the test: a plugin's declaration and how one of its kind is made.
///
/// A factory and not a type, so that tests can wrap or break one, and so that plugins which are made from a file fit.
public struct PluginUnderTest: Sendable {
  /// What it declares.
  public var spec: PluginSpec
  /// Makes one for an account, or without credentials for the public feed.
  public var make: @Sendable (PluginContext) throws(BrokerError) -> any BrokerPlugin

  /// A plugin with such a declaration, made so.
  public init(
    spec: PluginSpec, make: @escaping @Sendable (PluginContext) throws(BrokerError) -> any BrokerPlugin
  ) {
    self.spec = spec
    self.make = make
  }

  /// A plugin that is one type.
  public init(_ type: any BrokerPlugin.Type) {
    self.init(spec: type.spec) { (context) throws(BrokerError) in try type.init(context) }
  }

  /// The name it declares.
  public var name: String { spec.declaration.name }
}
