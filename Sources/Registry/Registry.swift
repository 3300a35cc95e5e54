public import Broker
import Coinbase
public import Core
import Kraken
public import Trading

/// The one list of plugins and of strategies: a new brokerage is one folder and one line here.
public enum Registry {
  /// Every built-in plugin, by name.
  public static let plugins = [PluginKind(Coinbase.self), PluginKind(Kraken.self)]

  /// The plugin that declares `name`.
  public static func plugin(named name: String) -> PluginKind? {
    plugins.first { $0.name == name }
  }

  /// Every strategy.
  public static let strategyTypes: [any Strategy.Type] = [TrendPullback.self, Hold.self]

  /// Every strategy's declaration.
  public static var strategies: [StrategyDeclaration] { strategyTypes.map { $0.declaration } }

  /// The strategy that declares `name`.
  public static func strategy(named name: String) -> (any Strategy.Type)? {
    strategyTypes.first { $0.declaration.name == name }
  }
}
