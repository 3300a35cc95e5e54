internal import Core

/// A field that an operation reads.
struct ReadField: Hashable {
  /// What it must be.
  enum Kind: Hashable {
    case text, number, time
    /// `true` or `false`.
    case truth
    /// Words of closed sets, and those that they become.
    case side, orderStatus, instrumentStatus, outcome
  }

  var name: String
  var kind: Kind
  var isRequired: Bool
  var doc: String

  init(_ name: String, _ kind: Kind, required: Bool = true, _ doc: String) {
    self.name = name
    self.kind = kind
    isRequired = required
    self.doc = doc
  }
}

extension ReadField.Kind {
  /// Our words, where it is of a closed set that a `then` may name.
  var words: [String] {
    switch self {
    case .side: ["buy", "sell"]
    case .orderStatus: OperationRule.orderStatuses.map(\.rawValue)
    case .instrumentStatus: OperationRule.instrumentStatuses.map(\.rawValue)
    case .outcome: ["cancelled", "pending"]
    case .truth: ["true", "false"]
    case .text, .number, .time: []
    }
  }
}
