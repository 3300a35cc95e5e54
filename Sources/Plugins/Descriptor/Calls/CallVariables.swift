public import Broker
public import Core

/// What the variables of a call are: texts and integers, and the trees that the kind of an order adds.
public struct CallVariables: Sendable {
  private var values: [String: JSONValue] = [:]
  private var trees: [String: Tree] = [:]

  /// No variables.
  public init() {}

  /// Variables given as text, as tests and recorded requests do: the integers among them become ones.
  public init(texts: [String: String], clientIDs: ClientOrderIDRule) {
    for (name, text) in texts {
      let isInteger = Self.integerNames.contains(name) || name == "client_id" && clientIDs.rendering == .number
      if isInteger, let number = Int(text) { self[name] = .integer(number) } else { self[name] = .string(text) }
    }
  }

  /// The variables that are whole numbers.
  public static let integerNames: Set<String> = [
    "limit", "depth", "since_s", "since_ms", "since_ns", "until_s", "until_ms", "expires_s", "expires_ms", "deadline_s",
    "deadline_ms", "timeout_s", "timeout_ms", "offset",
  ]

  /// A variable's value; absent where it is `nil`. A tree is resolved with the plain variables.
  public subscript(name: String) -> JSONValue? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// Adds what an order's kind brings.
  public mutating func add(_ form: OrderKindForm) { trees.merge(form.variables) { _, new in new } }

  /// An instant in the units that a descriptor may name: `NAME_s`, `NAME_ms`, `NAME_ns`, `NAME_iso`.
  public mutating func set(_ name: String, _ time: Timestamp) {
    self[name + "_s"] = .integer(time.seconds)
    self[name + "_ms"] = .integer(time.milliseconds)
    self[name + "_ns"] = .integer(Int(time.nanoseconds))
    self[name + "_iso"] = .string(time.text(fractionDigits: 3))
  }

  // MARK: Templates

  /// What a template comes to; `nil` when one of its variables is absent.
  func value(_ template: Template) throws(RequestError) -> JSONValue? {
    if template.pieces.count == 1, case .variable(let name, let filter) = template.pieces.first {
      return try variable(name).map { (value) throws(RequestError) in try Self.apply(filter, to: value, name) }
    }
    return try text(template).map(JSONValue.string)
  }

  /// A template as text; `nil` when one of its variables is absent.
  func text(_ template: Template) throws(RequestError) -> String? {
    try text(template) { $0 }
  }

  /// The same with what the variables put in encoded.
  func text(_ template: Template, encoding: (String) -> String) throws(RequestError) -> String? {
    var text = ""
    for piece in template.pieces {
      switch piece {
      case .text(let literal): text += literal
      case .variable(let name, let filter):
        guard let part = try self.text(ofVariable: name, filter, encoding: encoding) else { return nil }
        text += part
      }
    }
    return text
  }

  /// What an order's kind says stands as it is written; only the variables in it are encoded.
  private func text(
    ofVariable name: String, _ filter: Template.Filter, encoding: (String) -> String
  ) throws(RequestError) -> String? {
    if values[name] == nil, filter == .none, case .text(let template)? = trees[name] {
      return try plain.text(template, encoding: encoding)
    }
    guard let value = try variable(name) else { return nil }
    let text = try Self.apply(filter, to: value, name).plainText
    return values[name] == nil ? text : encoding(text)
  }

  /// Without trees: a kind's entry names plain variables only, so that nothing goes round in a circle.
  private var plain: CallVariables {
    var plain = self
    plain.trees = [:]
    return plain
  }

  /// A document; `nil` when it is a text one of whose variables is absent.
  func value(_ tree: Tree) throws(RequestError) -> JSONValue? {
    switch tree {
    case .text(let template): return try value(template)
    case .literal(let text): return .number(text)
    case .list(let elements):
      var list: [JSONValue] = []
      for element in elements { if let value = try value(element) { list.append(value) } }
      return .array(list)
    case .object(let members):
      var object: [(key: String, value: JSONValue)] = []
      for member in members { if let value = try value(member.value) { object.append((member.name, value)) } }
      return .object(object)
    }
  }

  private func variable(_ name: String) throws(RequestError) -> JSONValue? {
    if let value = values[name] { return value }
    guard let tree = trees[name] else { return nil }
    return try plain.value(tree)
  }

  private static func apply(
    _ filter: Template.Filter, to value: JSONValue, _ name: String
  ) throws(RequestError) -> JSONValue {
    switch filter {
    case .none: return value
    case .upper: return .string(value.plainText.uppercased())
    case .lower: return .string(value.plainText.lowercased())
    case .number:
      guard let number = try? ExactDecimal(parsing: value.plainText) else { throw .notANumber(name) }
      return .number(number.description)
    }
  }
}

extension JSONValue {
  /// Texts as they are, everything else as JSON writes it.
  var plainText: String {
    if case .string(let text) = self { return text }
    return encoded
  }
}

/// Why a request was not made. Never holds a credential.
public enum RequestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A path names a variable that is absent.
  case incompletePath
  /// A value would have the path lead elsewhere: nothing, `.` or `..`.
  case otherPath
  /// A variable that is to be a number is none.
  case notANumber(String)
  /// A signed call without credentials.
  case noCredentials
  /// A value that has no place in a header or parameter.
  case wrongType(String)
  /// Signing failed.
  case signing(EvaluationError)

  /// One line for a log.
  public var description: String {
    switch self {
    case .incompletePath: "the path names a variable that is not there"
    case .otherPath: "a value in the path is empty or made of dots: it would lead elsewhere"
    case .notANumber(let name): "\(name) is not a number"
    case .noCredentials: "no credentials"
    case .wrongType(let name): "\(name) is neither text nor a whole number"
    case .signing(let error): error.description
    }
  }
}
