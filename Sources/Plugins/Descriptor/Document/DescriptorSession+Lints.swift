internal import Broker
internal import Config
internal import Core

/// What a file may say, and hardly means.
extension DescriptorSession {
  mutating func warning(_ mark: Mark, _ message: String) {
    diagnostics.add(Diagnostic(file: file, mark: mark, severity: .warning, path: path.text, message: message))
  }

  /// What no test would notice: of a file whose tests let it trade. Without them it stays in the sandbox, and that is
  /// said elsewhere.
  mutating func checkCoverage(_ top: ParsedBlock, _ descriptor: Descriptor) {
    guard descriptor.isProven else { return }
    let coverage = TestCoverage(descriptor)
    if let block = top[DescriptorKeys.operations.name]?.block {
      at(DescriptorKeys.operations.name) { session in
        for name in OperationName.allCases {
          guard let mark = block[name.rawValue]?.mark else { continue }
          session.at(name.rawValue) { session in
            if coverage.unasked.contains(name) { session.warning(mark, "no test says what each of its calls asks for") }
            if coverage.unread.contains(name) { session.warning(mark, "no test says what is read from its answers") }
          }
        }
      }
    }
    guard let rules = top[DescriptorKeys.errors.name]?.block?[ErrorKeys.rules.name]?.list else { return }
    at(DescriptorKeys.errors.name) { session in
      session.at(ErrorKeys.rules.name) { session in
        for index in coverage.untold where rules.indices.contains(index) {
          session.at(index) { $0.warning(rules[index].mark, "no test has an answer that falls under this rule") }
        }
      }
    }
  }

  /// A request that the venue takes for longer than the order's lifetime could execute when it is taken for dead.
  mutating func checkLifetime(_ top: ParsedBlock) {
    guard let signing, let orders = top[DescriptorKeys.orders.name]?.block,
      let lifetime = orders.duration(OrderKeys.lifetime), let block = top[DescriptorKeys.signing.name]?.block
    else { return }
    let groups = [
      (SigningKeys.first, signing.first), (SigningKeys.last, signing.last), (SigningKeys.values, signing.values),
      (SigningKeys.append, signing.append), (SigningKeys.headers, signing.headers),
    ]
    at(DescriptorKeys.signing.name) { session in
      for (spec, entries) in groups {
        let written = block.entries(spec)
        for entry in entries {
          guard let window = entry.window, window > lifetime else { continue }
          let mark = written.first { $0.name == entry.name }?.parsed.mark ?? block.mark
          session.at(spec.name) { session in
            session.at(entry.name) {
              $0.warning(
                mark, "is longer than orders.lifetime: what was sent may execute when it is taken for dead")
            }
          }
        }
      }
    }
  }

  /// A brokerage's prices are fetched once for all of its accounts, by a process that has nobody's key.
  mutating func checkFeed(_ top: ParsedBlock, _ descriptor: Descriptor) {
    guard let block = top[DescriptorKeys.operations.name]?.block else { return }
    at(DescriptorKeys.operations.name) { session in
      for name in descriptor.keyedFeed {
        let own = block[name.rawValue]
        session.at(name.rawValue) {
          $0.warning(
            own?.mark ?? block.mark,
            "is signed, and the feed of a brokerage has no key: no account can run on it; find a call that needs none")
        }
      }
    }
  }

  /// An order that is looked for by our name among lists that do not tell it would never be found.
  mutating func checkNames(_ block: ParsedBlock, _ set: OperationSet) {
    let isDirect = set.written.contains(.orderByClientID)
    let names: [OperationName] =
      isDirect
      ? [.orderByClientID] + (set.operations[.orderByClientID]?.then ?? []) : [.openOrders, .closedOrders]
    for name in names {
      guard let operation = set.operations[name] else { continue }
      let calls = [operation.call] + operation.also
      for call in calls where !call.fields.isEmpty && call.fields["client_id"] == nil {
        let mark = block[name.rawValue]?.mark ?? block.mark
        at(name.rawValue) { $0.error(mark, "reads no client_id: an order of our name would never be found in it") }
        break
      }
    }
  }

  /// A fee that no answer tells is not none.
  mutating func checkFees(_ block: ParsedBlock, _ set: OperationSet) {
    let isFree = set.fixedFees.map { $0.maker.isZero && $0.taker.isZero } ?? false
    for name in [OperationName.fills, .fillsOfOrder] where !isFree {
      guard case .literal(let text)? = set.operations[name]?.call.fields["fee"],
        (try? ExactDecimal(parsing: text))?.isZero == true, let own = block[name.rawValue]?.block
      else { continue }
      let read = own[CallKeys.read(OperationRule.of(name)).name]
      at(name.rawValue) {
        $0.at("read") { session in
          session.at("fee") {
            $0.error(
              read?.block?["fee"]?.mark ?? own.mark,
              "a fee that is not told is not none: reckon the highest, in the currency that it is taken in")
          }
        }
      }
    }
  }
}

extension Signing.Entry {
  /// How long what is signed is good for, as far as an expiry or a parameter named so says it.
  fileprivate var window: Duration? {
    if let own = expression.expiry { return own }
    let name = name.lowercased()
    guard name.hasSuffix("window") || name.hasPrefix("expire") || name == "ttl",
      let number = expression.wholeNumber, number > 0
    else { return nil }
    // Nobody counts a window in so few milliseconds, nor in so many seconds.
    return number >= 1_000 ? .milliseconds(number) : .seconds(number)
  }
}

extension Expression {
  /// A number written out, as one or in quotes.
  fileprivate var wholeNumber: Int? {
    switch self {
    case .integer(let number): number
    case .text(let text): Int(text)
    default: nil
    }
  }

  /// The longest time from now on that stands in it: `now_s + 120`.
  fileprivate var expiry: Duration? {
    switch self {
    case .text, .integer, .variable: return nil
    case .join(.variable(let name, .integer), let more, .integer), .join(let more, .variable(let name, .integer), _):
      guard let number = more.wholeNumber, number > 0 else { return nil }
      switch name {
      case "now_s": return .seconds(number)
      case "now_ms": return .milliseconds(number)
      case "now_us": return .microseconds(number)
      case "now_ns": return .nanoseconds(number)
      default: return nil
      }
    case .join(let a, let b, _): return [a.expiry, b.expiry].compactMap(\.self).max()
    case .call(_, let arguments): return arguments.compactMap(\.expiry).max()
    case .jwt(_, let header, let claims): return (header + claims).compactMap(\.value.expiry).max()
    }
  }
}
