public import Broker
public import Core

/// What a program says of itself in its first answer: all that the manifest, `plugins`, the limiter and the conformance
/// suite need to know of it.
public struct ProgramDeclaration: Hashable, Sendable {
  /// The version of the protocol spoken here.
  public static let protocolVersion = 1

  /// As it is spelt on the wire, in one form: what two programs are compared by.
  public let text: String
  /// Name, credentials, options, capabilities.
  public let plugin: PluginDeclaration
  /// How ids of ours are written.
  public let clientIDs: ClientOrderIDRule
  /// The most candles of one call.
  public let candleLimit: Int
  /// In the venue's words.
  public let neededPermissions: [String]
  /// How long an order request may be under way.
  public let orderLifetime: Duration
  /// How soon an order shows.
  public let visibilityBound: Duration
  /// The sandbox's venue whose protocol it speaks, if there is one.
  public let standIn: String?
  /// The venue's counters.
  let counters: [CounterKind]

  /// What the host and the worker need, under the name that the manifest gives it.
  public func spec(named name: String) -> PluginSpec {
    PluginSpec(
      declaration: PluginDeclaration(
        name: name, title: plugin.title, credentials: plugin.credentials, options: plugin.options,
        capabilities: plugin.capabilities, defaultEndpoint: plugin.defaultEndpoint, candles: plugin.candles),
      clientOrderIDs: clientIDs, candleLimit: candleLimit, neededPermissions: neededPermissions,
      visibilityBound: visibilityBound, orderLifetime: orderLifetime)
  }

  /// Reads what ``text`` holds.
  public init(parsing text: String) throws(ProgramFault) {
    do throws(JSONError) {
      self = try Self(JSON(parsing: text))
    } catch { throw .badHandshake(error.description) }
  }

  /// Reads the declaration out of an answer to `hello`.
  /// - Throws: ``ProgramFault/badHandshake(_:)`` with what is wrong, ``ProgramFault/otherProtocol(_:)``.
  init(hello: JSON) throws(ProgramFault) {
    do throws(JSONError) {
      let version = try hello.integer("protocol")
      if version == Self.protocolVersion { self = try Self(hello.object("plugin")) } else { throw .missing("version") }
    } catch {
      if let version = try? hello.integer("protocol"), version != Self.protocolVersion { throw .otherProtocol(version) }
      throw .badHandshake(error.description)
    }
  }

  /// Reads a program's answer to ``greeting``, as a line of its output.
  /// - Throws: ``ProgramFault/badHandshake(_:)``, ``ProgramFault/otherProtocol(_:)``.
  public init(answer line: [UInt8]) throws(ProgramFault) {
    let hello: JSON
    do throws(JSONError) {
      let json = try JSON(parsing: line)
      guard try json.integer("id") == 1 else { throw .wrongType("id", expected: "that of the call") }
      hello = try json.object("result")
    } catch { throw .badHandshake(error.description) }
    try self.init(hello: hello)
  }

  /// What ``init(answer:)`` reads the answer to, as a line of a program's input.
  public static var greeting: String {
    let call: JSONValue = ["id": .integer(1), "call": "hello", "arguments": Greeting.versions]
    return call.encoded + "\n"
  }

  private init(_ json: JSON) throws(JSONError) {
    let name = try json.string("name")
    guard FieldWord.identifier.accepts(name) else { throw .wrongType("name", expected: "a name of a-z, 0-9 and _") }
    let capabilities = try json.texts("capabilities")
    for word in capabilities {
      guard let capability = Capability(rawValue: word), !Self.missing.contains(capability) else {
        throw .wrongType("capabilities", expected: "of this protocol: \(word)")
      }
    }
    plugin = PluginDeclaration(
      name: name, title: try json.string("title"), credentials: try Self.credentials(json),
      options: try Self.options(json), capabilities: capabilities, defaultEndpoint: try Self.endpoint(json),
      candles: try json.integers("candle_seconds", 1...31_536_000).map { .seconds($0) })
    clientIDs = try Self.clientIDs(try json.object("client_id"))
    candleLimit = try json.bounded("candle_limit", 1...1_000_000)
    neededPermissions = try json.texts("needed_permissions")
    orderLifetime = .milliseconds(try json.bounded("order_lifetime_ms", 1_000...3_600_000))
    visibilityBound = .milliseconds(try json.bounded("visible_within_ms", 0...3_600_000))
    standIn = try json.optionalString("stand_in")
    counters = try Self.counters(json)
    text = json.normalForm.encoded
  }

