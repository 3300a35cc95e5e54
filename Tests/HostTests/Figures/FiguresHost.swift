import Foundation

/// A host of one account at each venue whose strategy trades often, with faults and figures.
final class FiguresHost {
  static let accounts = ["kraken", "coinbase"]
  private(set) var host: RunningHost
  /// A host that is let go of takes its folder along.
  private var hosts: [RunningHost] = []
  let folder: URL
  private let text: String
  private(set) var disk: SmallDisk?

  /// - Parameters:
  ///   - parameters: of the strategy, beyond those that make it enter almost always.
  ///   - defaults: what else stands under `defaults`.
  init(
    seed: Int, parameters: [String: String] = [:], risk: String = "order_size: 2%, max_order: 250, max_positions: 8",
    markets: String = "quote: USD", diskOf mebibytes: Int? = nil
  ) throws {
    let eager = [
      "adx_floor": "0", "volume_floor": "0%", "filter_conditions": "1", "entry_conditions": "1", "pullback": "10%",
      "entry_volume": "0%", "first_target": "3", "min_edge": "0%", "time_stop": "20m",
    ].merging(parameters) { $1 }.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ")
    folder = RunningHost.newFolder()
    text = """
      format: nija/1
      mode: sandbox
      listen: 127.0.0.1:0
      sandbox: {speed: 60, seed: \(seed)}
      defaults:
        strategy: {name: trend_pullback, \(eager)}
        candles: 5m
        cycle: 120s
        markets: {\(markets)}
        risk: {\(risk)}
      brokers:
        kraken: {plugin: kraken, options: {tier: pro}, credentials: {api_key: {env: A}, api_secret: {env: B}}}
        coinbase: {plugin: coinbase, credentials: {api_key: {env: C}, api_secret: {env: D}}}

      """
    if let mebibytes {
      disk = try SmallDisk(
        at: folder.appending(path: ".nija"), mebibytes: mebibytes, within: "sandbox/venue",
        outside: folder.appending(path: "venue"))
    }
    let text = text
    host = try RunningHost(folder: folder, entrance: disk?.entrance ?? []) { _ in text }
    hosts = [host]
  }

  /// The host over the same folder once more, after it was drained.
  func restart() throws {
    let text = text
    host = try RunningHost(folder: folder, entrance: disk?.entrance ?? []) { _ in text }
    hosts.append(host)
  }

  /// Sets these faults and no others.
  func setFaults(_ faults: [String]) throws {
    let file = folder.appending(path: "faults.yaml")
    let lines = ["format: nija-faults/1", "faults:"] + faults.map { "  - {\($0)}" }
    try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    let outcome = try host.command("sandbox", "faults", file.path)
    guard outcome.status == 0 else { throw NotObserved(description: "faults: \(outcome.errors)") }
  }

  func clearFaults() throws { _ = try host.command("sandbox", "faults", "--clear") }

  /// How often the faults of each venue struck.
  func struck() throws -> [String: Int] {
    var sums: [String: Int] = [:]
    for fault in try host.json("sandbox faults")["faults"] as? [[String: Any]] ?? [] {
      sums[fault["venue"] as? String ?? "", default: 0] += fault["struck"] as? Int ?? 0
    }
    return sums
  }

  /// How many calls the faults of each venue concern at the most.
  func calls() throws -> [String: Int] {
    var most: [String: Int] = [:]
    for fault in try host.json("sandbox faults")["faults"] as? [[String: Any]] ?? [] {
      let venue = fault["venue"] as? String ?? ""
      most[venue] = max(most[venue] ?? 0, fault["calls"] as? Int ?? 0)
    }
    return most
  }

  /// How often the faults struck in all.
  func struckInAll() throws -> Int { try struck().values.reduce(0, +) }

  /// Until both accounts hold a position with a stop at the venue.
  func awaitPositions() async throws {
    _ = try await host.await("a position with its stop on both accounts", within: 90) { () -> Bool? in
      let accounts = try host.accounts()
      return Self.accounts.allSatisfy {
        accounts[$0]?["positions"] as? Int ?? 0 > 0 && accounts.orders($0, "open") > 0
      } ? true : nil
    }
  }

  /// Until both venues answer and every order's outcome is known; how long that took.
  @discardableResult
  func awaitKnown(within seconds: Double) async throws -> Duration {
    let start = ContinuousClock.now, began = Date()
    _ = try await host.await("both venues answer, every outcome known", within: seconds) { () -> Bool? in
      let accounts = try host.accounts()
      return try Self.accounts.allSatisfy {
        guard accounts.orders($0, "unknown") == 0, let last = accounts[$0]?["last_private_call_at"] as? String else {
          return false
        }
        return try AccountBooks.date(last) > began
      } ? true : nil
    }
    return ContinuousClock.now - start
  }

  /// Until both accounts trade; how long that took. The cycle that is under way may have many orders to follow first.
  func awaitTrading(within seconds: Double) async throws -> Duration {
    let start = ContinuousClock.now
    _ = try await host.await("both accounts trading", within: seconds) { () -> Bool? in
      let accounts = try host.accounts()
      return Self.accounts.allSatisfy { accounts[$0]?["state"] as? String == "trading" } ? true : nil
    }
    return ContinuousClock.now - start
  }

  /// The books of both accounts after the host has left. What filled at the venue between a worker's last look and its
  /// end is not lost but not known yet: then the host starts once more and reconciles.
  func finalBooks() async throws -> [AccountBooks] {
    for _ in 0..<3 {
      guard host.drain() == 0 else { throw NotObserved(description: "drained with \(host.process.terminationStatus)") }
      let books = try Self.accounts.map(books)
      guard books.contains(where: { !$0.wrongs.isEmpty }) else { return books }
      print("  not yet alike: \(books.flatMap(\.wrongs).prefix(3)); once more from a start")
      try restart()
      try await awaitKnown(within: 90)
    }
    _ = host.drain()
    return try Self.accounts.map(books)
  }

  /// What journal and ledger say now.
  func books(_ account: String) throws -> AccountBooks {
    let ledger = try host.json("sandbox ledger")["accounts"] as? [[String: Any]] ?? []
    let limit = ["--limit", "100000"]
    func list(_ name: String) throws -> [[String: Any]] {
      try host.json(name, account, limit[0], limit[1])[name] as? [[String: Any]] ?? []
    }
    return try AccountBooks(
      account: account, rows: try list("journal"), orders: try list("orders"), fills: try list("fills"),
      positions: try list("positions"), ledger: ledger.first { $0["account"] as? String == account } ?? [:])
  }
}

extension [String: [String: Any]] {
  /// A count of `status --json`'s orders; -1 where it is not known.
  func orders(_ account: String, _ count: String) -> Int {
    (self[account]?["orders"] as? [String: Any])?[count] as? Int ?? -1
  }
}
