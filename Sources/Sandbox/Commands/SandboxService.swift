import Core
import Descriptor
import Glibc
import NIOCore

/// What a sandbox is started with.
struct SandboxSettings: Sendable {
  /// The state directory.
  var state: String
  /// Market seconds in a second of the wall.
  var speed: Int
  /// Which market it is.
  var seed: UInt64
  /// The loopback address.
  var host: String
  /// By the venue's name; any where it is 0 or not named.
  var ports: [String: Int]
  var options = VenueOptions()
  /// Venues that are made from descriptors.
  var descriptors: [Descriptor] = []
  /// What goes wrong from the start.
  var faults: [FaultRule] = []
}

/// A sandbox that is running: exchange, venues, control.
final class SandboxService {
  private let exchange: Exchange
  private let servers: [(name: String, server: VenueServer)]
  private let control: ControlServer
  private let settings: SandboxSettings

  init(_ settings: SandboxSettings) throws {
    let wall = WallClock()
    let clock = SteppableClock(wall)
    let faults = FaultTable()
    try faults.replace(settings.faults, at: clock.now)
    let time = MarketTime(wall: wall, speed: settings.speed, store: try MarketTimeFile(directory: settings.state))
    let fresh = LedgerFile.Header(salt: .random(in: .min ... .max), anchor: time.line.origin)
    let (ledger, entries) = try LedgerFile.open(directory: settings.state, fresh: fresh)
    let served = ServedVenue.all(settings.descriptors, settings.options)
    let market = MarketData(model: MarketModel(seed: settings.seed, anchor: ledger.header.anchor))
    let exchange = try Exchange(
      ledger: ledger, entries: entries, market: market, marketTime: time, wall: clock,
      venues: served.map(\.rules), skew: { faults.skew(of: $0, at: $1) })
    let venues = served.map { (name: $0.rules.name, venue: $0.make(exchange)) }
    self.servers = try venues.map { name, venue in
      let gateway = VenueGateway(name: name, venue: venue, faults: faults, clock: clock)
      return (name, try VenueServer(gateway, host: settings.host, port: settings.ports[name] ?? 0))
    }
    let byName = Dictionary(uniqueKeysWithValues: venues.map { ($0.name, $0.venue) })
    self.control = try ControlServer(
      ControlDesk(exchange: exchange, venues: byName, faults: faults, clock: clock), directory: settings.state)
    self.exchange = exchange
    self.settings = settings
    servers.first?.server.every(.milliseconds(100)) {
      exchange.advance()
      for (_, venue) in venues { venue.advance() }
    }
  }

  /// What is told once everything listens.
  var announcement: JSONValue {
    let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    let clock = exchange.marketClock
    return [
      "format": "nija-sandbox/1", "pid": .integer(Int(getpid())),
      "endpoints": .object(servers.map { ($0.name, .string("http://\(host):\($0.server.port)")) }),
      "control": .string(settings.state + "/control.sock"),
      "market_clock": [
        "wall_origin": .string(String(clock.wallOrigin.nanoseconds)),
        "origin": .string(String(clock.origin.nanoseconds)), "speed": .integer(clock.speed),
      ],
    ]
  }

  /// Ends every connection, then everything else.
  func stop() {
    control.stop()
    for (_, server) in servers { server.stop() }
  }
}

/// The directory a sandbox keeps its state in.
enum StateDirectory {
  /// Makes it, and what leads to it, for the owner alone.
  static func make(_ path: String) throws(LedgerError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw .system("make \(made)", code: errno) }
    }
  }
}
