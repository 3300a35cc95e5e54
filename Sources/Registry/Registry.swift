public import Broker
internal import Brokers
import Coinbase
internal import Config
public import Core
internal import Descriptor
import Kraken
public import Trading

/// The one list of plugins and of strategies: a new brokerage is one file and one line here, or only a file.
public enum Registry {
  /// The plugins that are written in Swift.
  public static let builtIn = [PluginKind(Coinbase.self), PluginKind(Kraken.self)]

  /// The plugins that come with the program as descriptors, by name.
  static let shipped: [String: [UInt8]] = Brokers.descriptors

  /// The plugin called `name`: one that is built in, or one that is shipped, which is read when it is asked for.
  public static func plugin(named name: String) -> PluginKind? {
    if let kind = builtIn.first(where: { $0.name == name }) { return kind }
    guard let bytes = shipped[name] else { return nil }
    return try? plugin(describedBy: bytes, named: name)
  }

  /// The text of a plugin that comes with the program as a descriptor.
  public static func descriptor(named name: String) -> [UInt8]? { shipped[name] }

  /// Every plugin that needs no `plugins:` in a manifest, by name.
  public static var plugins: [PluginKind] {
    (builtIn + shipped.keys.compactMap { plugin(named: $0) }).sorted { $0.name < $1.name }
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

// MARK: Descriptors

/// Why a text makes no plugin: every mistake in it, a line each.
public struct DescriptorTrouble: Error, Hashable, Sendable, CustomStringConvertible {
  /// The mistakes.
  public let description: String
}

extension Registry {
  /// The plugin that a descriptor describes, under the name that the manifest gives it. Its tests are not looked at.
  /// - Parameter makeCarrier: makes what carries out the operations that it gives to programs.
  public static func plugin(
    describedBy bytes: [UInt8], named name: String, carriers makeCarrier: CarrierMaker? = nil
  ) throws(DescriptorTrouble) -> PluginKind {
    let reading = DescriptorReader().read(bytes, file: "\(name).yaml")
    guard let descriptor = reading.descriptor else {
      throw DescriptorTrouble(description: reading.diagnostics.map(\.description).joined(separator: "\n"))
    }
    var kind = PluginKind(descriptor, carriers: makeCarrier)
    kind.spec.declaration = kind.spec.declaration.named(name)
    return kind
  }

  /// The same for text that has travelled.
  public static func plugin(
    describedBy text: String, named name: String, carriers makeCarrier: CarrierMaker? = nil
  ) throws(DescriptorTrouble) -> PluginKind {
    try plugin(describedBy: Array(text.utf8), named: name, carriers: makeCarrier)
  }
}
