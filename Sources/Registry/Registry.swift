public import Broker
public import Core
import Kraken

/// The one list of plugins: a new brokerage is one folder and one line here.
public enum Registry {
  /// Every built-in plugin, by name.
  public static let plugins: [any BrokerPlugin.Type] = [Kraken.self]

  /// The plugin that declares `name`.
  public static func plugin(named name: String) -> (any BrokerPlugin.Type)? {
    plugins.first { $0.spec.declaration.name == name }
  }

  /// Every strategy's declaration.
  public static let strategies: [StrategyDeclaration] = []
}
