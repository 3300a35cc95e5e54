public import Core

/// Never enters and never sells: for accounts that are only watched.
public struct Hold: Strategy {
  /// `hold`, without parameters.
  public static let declaration = StrategyDeclaration(
    name: "hold", doc: "Never enters and never sells: for accounts that are only watched.")

  /// Takes no parameters.
  public init(parameters: [String: FieldValue]) throws(StrategyError) {
    _ = try ParameterReader(parameters, of: Self.declaration)
  }

  /// None.
  public var candlesNeeded: Int { 0 }

  /// Never.
  public func evaluateEntry(_ view: MarketView) -> EntryDecision { .reject(.neverEnters) }

  /// Never.
  public func evaluateExit(_ position: HeldPosition, _ view: MarketView) throws(DecimalError) -> ExitDecision {
    ExitDecision(.hold, plan: position.plan)
  }
}
