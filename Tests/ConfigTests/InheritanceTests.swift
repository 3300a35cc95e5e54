import Config
import Core
import Testing

/// What an account inherits, and how its ceilings narrow.
@Suite struct InheritanceTests {
  static let credentials = "credentials: {api_key: {env: K_KEY}, api_secret: {env: K_SECRET}}"
  static let user = "format: nija-user/1\ncredentials: {api_key: {env: U_KEY}, api_secret: {env: U_SECRET}}\n"

  private func accounts(
    top: String = "", defaults: String = "", broker: String = "", user: String = ""
  ) throws -> (master: AccountPlan, user: AccountPlan) {
    let manifest = """
      format: nija/1
      \(top)
      defaults:
        strategy: hold
        \(defaults)
      brokers:
        kraken:
          plugin: kraken
          \(Self.credentials)
          users: [users/u.yaml]
          \(broker)
      """
    let reading = read(["brokers.yaml": manifest, "users/u.yaml": Self.user + user])
    let found = try #require(reading.manifest, "\(reading.diagnostics)").accounts
    return (try #require(found.first), try #require(found.last))
  }

  @Test func `masters come before their users, in the order written`() throws {
    let user = { (name: String) in
      "format: nija-user/1\ncredentials: {api_key: {env: \(name)_A}, api_secret: {env: \(name)_B}}\n"
    }
    let manifest = """
      format: nija/1
      defaults: {strategy: hold}
      brokers:
        second: {plugin: kraken, users: [users/z.yaml, users/a.yaml]}
        first: {plugin: coinbase, users: [users/m.yaml]}
      """
    let reading = read([
      "brokers.yaml": manifest, "users/z.yaml": user("Z"), "users/a.yaml": user("A"), "users/m.yaml": user("M"),
    ])
    let plans = try #require(reading.manifest).accounts
    #expect(plans.map(\.id) == ["second", "second/z", "second/a", "first", "first/m"])
    #expect(plans.map(\.role) == [.master, .user, .user, .master, .user])
    #expect(plans.map(\.folder) == ["second", "second.z", "second.a", "first", "first.m"])
  }

  @Test func `each level's word replaces the one above, the defaults' where nobody speaks`() throws {
    let plans = try accounts(defaults: "candles: 15m", broker: "cycle: 60s", user: "candles: 1m\n")
    #expect(plans.master.candles == .seconds(900))
    #expect(plans.user.candles == .seconds(60))
    #expect(plans.user.cycle == .seconds(60))
    #expect(plans.user.restart.limit == 5)
    #expect(plans.user.restart.within == .seconds(600))
  }

  @Test func `within a block, what is left out is inherited`() throws {
    let plans = try accounts(
      defaults: "markets: {quote: EUR, top: 30}", broker: "markets: {top: 20}", user: "markets: {top: 10}\n")
    #expect(plans.master.markets.quote == "EUR")
    #expect(plans.master.markets.top == 20)
    #expect(plans.user.markets.quote == "EUR")
    #expect(plans.user.markets.top == 10)
  }

  @Test func `a mode is the user's, else the broker's, else the manifest's`() throws {
    #expect(try accounts().user.mode == .sandbox)
    #expect(try accounts(top: "mode: paper").user.mode == .paper)
    #expect(try accounts(top: "mode: paper", broker: "mode: live").user.mode == .live)
    #expect(try accounts(top: "mode: live", broker: "mode: live", user: "mode: paper\n").user.mode == .paper)
    #expect(try accounts(top: "mode: live", broker: "mode: paper\n    users_inherit: false").user.mode == .paper)
  }

  @Test func `a disabled broker disables its users, and a disabled user nobody else`() throws {
    let off = try accounts(broker: "enabled: false")
    #expect(off.master.disabledIn == "brokers.yaml")
    #expect(off.user.disabledIn == "brokers.yaml")
    let userOff = try accounts(user: "enabled: false\n")
    #expect(userOff.master.isEnabled)
    #expect(userOff.user.disabledIn == "users/u.yaml")
  }

  @Test func `a control and a name are the user's own`() throws {
    let plans = try accounts(broker: "name: Main", user: "control: exit_only\nname: Uma U.\n")
    #expect(plans.user.control == .exitOnly)
    #expect(plans.user.name == "Uma U.")
    #expect(plans.master.control == .independent)
    #expect(plans.master.name == "Main")
  }

  @Test func `included markets intersect and excluded ones unite`() throws {
    let plans = try accounts(
      defaults: #"markets: {include: ["*/USD"], exclude: [XRP/USD]}"#,
      broker: #"markets: {include: ["BTC/*", "ETH/*"]}"#,
      user: "markets: {include: [BTC/USD, SOL/USD], exclude: [ETH/USD]}\n")
    let admits = { (plan: AccountPlan) in
      ["BTC/USD", "ETH/USD", "BTC/EUR", "SOL/USD", "XRP/USD"].filter(plan.markets.filter.admits)
    }
    #expect(admits(plans.master) == ["BTC/USD", "ETH/USD"])
    #expect(admits(plans.user) == ["BTC/USD"])
    #expect(plans.user.markets.filter.exclude == ["ETH/USD", "XRP/USD"])
  }

  @Test func `the narrowest ceiling holds and every level is kept`() throws {
    let plans = try accounts(
      defaults: "risk: {max_order: 200, max_positions: 6, max_exposure: 70%}",
      broker: "risk: {max_order: 300, max_positions: 4}", user: "risk: {max_order: 50, max_exposure: 90%}\n")
    let risk = plans.user.risk
    #expect(risk.effective.maxOrder == ExactDecimal(integer: 50))
    #expect(risk.effective.maxPositions == 4)
    #expect(risk.effective.maxExposure == (try ExactDecimal(parsing: "0.7")))
    #expect(risk.host.maxOrder == ExactDecimal(integer: 200))
    #expect(risk.master.maxOrder == ExactDecimal(integer: 300))
    #expect(risk.master.maxExposure == nil)
    #expect(risk.user.maxPositions == nil)
    #expect(plans.master.risk.effective.maxOrder == ExactDecimal(integer: 200))
  }

  @Test func `a share and an amount of one entry both hold`() throws {
    let risk = try accounts(
      defaults: "risk: {order_size: 5%}", broker: "risk: {order_size: 80}", user: "risk: {order_size: 2%}\n"
    ).user.risk.effective
    #expect(risk.orderShare == (try ExactDecimal(parsing: "0.02")))
    #expect(risk.orderAmount == ExactDecimal(integer: 80))
  }

  @Test func `the declared defaults are ceilings, and only the manifest's defaults go beyond`() throws {
    #expect(try accounts(broker: "risk: {max_order: 9000}").user.risk.effective.maxOrder == ExactDecimal(integer: 250))
    #expect(
      try accounts(defaults: "risk: {max_order: 9000}").user.risk.effective.maxOrder == ExactDecimal(integer: 9_000))
  }

