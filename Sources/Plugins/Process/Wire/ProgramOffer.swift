internal import Broker
internal import Core

/// What a program says of itself that carries out single operations of a descriptor: which. Everything else the
/// descriptor says.
public struct ProgramOffer: Hashable, Sendable {
  /// As it is spelt on the wire, in one form: what two programs are compared by.
  public let text: String
  /// The operations it carries out.
  public let operations: Set<String>
  /// The sandbox's venue whose protocol it speaks; by itself the one that is made from the descriptor.
  public let standIn: String?

  /// Reads what ``text`` holds.
  public init(parsing text: String) throws(ProgramFault) {
    do throws(JSONError) {
      try self.init(JSON(parsing: text))
    } catch { throw .badHandshake(error.description) }
  }

  /// Reads the offer out of an answer to `hello`.
  /// - Parameter wanted: the operations that it must carry out.
  /// - Throws: ``ProgramFault/badHandshake(_:)`` with what is wrong, ``ProgramFault/otherProtocol(_:)``.
  init(hello: JSON, wanted: Set<String>) throws(ProgramFault) {
    do throws(JSONError) {
      let version = try hello.integer("protocol")
      guard version == ProgramDeclaration.protocolVersion else { throw .missing("version") }
      try self.init(hello)
    } catch {
      if let version = try? hello.integer("protocol"), version != ProgramDeclaration.protocolVersion {
        throw .otherProtocol(version)
      }
      throw .badHandshake(error.description)
    }
    let lacking = wanted.subtracting(operations).sorted()
    guard lacking.isEmpty else {
      throw .badHandshake("it does not carry out \(lacking.joined(separator: ", "))")
    }
  }

  private init(_ json: JSON) throws(JSONError) {
    operations = Set(try json.texts("operations"))
    guard (1...64).contains(operations.count) else { throw .wrongType("operations", expected: "names of operations") }
    standIn = try json.optionalString("stand_in")
    let names = operations.sorted().map(JSONValue.string)
    text = JSONValue.object([("operations", .array(names)), ("stand_in", .optional(standIn))]).encoded
  }
}

/// What the host expects of a program: a whole brokerage, or single operations of one.
enum ProgramPart: Sendable {
  case brokerage(ProgramDeclaration)
  case operations(ProgramOffer, wanted: Set<String>)

  /// What `hello` says.
  var greeting: JSONValue {
    switch self {
    case .brokerage: Greeting.versions
    case .operations(_, let wanted): Greeting.versions(asking: wanted)
    }
  }

  /// Whether an answer to `hello` says the same as the one before.
  func isDeclared(by hello: JSON) throws(ProgramFault) -> Bool {
    switch self {
    case .brokerage(let declaration): try ProgramDeclaration(hello: hello).text == declaration.text
    case .operations(let offer, let wanted): try ProgramOffer(hello: hello, wanted: wanted).text == offer.text
    }
  }

  /// The counters that the program itself may charge; those of a descriptor the host charges.
  var counters: [CounterKind] {
    if case .brokerage(let declaration) = self { declaration.counters } else { [] }
  }

  /// The same as an account has them, from the answer to `start`.
  func counters(startedWith json: JSON) throws(JSONError) -> [CounterKind] {
    switch self {
    case .brokerage(let declaration): return try declaration.counters(startedWith: json)
    case .operations:
      guard try json.optionalArray("limits").isEmpty else {
        throw .wrongType("limits", expected: "none: they are the descriptor's")
      }
      return []
    }
  }
}
