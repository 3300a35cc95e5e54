import Config
import Core
import Foundation
import Glibc
import Messages
import NIOPosix
import Testing

@testable import Host

/// The supervisor with shell scripts in the worker's place: what it starts, tells, kills and shows.
@Suite struct SupervisorTests {
  private static let vocabulary = ManifestVocabulary(
    plugins: [
      PluginDeclaration(
        name: "kraken", title: "Kraken",
        credentials: [CredentialSlot("api_key", .text, doc: "x"), CredentialSlot("api_secret", .base64, doc: "x")],
        defaultEndpoint: "https://api.kraken.com")
    ],
    strategies: [
      StrategyDeclaration(name: "trend_pullback", doc: "x"), StrategyDeclaration(name: "hold", doc: "x"),
    ])

  private static let variables = [
    "M_KEY": "masterkey1", "M_SECRET": "bWFzdGVyc2VjcmV0", "T_SECRET": "dGFuaWFzZWNyZXQ=",
  ]

  private static let manifest = """
    format: nija/1
    mode: live
    defaults: {strategy: hold}
    brokers:
      kraken:
        plugin: kraken
        endpoint: http://127.0.0.1:9
        credentials: {api_key: {env: M_KEY}, api_secret: {env: M_SECRET}}
        users: [users/tania.yaml]
    """

  private static let user = """
    format: nija-user/1
    name: Tania
    credentials: {api_key: {file: tania.key}, api_secret: {env: T_SECRET}}
    """

  /// A worker that greets, says it is ready, records what it is told and reports every 100 ms.
  private static func goodWorker(_ folder: String) -> String {
    """
    #!/bin/sh
    F=\(folder)
    name=$(echo "$2" | tr / .)
    echo "$1 $$" >> $F/started.$name
    cat $F/hello >&3
    cat $F/ready >&3
    cat <&3 >> $F/told.$1.$name &
    reader=$!
    (while :; do cat $F/$1.report >&3 || exit; sleep 0.1; done) &
    reports=$!
    wait $reader
    kill $reports
    """
  }

  private func supervisor(
    _ folder: TemporaryFolder, _ tap: LogTap, worker: String, manifest: String = manifest, isLive: Bool = true,
    policy: RestartPolicy = RestartPolicy()
  ) throws -> Supervisor {
    var policy = policy
    policy.drainLimit = min(policy.drainLimit, .milliseconds(300))
    try folder.write("nija-worker", worker)
    chmod(folder.path + "/nija-worker", 0o755)
    try folder.write("hello", WorkerMessage.hello(build: "stand-in").frame)
    try folder.write("ready", WorkerMessage.readyForSecrets.frame)
    try folder.write("account.report", WorkerMessage.report(Sample.report()).frame)
    try folder.write("feed.report", WorkerMessage.feed(FeedReport(isFresh: true, instruments: 3, fault: nil)).frame)
    try FileManager.default.createDirectory(atPath: folder.path + "/users", withIntermediateDirectories: true)
    try folder.write("brokers.yaml", manifest)
    try folder.write("users/tania.yaml", Self.user)
    let reading = ManifestLoader(vocabulary: Self.vocabulary, digest: { "\($0.count)" }).load(
      folder.path + "/brokers.yaml")
    #expect(reading.errors.isEmpty, "\(reading.errors)")
    let loaded = try #require(reading.manifest)
    return Supervisor(
      HostContext(
        manifest: loaded, isLive: isLive, programs: Programs(directory: folder.path, workerBuild: "stand-in"),
        settings: SettingsBuilder(
          state: folder.path + "/state", keys: folder.path + "/keys", certificatesDirectory: nil),
        plugins: Self.vocabulary.plugins, credentials: CredentialCheck(variable: { Self.variables[$0] }),
        children: Children(), group: MultiThreadedEventLoopGroup.singleton, log: tap.log, clock: WallClock(),
        policy: policy))
  }