  @Test func `users who do not inherit still keep within the broker's ceilings`() throws {
    let plans = try accounts(
      broker: "cycle: 60s\n    users_inherit: false\n    risk: {max_order: 20}", user: "risk: {max_order: 40}\n")
    #expect(plans.user.cycle == .seconds(150))
    #expect(plans.user.risk.effective.maxOrder == ExactDecimal(integer: 20))
  }

  @Test func `a strategy's parameters come with its name, the declared defaults for the others`() throws {
    let plans = try accounts(user: "strategy: {name: trend_pullback, adx_floor: 31.5}\n")
    #expect(plans.master.strategy.name == "hold")
    #expect(plans.master.strategy.parameters.isEmpty)
    #expect(plans.user.strategy.name == "trend_pullback")
    #expect(plans.user.strategy.parameters["adx_floor"] == .decimal(try ExactDecimal(parsing: "31.5")))
    #expect(plans.user.strategy.parameters["time_stop"] == .duration(.seconds(28_800)))
  }

  @Test func `paths are relative to the file that names them`() throws {
    let manifest = """
      format: nija/1
      state: data
      sandbox: {faults: faults.yaml}
      admin_token: {file: token}
      defaults: {strategy: hold}
      brokers: {kraken: {plugin: kraken, users: [users/u.yaml]}}
      """
    let user = "format: nija-user/1\ncredentials: {api_key: {file: u.key}, api_secret: {file: /run/u.secret}}\n"
    let files = ManifestFiles.memory(["etc/nija/brokers.yaml": manifest, "etc/nija/users/u.yaml": user])
    let loader = ManifestLoader(
      vocabulary: Sample.vocabulary, files: files, describe: Sample.describe, digest: countingDigest)
    let result = try #require(loader.load("etc/nija/brokers.yaml").manifest)
    #expect(result.state == "etc/nija/data")
    #expect(result.sandbox.faults == "etc/nija/faults.yaml")
    #expect(result.adminToken == .file("etc/nija/token"))
    #expect(result.files == ["etc/nija/brokers.yaml", "etc/nija/users/u.yaml"])
    let references = result.accounts.last?.credentials.map(\.reference)
    #expect(references == [.file("etc/nija/users/u.key"), .file("/run/u.secret")])
  }

  @Test func `the hash changes with any byte of any file, and with nothing else`() throws {
    let files = [
      "brokers.yaml": "format: nija/1\nbrokers: {kraken: {plugin: kraken, strategy: hold, users: [users/u.yaml]}}\n",
      "users/u.yaml": Self.user,
    ]
    let hash = try #require(read(files).manifest?.hash)
    #expect(read(files).manifest?.hash == hash)
    for name in files.keys {
      var changed = files
      changed[name, default: ""] += "# a word\n"
      let other = try #require(read(changed).manifest)
      #expect(other.hash != hash)
      #expect(other.accounts == read(files).manifest?.accounts)
    }
  }
}
