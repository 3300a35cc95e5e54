import Core

/// The arguments of one call in ccxt's words: positions first, further parameters by name behind them. What is not taken
/// has no mapping.
struct Arguments {
  private let positions: [JSONValue]
  private var parameters: [(key: String, value: JSONValue)]

  init(_ input: [JSONValue]) {
    let last = input.last?.members
    positions = last == nil ? input : Array(input.dropLast())
    parameters = (last ?? []).filter { !Self.harmless.contains($0.key) }
  }

  /// Switches of ccxt itself that choose what the fixture's URL says anyway.
  private static let harmless: Set<String> = [
    "method", "v3", "defaultType", "createMarketBuyOrderRequiresPrice", "usePrivate", "warning",
  ]

  /// The argument at `index`; `nil` when it is left out, `null` or empty.
  func at(_ index: Int) -> JSONValue? {
    guard positions.indices.contains(index), !positions[index].isNull, positions[index].text != "" else { return nil }
    return positions[index]
  }

  func text(_ index: Int, _ name: String) throws -> String {
    guard let text = at(index)?.text else { throw Unmapped("a call without \(name)") }
    return text
  }

  func decimal(_ index: Int) throws -> ExactDecimal? {
    guard let value = at(index) else { return nil }
    guard let number = value.decimal else { throw Unmapped("an argument that is no number") }
    return number
  }

  func milliseconds(_ index: Int) -> Int? { at(index)?.text.flatMap { Int($0) } }

  /// Takes a parameter by whichever of its names it has.
  mutating func take(_ names: String...) -> JSONValue? {
    var found: JSONValue?
    for name in names {
      guard let index = parameters.firstIndex(where: { $0.key == name }) else { continue }
      let value = parameters.remove(at: index).value
      if found == nil, !value.isNull { found = value }
    }
    return found
  }

  /// - Throws: ``Unmapped`` for a parameter nobody took.
  func finish() throws {
    if let left = parameters.first(where: { !$0.value.isNull }) { throw Unmapped(left.key) }
  }
}

extension Timestamp {
  init(milliseconds: Int) { self.init(nanoseconds: Int64(clamping: milliseconds) &* 1_000_000) }

  /// The next mark of the interval, or this instant when it is one.
  func raised(to interval: Duration) -> Timestamp {
    let floor = floored(to: interval)
    return floor == self ? self : floor + interval
  }
}
