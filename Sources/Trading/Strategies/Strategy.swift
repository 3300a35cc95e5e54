public import Core

/// What decides when to enter a market and when to leave it: a pure function of what it is given.
///
/// No clock, no network, no memory from one call to the next: the same code runs live, on paper, in the sandbox and
/// over history. What an exit has to remember is in the ``PositionPlan``, which the caller keeps with the position.
public protocol Strategy: Sendable {
  /// Its name, what it does, and its parameters.
  static var declaration: StrategyDeclaration { get }

  /// Takes its parameters; one that is left out has the declared default.
  /// - Throws: ``StrategyError`` for one that is not declared, of another type or out of bounds.
  init(parameters: [String: FieldValue]) throws(StrategyError)

  /// How many completed candles it needs before it decides anything; more make its indicators truer.
  var candlesNeeded: Int { get }

  /// Whether to buy.
  func evaluateEntry(_ view: MarketView) -> EntryDecision

  /// Whether to sell. Works without candles: then on prices alone, with what the plan recorded.
  /// - Throws: when the numbers are beyond what can be held exactly; nothing is decided then.
  func evaluateExit(_ position: HeldPosition, _ view: MarketView) throws(DecimalError) -> ExitDecision
}

/// Why a strategy cannot be made.
public enum StrategyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It declares no such parameter.
  case unknownParameter(String)
  /// The parameter's value is refused.
  case badParameter(String, FieldProblem)

  /// One line for a person.
  public var description: String {
    switch self {
    case .unknownParameter(let name): "\(name): the strategy has no such parameter"
    case .badParameter(let name, let problem): "\(name): \(problem.message)"
    }
  }
}

extension Strategy {
  /// Takes its parameters as text in the form of the manifest (`5%`, `8h`, `20`).
  /// - Throws: ``StrategyError``, as ``init(parameters:)``.
  public init(texts: [String: String]) throws(StrategyError) {
    var values: [String: FieldValue] = [:]
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      guard let field = Self.declaration.parameters.first(where: { $0.name == name }) else {
        throw .unknownParameter(name)
      }
      do { values[name] = try field.value(of: text) } catch { throw .badParameter(name, error) }
    }
    try self.init(parameters: values)
  }
}

/// A strategy's parameters, checked against their declarations.
struct ParameterReader {
  private let declaration: StrategyDeclaration
  private let values: [String: FieldValue]

  init(_ values: [String: FieldValue], of declaration: StrategyDeclaration) throws(StrategyError) {
    for name in values.keys.sorted() where !declaration.parameters.contains(where: { $0.name == name }) {
      throw .unknownParameter(name)
    }
    self.declaration = declaration
    self.values = values
  }

  /// The value given, or the default; a parameter read must be declared with one.
  private func value(_ name: String) throws(StrategyError) -> FieldValue {
    guard let field = declaration.parameters.first(where: { $0.name == name }), let fallback = field.default else {
      preconditionFailure("\(name) is declared with a default")
    }
    guard let value = values[name] else { return fallback }
    do { try field.bounds.check(value) } catch { throw .badParameter(name, error) }
    return value
  }

  func number(_ name: String) throws(StrategyError) -> ExactDecimal {
    guard let number = try value(name).number else { throw .badParameter(name, .expected("a number")) }
    return number
  }

  func integer(_ name: String) throws(StrategyError) -> Int {
    guard let integer = try value(name).integer else { throw .badParameter(name, .expected("a whole number")) }
    return integer
  }

  func duration(_ name: String) throws(StrategyError) -> Duration {
    guard let duration = try value(name).duration else { throw .badParameter(name, .expected("a duration")) }
    return duration
  }
}