  /// What version 1 has no call for.
  private static let missing: Set<Capability> = [.batchPlace, .batchCancel]

  private static func endpoint(_ json: JSON) throws(JSONError) -> String? {
    guard let text = try json.optionalString("endpoint") else { return nil }
    guard (try? Broker.Endpoint(parsing: text)) != nil else {
      throw .wrongType("endpoint", expected: "a https address")
    }
    return text
  }

  private static func credentials(_ json: JSON) throws(JSONError) -> [CredentialSlot] {
    var slots: [CredentialSlot] = []
    for slot in try json.array("credentials") {
      let words = slot["format"]?.kind == .array ? try slot.texts("format") : [try slot.string("format")]
      let formats = words.compactMap(CredentialSlot.Format.init(rawValue:))
      let name = try slot.string("name")
      guard !formats.isEmpty, formats.count == words.count, FieldWord.identifier.accepts(name),
        !slots.contains(where: { $0.name == name })
      else {
        throw .wrongType("credentials", expected: "names of their own with formats text, base64, hex, pem or key_file")
      }
      slots.append(CredentialSlot(name, formats, doc: try slot.string("doc")))
    }
    return slots
  }

  private static func clientIDs(_ json: JSON) throws(JSONError) -> ClientOrderIDRule {
    guard let rendering = ClientOrderIDRule.Rendering(rawValue: try json.string("as")) else {
      throw .wrongType("client_id.as", expected: "hex, uuid, base36, base62 or number")
    }
    guard let uniqueness = ClientOrderIDRule.Uniqueness(rawValue: try json.string("unique")) else {
      throw .wrongType("client_id.unique", expected: "open, ever, day or returns_existing")
    }
    return ClientOrderIDRule(
      rendering: rendering, prefix: try json.optionalString("prefix") ?? "", uniqueness: uniqueness)
  }

  private static func options(_ json: JSON) throws(JSONError) -> [FieldSpec] {
    var options: [FieldSpec] = []
    for option in try json.optionalArray("options") {
      let name = try option.string("name")
      let type = try type(of: option)
      let text = try option.optionalString("default")
      // The declaration of a field trusts its author; this one is not ours.
      let isReadable = text.map { (try? type.value(of: $0)) != nil } ?? true
      guard FieldWord.identifier.accepts(name), isReadable, !options.contains(where: { $0.name == name }) else {
        throw .wrongType("options", expected: "names of their own with defaults of their type")
      }
      options.append(FieldSpec(name, type, default: text, doc: try option.string("doc")))
    }
    return options
  }

  private static func type(of option: JSON) throws(JSONError) -> FieldType {
    switch try option.string("type") {
    case "text": return .text
    case "boolean": return .boolean
    case "integer": return .integer
    case "decimal": return .decimal
    case "duration": return .duration
    case "choice":
      let names = try option.texts("choices")
      guard !names.isEmpty else { throw .missing("choices") }
      return .choice(names)
    default: throw .wrongType("options.type", expected: "text, boolean, integer, decimal, duration or choice")
    }
  }

  /// The counters as an account has them: what `start` answered in place of those declared, by the same names.
  func counters(startedWith json: JSON) throws(JSONError) -> [CounterKind] {
    let given = try Self.counters(json)
    guard !given.isEmpty else { return counters }
    guard Set(given.map(\.name)) == Set(counters.map(\.name)) else {
      throw .wrongType("limits", expected: "of the names that were declared")
    }
    return given
  }

  private static func counters(_ json: JSON) throws(JSONError) -> [CounterKind] {
    var counters: [CounterKind] = []
    for limit in try json.optionalArray("limits") {
      let name = try limit.string("name")
      let most = try limit.bounded("most", 1...1_000_000)
      let period = try limit.bounded("per_ms", 1...86_400_000)
      let reserve = limit["reserve"] == nil ? 0 : try limit.bounded("reserve", 0...most)
      guard FieldWord.identifier.accepts(name), name.utf8.count <= 24, !counters.contains(where: { $0.name == name })
      else { throw .wrongType("limits.name", expected: "a name of its own of a-z, 0-9 and _") }
      counters.append(
        CounterKind(name, maximum: most, decayPerSecond: most * 1_000_000_000 / period, reserve: reserve))
    }
    return counters
  }
}
