internal import Broker
internal import Core

/// Holds what a file says of the venue as a whole against what a test says: words, limits, bounds. A set of words must be
/// equal as a whole; of a limit what is written.
struct FactsTest {
  let descriptor: Descriptor

  func differences(_ expected: JSONValue) -> [String] {
    expected.objectMembers.flatMap { member -> [String] in
      guard let seen = fact(member.key) else { return ["\(member.key): no such fact"] }
      return Self.differences(member.value, seen, member.key, isPart: member.key == "limits")
    }
  }

  private static func differences(
    _ expected: JSONValue, _ seen: JSONValue, _ place: String, isPart: Bool = false
  ) -> [String] {
    guard isPart else {
      // One length of time may be written in several ways.
      if place == "lifetime" || place.hasSuffix(".per"), let length = expected.scalar.flatMap(DurationText.parse),
        length == seen.scalar.flatMap(DurationText.parse)
      {
        return []
      }
      return expected.isSame(seen) ? [] : ["\(place): expected \(expected.encoded), seen \(seen.encoded)"]
    }
    let (wanted, found) = (expected.objectMembers, seen.objectMembers)
    guard Set(wanted.map(\.key)) == Set(found.map(\.key)) else {
      return ["\(place): expected \(wanted.map(\.key)), seen \(found.map(\.key))"]
    }
    return wanted.flatMap { limit in
      limit.value.objectMembers.flatMap { part in
        differences(
          part.value, seen.member(limit.key)?.member(part.key) ?? .null, "\(place).\(limit.key).\(part.key)")
      }
    }
  }

  /// The names of what can be told.
  static let names = [
    "name", "hosts", "credentials", "client_id", "lifetime", "nonce", "sides", "intervals", "order_status",
    "instrument_status", "currencies",
    "limits", "fees", "symbol", "aliases", "capabilities",
  ]

  private func fact(_ name: String) -> JSONValue? {
    let words = descriptor.words
    switch name {
    case "name": return .string(descriptor.name)
    case "hosts": return .object(descriptor.hosts.map { ($0.name, .string($0.endpoint.description)) })
    case "credentials":
      return .object(
        descriptor.credentials.map { ($0.name, .array($0.formats.map { JSONValue.string($0.rawValue) })) })
    case "client_id":
      let rule = descriptor.clientIDs
      return [
        "form": .string(rule.rendering.rawValue), "prefix": .string(rule.prefix),
        "unique": .string(rule.uniqueness.rawValue),
      ]
    case "lifetime": return .string(DurationText.text(descriptor.orderLifetime))
    case "nonce": return .optional(descriptor.nonceScale?.rawValue)
    case "sides":
      return Self.texts([Side.buy, .sell].compactMap { side in words.sides[side].map { (side.rawValue, $0) } })
    case "intervals": return Self.texts(words.intervals.map { (DurationText.text($0.key), $0.value) })
    case "order_status": return Self.texts(words.orderStatuses.map { ($0.theirs, $0.ours.rawValue) })
    case "instrument_status":
      let rest = words.otherInstrumentStatus.map { [("*", $0.rawValue)] } ?? []
      return Self.texts(words.instrumentStatuses.map { ($0.theirs, $0.ours.rawValue) } + rest)
    case "currencies": return Self.texts(descriptor.naming.currencies.map { ($0.key, $0.value) })
    case "limits": return .object(descriptor.limits.map { ($0.name, Self.limit($0)) })
    case "fees":
      return Self.texts(
        descriptor.fixedFees.map { [("maker", $0.maker.description), ("taker", $0.taker.description)] } ?? [])
    case "symbol": return .optional(descriptor.naming.symbol.flatMap(bitcoin))
    case "aliases": return .array(descriptor.naming.aliases.compactMap(bitcoin).map(JSONValue.string))
    case "capabilities": return .array(descriptor.capabilities.map(\.rawValue).sorted().map(JSONValue.string))
    default: return nil
    }
  }

  private static func texts(_ pairs: [(String, String)]) -> JSONValue {
    .object(pairs.map { ($0.0, .string($0.1)) })
  }

  private static func limit(_ limit: CallLimit) -> JSONValue {
    [
      "scope": .string(limit.scope.rawValue), "most": .integer(limit.most),
      "per": .string(DurationText.text(limit.per)), "reserve": .integer(limit.reserve),
    ]
  }

  /// What a market's name is for BTC and USD.
  private func bitcoin(_ template: Template) -> String? {
    var variables = CallVariables()
    (variables["base"], variables["quote"]) = (.string("BTC"), .string("USD"))
    return (try? variables.text(template)) ?? nil
  }
}
