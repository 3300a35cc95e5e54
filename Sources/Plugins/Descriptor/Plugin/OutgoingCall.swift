internal import Broker
internal import Core

/// One call on its way out.
struct OutgoingCall: Sendable {
  var call: Call
  var variables: CallVariables
  /// Parameters of this page.
  var page: [Parameter] = []
  var nature: CallNature
  var priority = HTTPRequest.Priority.query
  /// Whether it may use what is kept for looking after orders.
  var isUrgent = false
  /// After it the call is not sent any more.
  var deadline: Timestamp?
  /// The market that it is about.
  var market: Instrument?
  var timeout: Duration = .seconds(10)

  init(_ operation: Operation, _ call: Call, _ variables: CallVariables = CallVariables()) {
    self.call = call
    self.variables = variables
    nature = CallNature(operation: operation.name, effect: operation.effect)
  }
}

extension Call {
  /// Whether one of these variables stands anywhere in its request.
  func mentions(_ names: Set<String>) -> Bool {
    func uses(_ template: Template) -> Bool { template.variables.contains(where: names.contains) }
    func uses(_ tree: Tree) -> Bool {
      switch tree {
      case .text(let template): uses(template)
      case .literal: false
      case .list(let elements): elements.contains(where: uses)
      case .object(let members): members.contains { uses($0.value) }
      }
    }
    let parameters = query + headers
    if uses(path) || parameters.contains(where: { uses($0.value) }) { return true }
    switch carrier {
    case .none: return false
    case .form(let parameters): return parameters.contains { uses($0.value) }
    case .json(let tree), .payload(let tree): return uses(tree)
    }
  }

  /// Whether it can be made, or its answer be read, for one market only.
  var isOfMarket: Bool { mentions(["symbol", "base", "quote"]) || readsMarket }

  /// Whether its answer has members that are named by the market.
  var readsMarket: Bool {
    fields.values.contains(where: \.namesMarket) || filter.contains(where: \.namesMarket)
      || rows?.namesMarket ?? false
  }
}

extension Path {
  /// Whether a member on the way is named by the market.
  var namesMarket: Bool { steps.contains { if case .named = $0 { true } else { false } } }
}

extension Condition {
  var namesMarket: Bool { if case .path(let path) = subject { path.namesMarket } else { false } }
}

extension Reading {
  var namesMarket: Bool {
    switch self {
    case .path(let path): path.namesMarket
    case .literal: false
    case .apply(_, let readings), .first(let readings): readings.contains(where: \.namesMarket)
    case .cases(let cases):
      cases.contains { $0.conditions.contains(where: \.namesMarket) || $0.reading?.namesMarket ?? false }
    }
  }
}
