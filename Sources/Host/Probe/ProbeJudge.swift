import Broker
import Config
import Core

/// What the outcomes of one look mean for one account, and how to mend what is wrong.
struct ProbeJudge: Sendable {
  let plan: AccountPlan
  let spec: PluginSpec
  let endpoint: String

  private static let clockNotice = 5_000
  private static let clockLimit = 30_000

  private var venue: String { spec.declaration.title }

  /// A finding for each fact, in the order in which they are shown.
  func findings(_ report: ProbeReport) -> [ProbeFinding] {
    let connection = connection(report)
    var facts = [clock(report.clock), permissions(report.permissions), balance(report.balances)]
    if connection?.mark == .bad {
      // Said once, with what to do.
      for index in facts.indices where facts[index].mark == .bad {
        facts[index] = ProbeFinding(facts[index].fact, .open, "\(facts[index].fact): no answer")
      }
    }
    return (connection.map { [$0] } ?? []) + facts
  }

  // MARK: Connection

  /// Codes of a request that nobody answered.
  private static let unreached: Set<String> = [
    BrokerError.Code.network.rawValue, BrokerError.Code.untrustedVenue.rawValue, ProbeFailure.timedOut,
  ]

  private func connection(_ report: ProbeReport) -> ProbeFinding? {
    if let permissions = report.permissions.fact, Self.suffices(permissions) {
      let phrase = Phrases(Phrases.Subject(plan, title: venue)).connected.text
      // The operators' phrase brings its own mark.
      return ProbeFinding("connection", .good, String(phrase.drop { $0 == "✅" || $0 == " " }))
    }
    let failures = [report.clock.failure, report.permissions.failure, report.balances.failure].compactMap(\.self)
    let hasAnswer =
      report.clock.fact != nil || report.permissions.fact != nil || report.balances.fact != nil
      || failures.contains { Self.isVenuesWord($0.code) }
    if hasAnswer { return ProbeFinding("connection", .good, "\(venue) answers at \(endpoint)") }
    guard let failure = failures.first(where: { Self.unreached.contains($0.code) }) else { return nil }
    return ProbeFinding(
      "connection", .bad, "no connection to \(endpoint): \(failure.message)",
      nextStep: failure.nextStep ?? "see that this machine reaches \(endpoint), and whether \(venue) is up")
  }

  /// Whether only the venue can have said so.
  private static func isVenuesWord(_ code: String) -> Bool {
    !unreached.contains(code) && code != ProbeFailure.keyInUse
      && ![.notSent, .misconfigured, .unsupported].contains(BrokerError.Code(rawValue: code))
  }

  // MARK: Clock

  private func clock(_ outcome: ProbeOutcome<ClockOffset>) -> ProbeFinding {
    guard let offset = outcome.fact else { return unanswered("clock", "clock", outcome) }
    let distance = Self.seconds(Int(clamping: offset.milliseconds.magnitude))
    let direction = offset.milliseconds < 0 ? "behind" : "ahead of"
    let text =
      "clock: \(distance) s \(direction) \(venue)'s (± \(Self.seconds(offset.uncertaintyMilliseconds)) s)"
    let least = offset.leastMilliseconds
    guard least > Self.clockNotice else { return ProbeFinding("clock", .good, text) }
    let step = "let NTP set this machine's clock (timedatectl set-ntp true)"
    guard least > clockLimit(isBehind: offset.milliseconds < 0) else {
      return ProbeFinding("clock", .open, text, nextStep: step)
    }
    return ProbeFinding("clock", .bad, "\(text): too far for what is signed or sent with a time", nextStep: step)
  }

  /// A clock behind by an order's whole lifetime sends every order too late, where the venue takes a deadline.
  private func clockLimit(isBehind: Bool) -> Int {
    guard isBehind, spec.capabilities.contains(.orderDeadline) else { return Self.clockLimit }
    return min(Self.clockLimit, Int((spec.orderLifetime - .seconds(2)).wholeMilliseconds))
  }

  private static func seconds(_ milliseconds: Int) -> String {
    let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
    return "\(milliseconds / 1_000).\(fraction)"
  }

  // MARK: Permissions

  private static func suffices(_ permissions: KeyPermissions) -> Bool {
    permissions.canQuery && permissions.canTrade && permissions.missing.isEmpty && permissions.canWithdraw != true
  }

