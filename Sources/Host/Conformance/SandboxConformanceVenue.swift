import Broker
import Conformance
import Core
import NIOPosix
import Synchronization

/// Makes a sandbox of its own for each venue that the conformance suite wants.
struct SandboxConformanceVenues: ConformanceVenues {
  let programs: Programs
  let children: Children
  /// The venue's name, which is the plugin's.
  let name: String
  /// Options that the sandbox's accounts need.
  var options: [String: String] = [:]
  /// The file that the venue is to be made from; `nil` for one that the sandbox has.
  var descriptor: String?
  /// How the plugin writes our ids.
  var clientIDs = ClientOrderIDRule(rendering: .hex, uniqueness: .open)

  func open(speed: Int) async throws(VenueTrouble) -> any ConformanceVenue {
    do {
      let program = try await SandboxProgram.start(
        programs, children, speed: speed, descriptors: descriptor.map { ["\(name)=\($0)"] } ?? [])
      guard let text = program.venues.endpoints[name] else {
        await program.stop()
        throw VenueTrouble("the sandbox has no venue \(name)")
      }
      return SandboxConformanceVenue(
        program, name: name, endpoint: try Broker.Endpoint(parsing: text), options: options,
        isDerived: descriptor != nil, clientIDs: clientIDs)
    } catch let trouble as VenueTrouble {
      throw trouble
    } catch {
      throw VenueTrouble("\(error)")
    }
  }
}

/// The sandbox's control socket as the conformance suite wants a venue.
final class SandboxConformanceVenue: ConformanceVenue {
  let endpoint: Broker.Endpoint
  let options: [String: String]
  let isDerived: Bool
  var clock: any ProtocolClock { stepped }
  var marketClock: MarketClock { program.venues.clock }
  private let program: SandboxProgram
  private let name: String
  private let clientIDs: ClientOrderIDRule
  private let stepped = SteppedClock()
  /// What is set, by account; nobody's under no name.
  private let faults = Mutex<[String?: [Int]]>([:])

  init(
    _ program: SandboxProgram, name: String, endpoint: Broker.Endpoint, options: [String: String], isDerived: Bool,
    clientIDs: ClientOrderIDRule
  ) {
    self.isDerived = isDerived
    self.clientIDs = clientIDs
    self.program = program
    self.name = name
    self.endpoint = endpoint
    self.options = options
  }

