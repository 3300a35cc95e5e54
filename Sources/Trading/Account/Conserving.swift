import Broker
import Core
import Journal

/// Balances against what explains them.
extension Trader {
  private static let baselineMarker = "balances_explained"
  private static let mostFills = 5_000

  /// Compares what balances have changed by with what was traded and moved since they were last explained. A difference
  /// counts when two looks in a row find the same one: executions and balances are not read at one instant.
  func checkConservation() async throws(TraderError) {
    guard try unfinished().allSatisfy(\.rests) else { return }
    let now = balances.mapValues(\.total)
    guard let (before, since) = try baseline() else { return try setBaseline(now) }
    let fills = try journalled { () throws(JournalError) in try journal.fills(limit: Self.mostFills) }
      .filter { $0.recordedAt > since }.map(\.fill)
    var difference = try unexplained(before, now, fills, [:])
    if !difference.isEmpty, let movements = try await movements(since: since) {
      difference = try unexplained(before, now, fills, movements)
    }
    guard !difference.isEmpty else {
      suspected = [:]
      // A new starting point now and then, so that the list to add up stays short.
      if !fills.isEmpty || before != now { try setBaseline(now) }
      return
    }
    guard suspected == difference else {
      suspected = difference
      return
    }
    suspected = [:]
    report.unexplained = difference
    let text = difference.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    tell(
      .warning, "balance_unexplained", "balances changed by \(text) without an execution or movement that explains it",
      difference.mapValues(\.description))
    try setBaseline(now)
  }

  private func unexplained(
    _ before: [String: ExactDecimal], _ now: [String: ExactDecimal], _ fills: [Fill],
    _ movements: [String: ExactDecimal]
  ) throws(TraderError) -> [String: ExactDecimal] {
    do throws(DecimalError) {
      return try Conservation.unexplained(before: before, after: now, fills: fills, movements: movements)
    } catch { throw .arithmetic(error) }
  }

  /// What the venue's ledger moved besides trades; `nil` where there is no ledger to read, or the key may not.
  private func movements(since: Timestamp) async throws(TraderError) -> [String: ExactDecimal]? {
    guard let ledger = broker as? any ReadsLedger else { return nil }
    let entries: [LedgerEntry]
    do throws(BrokerError) {
      entries = try await ledger.fetchLedger(since: since)
    } catch {
      guard error.code == .permissionDenied else { throw .broker(error) }
      return nil
    }
    do throws(DecimalError) {
      var movements: [String: ExactDecimal] = [:]
      for entry in entries where entry.cause != .trade && entry.time > since {
        movements[entry.currency] = try (movements[entry.currency] ?? .zero) + (try entry.amount - entry.fee)
      }
      return movements
    } catch { throw .arithmetic(error) }
  }

  private func baseline() throws(TraderError) -> (totals: [String: ExactDecimal], since: Timestamp)? {
    let noted = try journalled { () throws(JournalError) in try journal.marker(Self.baselineMarker) }
    guard let noted else { return nil }
    do throws(JSONError) {
      let json = try JSON(parsing: Array(noted.value.utf8))
      var totals: [String: ExactDecimal] = [:]
      let amounts = try json.object("totals")
      for (currency, _) in amounts.members ?? [] { totals[currency] = try amounts.decimal(currency) }
      guard let at = Timestamp(rfc3339: try json.string("at")) else { throw .wrongType("at", expected: "a time") }
      return (totals, at)
    } catch { throw .journal(.damaged(place: Self.baselineMarker, detail: error.description)) }
  }

  private func setBaseline(_ totals: [String: ExactDecimal]) throws(TraderError) {
    let members = totals.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value.description)) }
    let value = JSONValue.object([("at", .string(clock.now.description)), ("totals", .object(members))])
    try journalled { () throws(JournalError) in
      try journal.setMarker(Self.baselineMarker, value.encoded, cause: "reconcile")
    }
  }
}