  /// Runs a supervisor around `body`, then drains it to its end.
  private func running(_ supervisor: Supervisor, _ body: @Sendable @escaping () async throws -> Void) async throws {
    try await withReaper(supervisor.context.children) {
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await supervisor.run() }
        do {
          try await body()
        } catch {
          Issue.record(error)
        }
        await supervisor.drain()
        try await tasks.waitForAll()
      }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `accounts run in processes of their own with their own secrets, and a missing key holds up nobody`() async throws
  {
    let folder = try TemporaryFolder()
    let tap = LogTap()
    let supervisor = try supervisor(folder, tap, worker: Self.goodWorker(folder.path))
    try await running(supervisor) {
      #expect(
        await tap.line(containing: "NOT CONFIGURED")?.contains(
          "⚪ USER: Tania: NOT CONFIGURED (Broker: KRAKEN, Credentials not set: \(folder.path)/users/tania.key)") == true
      )
      #expect(await tap.line(containing: "✅ Kraken MASTER connected") != nil)
      #expect(await tap.line(containing: "✅ Started independent trading thread for kraken (MASTER)") != nil)
      let before = await supervisor.status
      #expect(before.accounts.map(\.standing.state) == [.trading, .awaitingCredentials])
      #expect(before.accounts[1].standing.nextStep?.contains("looked at every few seconds") == true)
      #expect(before.accounts[1].process == nil && before.feeds.count == 1)
      // The file comes: the account heals by itself.
      try folder.write("users/tania.key", "taniakey1\n")
      #expect(await tap.line(containing: "thread for tania_kraken (USER)") != nil)
      let after = await supervisor.status
      #expect(Set(after.accounts.compactMap(\.process)).count == 2)
      #expect(after.accounts[0].restarts == 0, "the master's worker is the one it was")
    }
    let hex = { (text: String) in Hex.encode(Array(text.utf8)) }
    let master = try #require(folder.read("told.account.kraken"))
    let tania = try #require(folder.read("told.account.kraken.tania"))
    let feed = try #require(folder.read("told.feed.kraken"))
    #expect(master.contains(hex("masterkey1")) && !master.contains(hex("taniakey1")))
    #expect(tania.contains(hex("taniakey1")) && !tania.contains(hex("masterkey1")))
    #expect(!feed.contains(hex("masterkey1")) && !feed.contains(hex("taniakey1")))
    #expect(master.contains(#""say":"drain""#) && master.contains(#""endpoint":"http://127.0.0.1:9""#))
    #expect(master.contains("\(folder.path)/state/live/kraken\"") && tania.contains("/state/live/kraken.tania\""))
    #expect(!(folder.read("started.kraken") ?? "").isEmpty)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a killed worker is replaced and its neighbour is not touched`() async throws {
    let folder = try TemporaryFolder()
    let tap = LogTap()
    let supervisor = try supervisor(folder, tap, worker: Self.goodWorker(folder.path))
    try folder.write("users/tania.key", "taniakey1\r\n")
    try await running(supervisor) {
      try await eventually("both trade") {
        await supervisor.status.accounts.allSatisfy { $0.standing.state == .trading }
      }
      let before = await supervisor.status.accounts.map(\.process)
      kill(try #require(before[1]), SIGKILL)
      #expect(await tap.line(containing: "ended by signal 9") != nil)
      try await eventually("it trades again") {
        let account = await supervisor.status.accounts[1]
        return account.standing.state == .trading && account.process != before[1] && account.restarts == 1
      }
      #expect(await supervisor.status.accounts[0].process == before[0])
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `what a worker says last outlives its exit, and what it prints is logged line by line within bounds`()
    async throws
  {
    let folder = try TemporaryFolder()
    let tap = LogTap()
    var report = Sample.report()
    (report.state, report.reason, report.nextStep) = (.starting, "the key may withdraw", "make another key")
    try folder.write("last", WorkerMessage.report(report).frame)
    let worker = """
      #!/bin/sh
      [ $1 = feed ] && exec cat <&3 >/dev/null
      F=\(folder.path)
      cat $F/hello >&3
      cat $F/ready >&3
      head -c 100000 /dev/zero | tr '\\0' y
      echo
      echo "pid of $2" >&2
      cat $F/last >&3
      exit 77
      """
    let supervisor = try supervisor(folder, tap, worker: worker)
    try await running(supervisor) {
      let long = await tap.line(containing: "yyyy")
      #expect(long?.contains("| kraken |") == true && (long?.count ?? 0) < 2_200)
      #expect(await tap.line(containing: "pid of kraken") != nil)
      #expect(await tap.line(containing: "parked: the key may withdraw; next: make another key") != nil)
      let account = await supervisor.status.accounts[0]
      #expect(account.standing.state == .parked && account.process == nil)
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a worker of another build, or that says no message, is not trusted`()
    async throws
  {
    let folder = try TemporaryFolder()
    let tap = LogTap()
    try folder.write("skewed", WorkerMessage.hello(build: "other").frame)
    let worker = "#!/bin/sh\ncat \(folder.path)/skewed >&3\ncat <&3 >> \(folder.path)/told.$1\n"
    let supervisor = try supervisor(folder, tap, worker: worker)
    try await running(supervisor) {
      let line = await tap.line(containing: "parked: nija-worker was rebuilt")
      #expect(line?.contains("next: restart the host") == true)
    }
    #expect(folder.read("told.account")?.contains("secrets") != true)

    let other = try TemporaryFolder()
    let babbler = "#!/bin/sh\nprintf '\\377\\377\\377\\377junk' >&3\nexec sleep 60\n"
    var policy = RestartPolicy()
    policy.closingLimit = .milliseconds(10)
    let distrustful = try self.supervisor(other, LogTap(), worker: babbler, policy: policy)
    try await running(distrustful) {
      try await eventually("it is killed and started again") { await distrustful.status.accounts[0].restarts > 0 }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a worker that hangs is killed and started again`() async throws {
    let folder = try TemporaryFolder()
    let worker = "#!/bin/sh\ncat \(folder.path)/hello \(folder.path)/ready >&3\nexec sleep 60\n"
    var policy = RestartPolicy()
    policy.heartbeatLimit = .milliseconds(300)
    let tap = LogTap()
    let supervisor = try supervisor(folder, tap, worker: worker, policy: policy)
    try await running(supervisor) {
      #expect(await tap.line(containing: "no word from the worker") != nil)
      try await eventually("it is started again") { await supervisor.status.accounts[0].restarts > 0 }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `sandbox accounts get keys from the venues, and new ones when the venues had to be started again`() async throws
  {
    let folder = try TemporaryFolder()
    let tap = LogTap()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/nija-sandbox", withDestinationPath: try Programs().sandbox)
    var policy = RestartPolicy()
    policy.drainLimit = .milliseconds(200)
    let supervisor = try supervisor(
      folder, tap, worker: Self.goodWorker(folder.path),
      manifest: Self.manifest.replacing("mode: live", with: "mode: sandbox"), policy: policy)
    try await running(supervisor) {
      try await eventually("both trade, without a variable read") {
        await supervisor.status.accounts.allSatisfy { $0.standing.state == .trading }
      }
      let first = await supervisor.status
      kill(try #require(first.sandboxProcess), SIGKILL)
      #expect(await tap.line(containing: "the venues are gone") != nil)
      try await eventually("both trade again at the new venues") {
        let now = await supervisor.status
        return now.sandboxProcess != first.sandboxProcess
          && now.accounts.allSatisfy { $0.standing.state == .trading && $0.restarts == 1 }
      }
    }
    let told = try #require(folder.read("told.account.kraken"))
    let endpoints = Set(told.split(separator: "\"").filter { $0.hasPrefix("http://127.0.0.1:") })
    let keys = Set(told.split(separator: "\"").filter { $0.contains("/sandbox/keys/") })
    #expect(endpoints.count == 2 && !endpoints.contains("http://127.0.0.1:9"))
    #expect(keys.count == 2 && !told.contains(Hex.encode(Array("masterkey1".utf8))))
  }

  @Test(.timeLimit(.minutes(1))) func `what a mode or a version forbids is parked and says why`() async throws {
    let folder = try TemporaryFolder()
    let supervisor = try supervisor(folder, LogTap(), worker: Self.goodWorker(folder.path), isLive: false)
    try await running(supervisor) {
      try await eventually("both are parked") {
        await supervisor.status.accounts.map(\.standing.state) == [.parked, .parked]
      }
      let account = await supervisor.status.accounts[0]
      #expect(account.standing.reason?.contains("--live") == true && account.standing.nextStep != nil)
    }
    #expect(folder.read("started.kraken") == nil, "nothing was started")
  }

  @Test(.timeLimit(.minutes(1)))
  func `a look is asked of the worker that runs, once however many ask, and ends with the worker`() async throws {
    let folder = try TemporaryFolder()
    // Takes what it is told and never answers a look.
    let supervisor = try supervisor(folder, LogTap(), worker: Self.goodWorker(folder.path))
    try await running(supervisor) {
      try await eventually("the master trades") {
        await supervisor.status.accounts.first?.standing.state == .trading
      }
      let asking = Task { await supervisor.probe(["kraken", "kraken/tania", "nobody", "kraken"]) }
      try await eventually("the worker is told") {
        folder.read("told.account.kraken")?.contains(#"{"say":"probe","with_clock":true}"#) == true
      }
      kill(try #require(await supervisor.status.accounts.first?.process), SIGKILL)
      let answers = await asking.value
      #expect(answers.map(\.account) == ["kraken", "kraken/tania", "nobody", "kraken"])
      #expect(answers[0].answer == .notAsked("its worker ended by signal 9 (Killed)"))
      #expect(answers[3].answer == answers[0].answer && answers[2].answer == .unknown)
      #expect(answers[1].state == .awaitingCredentials && answers[1].nextStep?.contains("tania.key") == true)
      if case .notAsked(let reason) = answers[1].answer {
        #expect(reason.contains("tania.key"))
      } else {
        Issue.record("it was asked")
      }
    }
    #expect(folder.read("told.account.kraken")?.components(separatedBy: #""say":"probe""#).count == 2)
  }

  @Test(.timeLimit(.minutes(1)))
  func `what a worker saw reaches whoever asked, and the clock it read is shown for all of its venue`() async throws {
    let folder = try TemporaryFolder()
    let report = ProbeReport(
      clock: .observed(ClockOffset(milliseconds: -42, uncertaintyMilliseconds: 3)),
      permissions: .notAsked("x"), balances: .failed(ProbeFailure(code: "network", message: "y")))
    try folder.write("probed", WorkerMessage.probed(report).frame)
    let worker = Self.goodWorker(folder.path).replacing(
      "cat $F/$1.report >&3", with: "cat $F/$1.report >&3; [ $1 = account ] && cat $F/probed >&3")
    let supervisor = try supervisor(folder, LogTap(), worker: worker)
    try folder.write("users/tania.key", "taniakey1")
    try await running(supervisor) {
      try await eventually("both trade") {
        await supervisor.status.accounts.allSatisfy { $0.standing.state == .trading }
      }
      #expect(await supervisor.status.accounts.allSatisfy { $0.clock == nil })
      let answers = await supervisor.probe(["kraken", "kraken/tania"])
      #expect(answers.map(\.answer) == [.looked(report), .looked(report)])
      #expect(await supervisor.status.accounts.allSatisfy { $0.clock?.milliseconds == -42 })
    }
    let told = ["kraken", "kraken.tania"].map { folder.read("told.account.\($0)") ?? "" }.joined()
    #expect(told.components(separatedBy: #""with_clock":true"#).count == 2, "the venue's clock is asked for once")
  }

  @Test(.timeLimit(.minutes(2))) func `a worker that will not leave is killed when its time is up`() async throws {
    let folder = try TemporaryFolder()
    let worker = """
      #!/bin/sh
      trap '' TERM INT
      cat \(folder.path)/hello \(folder.path)/ready \(folder.path)/$1.report >&3
      while :; do sleep 1; done
      """
    var policy = RestartPolicy()
    policy.drainLimit = .milliseconds(300)
    let supervisor = try supervisor(folder, LogTap(), worker: worker, policy: policy)
    try await withReaper(supervisor.context.children) {
      await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await supervisor.run() }
        try? await eventually("it runs") { await supervisor.status.accounts.first?.standing.state == .trading }
        await supervisor.drain()
        await tasks.waitForAll()
      }
    }
    #expect(await supervisor.status.accounts.allSatisfy { $0.process == nil })
  }
}
