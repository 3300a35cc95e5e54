public import Broker
internal import Core

/// What a program did that no program may do: it is ended, with everything it started, and begun anew with its worker.
public enum ProgramFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// It owed a word for longer than its limit.
  case hung(operation: String, limit: Duration)
  /// It said something again and again, and never came to an end.
  case unfinished(operation: String, limit: Duration)
  /// It closed its standard output, or left.
  case ended
  /// It takes nothing from its standard input.
  case readsNothing(bytes: Int)
  /// A line longer than the longest.
  case lineTooLong(limit: Int)
  /// More lines at once than anybody asked for.
  case flooded
  /// A line that is no UTF-8.
  case notUTF8
  /// A line that is no JSON object.
  case notJSON(String)
  /// A line of this protocol with something in it that has another type, or is missing.
  case wrongType(operation: String, String)
  /// An answer to a call that was answered.
  case answeredTwice(id: Int)
  /// An answer to a call that nobody made.
  case unknownCall(id: Int)
  /// Asks for more than one call may.
  case asksTooMuch(operation: String, limit: Int)
  /// Its first answer is no declaration.
  case badHandshake(String)
  /// It speaks no version of the protocol that we do.
  case otherProtocol(Int)
  /// It declares something else than it did to the host.
  case otherDeclaration
  /// The pipes could not be used.
  case noPipes(String)

  /// What scripts look for.
  public var name: String {
    switch self {
    case .hung, .unfinished: "hung"
    case .ended: "ended"
    case .readsNothing: "reads_nothing"
    case .lineTooLong: "line_too_long"
    case .flooded: "flooded"
    case .notUTF8: "not_utf8"
    case .notJSON: "not_json"
    case .wrongType: "wrong_type"
    case .answeredTwice: "answered_twice"
    case .unknownCall: "unknown_call"
    case .asksTooMuch: "asks_too_much"
    case .badHandshake: "bad_handshake"
    case .otherProtocol: "other_protocol"
    case .otherDeclaration: "other_declaration"
    case .noPipes: "no_pipes"
    }
  }

  /// One line, without anything the program said but names of members.
  public var description: String {
    switch self {
    case .hung(let operation, let limit):
      "the plugin's program said nothing about \(operation) for \(limit.wholeMilliseconds) ms"
    case .unfinished(let operation, let limit):
      "the plugin's program did not come to an end with \(operation) within \(limit.wholeMilliseconds) ms"
    case .ended: "the plugin's program ended"
    case .readsNothing(let bytes): "the plugin's program leaves \(bytes) bytes of calls unread"
    case .lineTooLong(let limit): "the plugin's program wrote a line of more than \(limit) bytes"
    case .flooded: "the plugin's program wrote more than anybody asked for"
    case .notUTF8: "the plugin's program wrote a line that is not UTF-8"
    case .notJSON(let word): "the plugin's program wrote a line that is not a JSON object: \(word)"
    case .wrongType(let operation, let what): "the plugin's program answered \(operation) wrongly: \(what)"
    case .answeredTwice(let id): "the plugin's program answered call \(id) twice"
    case .unknownCall(let id): "the plugin's program answered call \(id), which nobody made"
    case .asksTooMuch(let operation, let limit):
      "the plugin's program asked for more than \(limit) things in \(operation)"
    case .badHandshake(let what): "the plugin's program declares itself wrongly: \(what)"
    case .otherProtocol(let version): "the plugin's program speaks protocol \(version), which this version does not"
    case .otherDeclaration: "the plugin's program declares something else than it did when the host started"
    case .noPipes(let cause): "the plugin's program cannot be spoken to: \(cause)"
    }
  }

  /// Whether beginning anew cannot help.
  public var isLasting: Bool {
    switch self {
    case .badHandshake, .otherProtocol, .otherDeclaration: true
    default: false
    }
  }

  /// The class of errors that it makes.
  public var code: BrokerError.Code { BrokerError.Code(rawValue: "program_\(name)") }

  /// What a person can do about it.
  var nextStep: String {
    isLasting
      ? "put the plugin's program right, then restart the host"
      : "it is started again by itself; if it repeats, read what it logs and put it right"
  }
}