  func open(_ wish: AccountWish) async throws(VenueTrouble) -> OpenedAccount {
    var request: [(key: String, value: JSONValue)] = [
      ("do", "open_account"), ("venue", .string(name)), ("account", .string(wish.name)),
      ("funds", .object(wish.funds.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value.description)) })),
    ]
    if wish.rights != [.query, .trade] {
      let names = isDerived ? wish.rights.map(\.rawValue).sorted() : try Self.permissions(wish.rights, name)
      request.append(("permissions", .array(names.map(JSONValue.string))))
    }
    let answer = try await ask(.object(request))
    return try Self.reading { () throws(JSONError) in
      var credentials: [String: Secret] = [:]
      for (slot, value) in try answer.object("credentials").members ?? [] {
        credentials[slot] = Secret(Array((value.text ?? "").utf8))
      }
      return OpenedAccount(credentials: credentials, identity: try answer.optionalString("identity"))
    }
  }

  /// The venue's own names of rights.
  private static func permissions(_ rights: Set<AccountWish.Right>, _ venue: String) throws(VenueTrouble) -> [String] {
    let names: [AccountWish.Right: [String]]
    switch venue {
    case "kraken":
      names = [
        .query: ["query-funds", "query-open-trades", "query-closed-trades", "query-ledger"],
        .trade: ["modify-trades", "close-trades"], .withdraw: ["withdraw-funds"],
      ]
    case "coinbase": names = [.query: ["view"], .trade: ["trade"], .withdraw: ["transfer"]]
    default: throw VenueTrouble("what \(venue) calls the rights of a key is not known")
    }
    return AccountWish.Right.allCases.filter(rights.contains).flatMap { names[$0] ?? [] }
  }

  func revokeKeys(of account: String) async throws(VenueTrouble) {
    _ = try await ask(["do": "revoke_key", "account": .string(account)])
  }

  func set(_ fault: VenueFault) async throws(VenueTrouble) {
    var request: [(key: String, value: JSONValue)] = [
      ("do", "fault"), ("venue", .string(name)), ("fault", .string(fault.text)),
    ]
    // What holds until it is cleared takes no numbers.
    if fault.first != 1 { request.append(("nth", .integer(fault.first))) }
    if fault.count != 1 { request.append(("count", .integer(fault.count))) }
    if let account = fault.account { request.append(("account", .string(account))) }
    let answer = try await ask(.object(request))
    let id = try Self.reading { () throws(JSONError) in try answer.integer("id") }
    faults.withLock { $0[fault.account, default: []].append(id) }
  }

  func clearFaults(of account: String) async throws(VenueTrouble) {
    let ids = faults.withLock { $0.removeValue(forKey: account) ?? [] }
    for id in ids { _ = try await ask(["do": "clear_faults", "id": .integer(id)]) }
  }

  func clearFaults() async throws(VenueTrouble) {
    faults.withLock { $0 = [:] }
    _ = try await ask(["do": "clear_faults"])
  }

  func stepClock(by step: Duration) async throws(VenueTrouble) {
    _ = try await ask(["do": "step_clock", "seconds": .integer(Int(step.components.seconds))])
    stepped.step(by: step)
  }

  func facts(of account: String) async throws(VenueTrouble) -> AccountFacts {
    let answer = try await ask(["do": "ledger", "account": .string(account)])
    return try Self.reading { () throws(JSONError) in
      try AccountFacts(ledger: answer.object("ledger"), account: account, clientIDs)
    }
  }

  func close() async { await program.stop() }

  private func ask(_ request: JSONValue) async throws(VenueTrouble) -> JSON {
    let (line, control) = (request.encoded, program.venues.control)
    do {
      let answer = try await NIOThreadPool.singleton.runIfActive {
        var socket = try LineSocket(connectingTo: control, limit: 10)
        return try JSON(parsing: try socket.ask(line))
      }
      guard answer["ok"]?.boolean == true else {
        throw VenueTrouble("the sandbox: \(answer["error"]?.text ?? "refused")")
      }
      return answer
    } catch let trouble as VenueTrouble {
      throw trouble
    } catch {
      throw VenueTrouble("the sandbox's control socket: \(error)")
    }
  }

  private static func reading<Value>(_ body: () throws(JSONError) -> Value) throws(VenueTrouble) -> Value {
    do {
      return try body()
    } catch {
      throw VenueTrouble("the sandbox's answer: \(error)")
    }
  }
}

/// The wall, and what it was stepped by.
private final class SteppedClock: ProtocolClock {
  private let offset = Mutex<Duration>(.zero)

  var now: Timestamp { WallClock().now + offset.withLock { $0 } }

  func step(by step: Duration) { offset.withLock { $0 += step } }
}

extension AccountFacts {
  /// Reads an account out of what the sandbox says of its ledger.
  init(ledger: JSON, account: String, _ clientIDs: ClientOrderIDRule) throws(JSONError) {
    for entry in try ledger.array("accounts") where try entry.string("account") == account {
      self.init(orders: [], fills: [], totals: [:])
      for order in try entry.array("orders") { orders.append(try Order(ledger: order, clientIDs)) }
      for fill in try entry.array("fills") { fills.append(try Fill(ledger: fill)) }
      for (currency, _) in try entry.object("balances").members ?? [] {
        totals[currency] = try entry.object("balances").decimal(currency)
      }
      return
    }
    throw .missing(account)
  }
}

extension AccountFacts.Order {
  fileprivate init(ledger json: JSON, _ clientIDs: ClientOrderIDRule) throws(JSONError) {
    let name = try json.optionalString("client_order_id")
    self.init(
      id: VenueOrderID(try json.string("id")),
      clientOrderID: name.flatMap { clientIDs.parse($0) ?? ClientOrderID(parsing: $0) }, clientText: name,
      symbol: Symbol(parsing: try json.string("symbol")), side: Side(rawValue: try json.string("side")),
      quantity: try json.optionalDecimal("quantity"), limit: try json.optionalDecimal("limit"),
      filled: try json.decimal("filled"), status: try json.string("status"))
  }
}

extension AccountFacts.Fill {
  fileprivate init(ledger json: JSON) throws(JSONError) {
    self.init(
      id: try json.string("id"), order: VenueOrderID(try json.string("order_id")), price: try json.decimal("price"),
      quantity: try json.decimal("quantity"), fee: try json.decimal("fee"), feeCurrency: try json.string("fee_currency")
    )
  }
}
