internal import Broker
internal import Core
internal import Synchronization

/// Our ids as the venue writes them. A number cannot be read back: those that were sent or asked for are remembered.
final class ClientIDs: Sendable {
  let rule: ClientOrderIDRule
  private let numbers = Mutex<[String: ClientOrderID]>([:])

  init(_ rule: ClientOrderIDRule) { self.rule = rule }

  /// The id as a call carries it.
  func value(_ id: ClientOrderID) -> JSONValue {
    let text = rule.render(id)
    guard rule.rendering == .number else { return .string(text) }
    numbers.withLock { $0[text] = id }
    return rule.prefix.isEmpty ? .number(text) : .string(text)
  }

  /// The id that an answer's text stands for; `nil` for everything that is not ours.
  func parse(_ text: String) -> ClientOrderID? {
    rule.rendering == .number ? numbers.withLock { $0[text] } : rule.parse(text)
  }
}
