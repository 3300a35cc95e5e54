internal import Broker
internal import Core

/// Keys that do not work, secrets that must not be seen, calls at once.
enum KeyCases {
  static let all = [revoked, wrongSecret, unusable, noKey, secrets, atOnce, overtaking, cancelled]

  private static let revoked = ConformanceCase("a revoked key is told as such, and not tried on and on") { trial in
    let account = try await trial.account()
    _ = try await account.plugin.fetchBalances()
    try await trial.venue.revokeKeys(of: account.wish.name)
    try await checkRefused(account, "a revoked key")
  }

  private static let wrongSecret = ConformanceCase("a wrong secret is told as such, and not tried on and on") { trial in
    let (account, other) = (try await trial.account(), try await trial.account())
    // The name of one key with the secret of another.
    var credentials = account.opened.credentials
    let slots = trial.spec.declaration.credentials
    guard let secret = slots.last?.name, slots.count > 1 else { return }
    credentials[secret] = other.opened.credentials[secret]
    let wire = ObservedTransport(account.wire)
    let plugin = try trial.subject.make(trial.context(credentials, wire, nonces: RisingNonces(trial.venue.clock)))
    plugin.learn(trial.survey.instruments)
    let mixed = TrialAccount(trial, account.wish, OpenedAccount(credentials: credentials, identity: nil), plugin, wire)
    try await checkRefused(mixed, "a wrong secret")
  }

  private static func checkRefused(_ account: TrialAccount, _ what: String) async throws {
    let before = account.wire.sent
    let error = try await failure(what) { () async throws(BrokerError) in try await account.plugin.fetchBalances() }
    try error.expect(.invalidKey, .invalidSignature, from: what)
    try expect("its scope", error.scope, is: .account)
    try expect("what is next", error.recovery, is: .never)
    try expect(account.wire.sent - before <= 3, "three tries at most", seen: "\(account.wire.sent - before)")
    let order = try account.resting()
    let refused = try await failure("an order with \(what)") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    try refused.expectNotExecuted("an order with \(what)")
    try expect("orders at the venue", try await account.facts().orders.count, is: 0)
  }

  private static let unusable = ConformanceCase("a secret that cannot be one is refused at once, and not shown") {
    trial in
    let account = try await trial.account()
    for slot in trial.spec.declaration.credentials where !slot.formats.contains(.text) {
      let canary = "conformance-canary-\(Trial.digits(16))"
      var credentials = account.opened.credentials
      credentials[slot.name] = Secret(Array(canary.utf8))
      let context = trial.context(credentials, account.wire, nonces: RisingNonces(trial.venue.clock))
      let error = try await failure("a plugin with such a \(slot.name)") { () async throws(BrokerError) in
        _ = try trial.subject.make(context)
      }
      try error.expect(.misconfigured, from: "a plugin with such a \(slot.name)")
      try expect(
        error.texts.allSatisfy { !$0.contains(canary) && !$0.contains("canary") }, "no part of the value in a text",
        seen: "it is there")
    }
  }

  private static let noKey = ConformanceCase("a plugin without credentials sends nothing private") { trial in
    let (plugin, wire) = try trial.feed(withKey: false)
    let error = try await failure("a private call without credentials") { () async throws(BrokerError) in
      try await plugin.fetchBalances()
    }
    try error.expect(.misconfigured, .notSent, .invalidKey, from: "a private call without credentials")
    try expect("requests sent", wire.sent, is: 0)
  }

  /// Ends the case when a text has a secret, a line of one, or anything that was sent as a header in it.
  static func checkNothingShown(_ error: BrokerError, _ account: TrialAccount) throws(Mismatch) {
    var canaries = account.wire.headerValues
    for secret in account.opened.credentials.values {
      let text = secret.withExposedBytes { String(decoding: $0, as: UTF8.self) }
      for line in text.split(whereSeparator: \.isNewline) where line.utf8.count >= 12 && !line.hasPrefix("-----") {
        canaries.insert(String(line))
      }
    }
    for value in canaries {
      // Half of it is as bad as all of it.
      let part = value.prefix(max(12, value.count / 2))
      guard error.texts.allSatisfy({ !$0.contains(part) }) else {
        throw Mismatch(expected: "no part of a secret in an error's text", seen: "\(error.operation): \(error.code)")
      }
    }
  }

  private static let secrets = ConformanceCase("no error shows a part of a secret, a token or a signature") { trial in
    let account = try await trial.account()
    let faults = ["drop_after", "http:502", "garbage:html", "garbage:empty", "error:\(Trial.digits(8))", "cut:30%"]
    for fault in faults {
      let key = try await account.anotherKey()
      let order = try key.resting()
      try await account.fault(fault, count: 3)
      do throws(BrokerError) { _ = try await key.plugin.place(order) } catch { try checkNothingShown(error, key) }
      do throws(BrokerError) { _ = try await key.plugin.fetchBalances() } catch { try checkNothingShown(error, key) }
      try await trial.venue.clearFaults(of: account.wish.name)
    }
    try await trial.venue.revokeKeys(of: account.wish.name)
    do throws(BrokerError) { _ = try await account.plugin.fetchBalances() } catch {
      try checkNothingShown(error, account)
    }
  }

  private static let atOnce = ConformanceCase("calls made at once are all answered") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<5 {
        group.addTask { _ = try await account.plugin.fetchBalances() }
        group.addTask { _ = try await account.plugin.fetchOrders(.venue(id)) }
      }
      try await group.waitForAll()
    }
  }

  private static let overtaking = ConformanceCase("a cancel does not wait behind a question that hangs") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    account.wire.cap = .seconds(6)
    try await account.fault("hang")
    let question = Task { try? await account.plugin.fetchBalances() }
    while account.wire.active == 0 { try await Task.sleep(for: .milliseconds(5)) }
    // The question must be the one that the fault strikes.
    try await Task.sleep(for: .milliseconds(200))
    let started = ContinuousClock.now
    _ = try await account.plugin.cancel(id)
    let took = ContinuousClock.now - started
    question.cancel()
    _ = await question.value
    try expect(took < .seconds(3), "a cancel at once", seen: "one after \(took)")
    try expect("open orders at the venue", try await account.facts().open.count, is: 0)
  }

  private static let cancelled = ConformanceCase("a call that is given up ends at once") { trial in
    let account = try await trial.account()
    try await account.fault("hang")
    let question = Task { () async -> BrokerError? in
      do throws(BrokerError) {
        _ = try await account.plugin.fetchBalances()
        return nil
      } catch {
        return error
      }
    }
    while account.wire.active == 0 { try await Task.sleep(for: .milliseconds(5)) }
    let started = ContinuousClock.now
    question.cancel()
    let error = await question.value
    let took = ContinuousClock.now - started
    try expect(error != nil, "an error", seen: "an answer")
    try expect(took < .seconds(2), "an end at once", seen: "\(took)")
  }
}
