public import Core

/// What the host says to a worker.
public enum HostMessage: Sendable {
  /// First: the build that speaks.
  case hello(build: String)
  /// Who the worker is.
  case settings(WorkerSettings)
  /// Credential values by slot: only after the worker's word that it has locked itself in.
  case secrets([String: Secret])
  /// Look at the venue, read-only, and say what is there: to an account, or to a probe right after its secrets.
  case probe(withClock: Bool)
  /// Finish what is in flight and leave.
  case drain
}

/// What a worker says to the host.
public enum WorkerMessage: Sendable {
  /// First: the build that speaks.
  case hello(build: String)
  /// Locked in: secrets may come.
  case readyForSecrets
  /// An account's state, whole: also its heartbeat.
  case report(AccountReport)
  /// A feed's state: also its heartbeat.
  case feed(FeedReport)
  /// What a look at the venue showed.
  case probed(ProbeReport)
  /// Something for the log.
  case event(LogEvent)
}

/// What a feed has observed.
public struct FeedReport: Hashable, Sendable {
  /// Whether tickers and candles arrive.
  public var isFresh: Bool
  /// Instruments in the book.
  public var instruments: Int
  /// The last failure, if the last round failed.
  public var fault: String?
  /// How far this machine's clock is from the venue's, when last measured.
  public var clock: ClockOffset?

  /// A feed's state.
  public init(isFresh: Bool, instruments: Int, fault: String?, clock: ClockOffset? = nil) {
    self.clock = clock
    self.isFresh = isFresh
    self.instruments = instruments
    self.fault = fault
  }
}

extension HostMessage {
  /// The message as a frame.
  public var frame: [UInt8] {
    let json: JSONValue =
      switch self {
      case .hello(let build): ["say": "hello", "build": .string(build)]
      case .settings(let settings): ["say": "settings", "settings": settings.json]
      case .secrets(let secrets): ["say": "secrets", "secrets": .object(Self.exposed(secrets))]
      case .probe(let withClock): ["say": "probe", "with_clock": .boolean(withClock)]
      case .drain: ["say": "drain"]
      }
    return Frame.encode(json.encoded)
  }

  private static func exposed(_ secrets: [String: Secret]) -> [(key: String, value: JSONValue)] {
    secrets.sorted { $0.key < $1.key }.map { slot, secret in
      (key: slot, value: .string(secret.withExposedBytes(Hex.encode)))
    }
  }

  /// Reads a frame's payload.
  public init(payload: [UInt8]) throws(MessageError) {
    do {
      self = try Self(JSON(parsing: payload))
    } catch {
      throw .malformed("\(error)")
    }
  }

  private init(_ json: JSON) throws(JSONError) {
    switch try json.string("say") {
    case "hello": self = .hello(build: try json.string("build"))
    case "settings": self = .settings(try WorkerSettings(try json.object("settings")))
    case "probe": self = .probe(withClock: try json.boolean("with_clock"))
    case "drain": self = .drain
    case "secrets":
      var secrets: [String: Secret] = [:]
      for (slot, value) in try json.object("secrets").members ?? [] {
        guard let bytes = value.text.flatMap(Hex.decode) else { throw .wrongType(slot, expected: "hexadecimal") }
        secrets[slot] = Secret(bytes)
      }
      self = .secrets(secrets)
    default: throw .wrongType("say", expected: "a host's message")
    }
  }
}

extension WorkerMessage {
  /// The message as a frame.
  public var frame: [UInt8] {
    let json: JSONValue =
      switch self {
      case .hello(let build): ["say": "hello", "build": .string(build)]
      case .readyForSecrets: ["say": "ready_for_secrets"]
      case .report(let report): ["say": "report", "report": report.json]
      case .feed(let feed):
        [
          "say": "feed", "is_fresh": .boolean(feed.isFresh), "instruments": .integer(feed.instruments),
          "fault": .optional(feed.fault), "clock": feed.clock?.json ?? .null,
        ]
      case .probed(let report): ["say": "probed", "report": report.json]
      case .event(let event):
        [
          "say": "event", "level": .string(event.level.rawValue), "event": .string(event.event),
          "text": .string(event.text),
          "fields": .object(event.fields.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }),
        ]
      }
    return Frame.encode(json.encoded)
  }

  /// Reads a frame's payload.
  public init(payload: [UInt8]) throws(MessageError) {
    do {
      self = try Self(JSON(parsing: payload))
    } catch {
      throw .malformed("\(error)")
    }
  }

  private init(_ json: JSON) throws(JSONError) {
    switch try json.string("say") {
    case "hello": self = .hello(build: try json.string("build"))
    case "ready_for_secrets": self = .readyForSecrets
    case "report": self = .report(try AccountReport(try json.object("report")))
    case "feed":
      var clock: ClockOffset?
      if let value = json["clock"], !value.isNull { clock = try ClockOffset(value) }
      self = .feed(
        FeedReport(
          isFresh: try json.boolean("is_fresh"), instruments: try json.integer("instruments"),
          fault: try json.optionalString("fault"), clock: clock))
    case "probed": self = .probed(try ProbeReport(try json.object("report")))
    case "event": self = .event(try LogEvent(json))
    default: throw .wrongType("say", expected: "a worker's message")
    }
  }
}

extension LogEvent {
  fileprivate init(_ json: JSON) throws(JSONError) {
    guard let level = Level(rawValue: try json.string("level")) else {
      throw .wrongType("level", expected: "a level of the log")
    }
    var fields: [String: String] = [:]
    for (key, value) in try json.object("fields").members ?? [] { fields[key] = value.text }
    self.init(level, try json.string("event"), try json.string("text"), fields: fields)
  }
}
