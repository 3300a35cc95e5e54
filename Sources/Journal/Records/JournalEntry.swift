package import Core

/// What a row of the journal tells: the name of its table.
package enum JournalKind: String, CaseIterable, Sendable {
  /// Orders about to be sent.
  case intents
  /// What happened to orders.
  case orderEvents = "order_events"
  /// Executions.
  case fills
  /// Cycles.
  case cycles
  /// Plans, markers and the key's identity.
  case notes
  /// What the venue says the account has, where it changed.
  case balances
  /// What the fills add up to, where it changed.
  case positions
  /// What operators did.
  case operatorActions = "operator_actions"
  /// Where a segment begins.
  case segments

  /// The first schema version that has the table.
  var sinceVersion: Int {
    switch self {
    case .intents, .orderEvents, .fills, .cycles, .notes: 1
    case .balances, .positions, .operatorActions, .segments: 3
    }
  }
}

/// One row of the journal, whatever it is about.
package struct JournalEntry: Hashable, Sendable {
  /// A value of a row.
  package enum Value: Hashable, Sendable {
    /// Text, amounts too.
    case text(String)
    /// A whole number.
    case number(Int64)
    /// An instant.
    case time(Timestamp)
  }

  /// One named value.
  package struct Field: Hashable, Sendable {
    /// The column.
    package let name: String
    /// What it holds; `nil` when that is not known or does not apply.
    package let value: Value?
  }

  /// The segment it is in, counted from 1.
  package let segment: Int
  /// Its running number over all segments, from 1.
  package let sequence: Int64
  /// What it tells.
  package let kind: JournalKind
  /// When it was written (protocol clock).
  package let time: Timestamp
  /// Why.
  package let cause: String
  /// Its link in the chain.
  package let hash: [UInt8]
  /// All else.
  package let fields: [Field]
}

/// Something an operator did to an account.
package struct OperatorAction: Hashable, Sendable {
  /// Who, as far as it is known: a user's name, an address.
  package var actor: String
  /// What: `pause`, `resume`, `flatten`.
  package var action: String
  /// To what: an account, a broker with its users, `all`.
  package var scope: String
  /// Why, in the operator's words.
  package var reason: String

  /// An action with everything named.
  package init(actor: String, action: String, scope: String, reason: String) {
    self.actor = actor
    self.action = action
    self.scope = scope
    self.reason = reason
  }
}
