public import Core

extension WorkerSettings {
  /// As it travels from host to worker.
  public var json: JSONValue {
    .object([
      ("role", .string(role.rawValue)), ("account", .string(account)), ("broker", .string(broker)),
      ("plugin", .string(plugin)), ("descriptor", .optional(descriptor)), ("programs", .array(programs.map(\.json))),
      ("mode", .string(mode)), ("endpoint", .string(endpoint)),
      ("options", Self.json(options)), ("clock", clock.json), ("directory", .string(directory)),
      ("key_file", .string(keyFile)), ("book_descriptor", .integer(bookDescriptor)),
      ("certificates_directory", .optional(certificatesDirectory)), ("control", .string(control)),
      ("strategy", .string(strategy)), ("parameters", Self.json(parameters)),
      ("candles_seconds", .integer(Int(candles.components.seconds))),
      ("cycle_milliseconds", .integer(Int(cycle.wholeMilliseconds))), ("markets", markets.json),
      ("limits", limits.json),
    ])
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    guard let role = Role(rawValue: try json.string("role")) else {
      throw .wrongType("role", expected: "a role of a worker")
    }
    self.init(
      role: role, account: try json.string("account"), broker: try json.string("broker"),
      plugin: try json.string("plugin"), mode: try json.string("mode"), endpoint: try json.string("endpoint"),
      clock: try MarketClock(try json.object("clock")), bookDescriptor: try json.integer("book_descriptor"))
    descriptor = try json.optionalString("descriptor")
    for value in try json.array("programs") { programs.append(try ProgramOrigin(value)) }
    options = try Self.texts(try json.object("options"))
    directory = try json.string("directory")
    keyFile = try json.string("key_file")
    certificatesDirectory = try json.optionalString("certificates_directory")
    control = try json.string("control")
    strategy = try json.string("strategy")
    parameters = try Self.texts(try json.object("parameters"))
    candles = .seconds(try json.integer("candles_seconds"))
    cycle = .milliseconds(try json.integer("cycle_milliseconds"))
    markets = try MarketSelection(try json.object("markets"))
    limits = try AccountLimits(try json.object("limits"))
  }

  private static func json(_ texts: [String: String]) -> JSONValue {
    .object(texts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) })
  }

  private static func texts(_ json: JSON) throws(JSONError) -> [String: String] {
    var texts: [String: String] = [:]
    for (key, _) in json.members ?? [] { texts[key] = try json.string(key) }
    return texts
  }
}

extension MarketClock {
  /// Origins in nanoseconds, as text, since they do not fit a double.
  public var json: JSONValue {
    [
      "wall_origin": .string(String(wallOrigin.nanoseconds)), "origin": .string(String(origin.nanoseconds)),
      "speed": .integer(speed),
    ]
  }

  /// Reads what ``json`` wrote; the sandbox announces its clock in the same form.
  public init(_ json: JSON) throws(JSONError) {
    self.init(
      wallOrigin: Timestamp(nanoseconds: Int64(try json.integer("wall_origin"))),
      origin: Timestamp(nanoseconds: Int64(try json.integer("origin"))), speed: try json.integer("speed"))
  }
}

extension MarketSelection {
  fileprivate var json: JSONValue {
    [
      "quote": .string(quote), "include": .array(filter.include.map { .array($0.map(JSONValue.string)) }),
      "exclude": .array(filter.exclude.map(JSONValue.string)), "top": .integer(top),
    ]
  }

  fileprivate init(_ json: JSON) throws(JSONError) {
    self.init()
    quote = try json.string("quote")
    filter = MarketFilter(
      include: try json.array("include").map { $0.elements?.compactMap(\.text) ?? [] },
      exclude: try json.array("exclude").compactMap(\.text))
    top = try json.integer("top")
  }
}

extension AccountLimits {
  fileprivate var json: JSONValue {
    [
      "order_share": .optional(orderShare), "order_amount": .optional(orderAmount),
      "maximum_order": .optional(maximumOrder), "maximum_positions": .optional(maximumPositions),
      "maximum_exposure": .optional(maximumExposure), "maximum_slippage": .optional(maximumSlippage),
      "rests_protective_stops": .boolean(restsProtectiveStops),
      "dead_man_switch_seconds": deadManSwitch.map { .integer(Int($0.components.seconds)) } ?? .null,
    ]
  }

  fileprivate init(_ json: JSON) throws(JSONError) {
    self.init()
    orderShare = try json.optionalDecimal("order_share")
    orderAmount = try json.optionalDecimal("order_amount")
    maximumOrder = try json.optionalDecimal("maximum_order")
    maximumPositions = try json.optionalInteger("maximum_positions")
    maximumExposure = try json.optionalDecimal("maximum_exposure")
    maximumSlippage = try json.optionalDecimal("maximum_slippage")
    restsProtectiveStops = try json.boolean("rests_protective_stops")
    deadManSwitch = try json.optionalInteger("dead_man_switch_seconds").map { .seconds($0) }
  }
}