  private func permissions(_ outcome: ProbeOutcome<KeyPermissions>) -> ProbeFinding {
    guard let permissions = outcome.fact else { return unanswered("permissions", "permissions", outcome) }
    if permissions.canWithdraw == true {
      let names = permissions.withdrawing.isEmpty ? "" : ": \(permissions.withdrawing.joined(separator: ", "))"
      return ProbeFinding(
        "permissions", .bad, "permissions: the key may move money out\(names); it is refused",
        nextStep:
          "make a key without withdrawal and transfer rights at \(venue), put it into \(places), delete this one")
    }
    guard Self.suffices(permissions) else {
      let missing = permissions.missing.isEmpty ? spec.neededPermissions : permissions.missing
      return ProbeFinding(
        "permissions", .bad, "permissions: missing \(missing.joined(separator: ", "))",
        nextStep: "give the key \(missing.joined(separator: ", ")) at \(venue)")
    }
    guard permissions.canWithdraw == false else {
      return ProbeFinding(
        "permissions", .open, "permissions: may query and trade; \(venue) does not tell whether it may move money out",
        nextStep: "see at \(venue) that the key has no withdrawal right")
    }
    return ProbeFinding("permissions", .good, "permissions: may query and trade, may not move money out")
  }

  // MARK: Balance

  private func balance(_ outcome: ProbeOutcome<[Balance]>) -> ProbeFinding {
    guard let balances = outcome.fact else { return unanswered("balance", "balance", outcome) }
    let quote = plan.markets.quote
    let others = balances.count { $0.currency != quote }
    let more = others == 0 ? "" : "; \(others) other \(others == 1 ? "currency" : "currencies")"
    guard let cash = balances.first(where: { $0.currency == quote }) else {
      return ProbeFinding(
        "balance", .open, "balance: no \(quote)\(more)", nextStep: "fund the account at \(venue) before it is to trade")
    }
    return ProbeFinding(
      "balance", .good,
      "balance: \(cash.total.text(minimumPlaces: 2)) \(quote), available \(cash.available.text(minimumPlaces: 2)), held \(cash.held.text(minimumPlaces: 2))\(more)"
    )
  }

  // MARK: No answer

  private func unanswered<Fact>(_ fact: String, _ title: String, _ outcome: ProbeOutcome<Fact>) -> ProbeFinding {
    switch outcome {
    case .observed: ProbeFinding(fact, .open, title)
    case .notAsked(let reason): ProbeFinding(fact, .open, "\(title): not asked: \(reason)")
    case .failed(let failure):
      ProbeFinding(
        fact, .bad, "\(title): \(failure.code): \(failure.message)",
        nextStep: failure.nextStep.map { placed($0, failure.code) } ?? advice(failure.code))
    }
  }

  /// A plugin knows what to do about a credential, not where it is.
  private func placed(_ step: String, _ code: String) -> String {
    let aboutCredentials: [BrokerError.Code] = [.invalidKey, .invalidSignature, .misconfigured]
    return aboutCredentials.contains(BrokerError.Code(rawValue: code)) ? "\(step) (\(places))" : step
  }

  private var places: String { plan.credentials.map(\.reference.name).joined(separator: " and ") }

  /// For failures whose thrower knows no next step.
  private func advice(_ code: String) -> String {
    switch BrokerError.Code(rawValue: code) {
    case .invalidKey: "see at \(venue) that the key in \(places) exists and is not revoked, or make a new one"
    case .invalidSignature: "put key and secret of one and the same key into \(places)"
    case .invalidNonce: "let no other program use this key: give this host a key of its own"
    case .permissionDenied: "give the key \(spec.neededPermissions.joined(separator: ", ")) at \(venue)"
    case .accountRestricted: "see what \(venue) asks of the account's owner"
    case .rateLimited, .lockedOut: "send nothing with this key for some minutes, then check again"
    case .misconfigured: "put right what it names, in \(places) or under options"
    case .network, .untrustedVenue: "see that this machine reaches \(endpoint) and trusts its certificate"
    case .venueUnavailable: "see whether \(venue) is in maintenance, then check again"
    default: "check again; when it stays so, see \(venue)'s status and the network"
    }
  }
}
