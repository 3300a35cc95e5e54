import Broker
import Core
import Journal

/// Balances against what explains them.
extension Trader {
  private static let baselineMarker = "balances_explained"

  /// Compares what balances have changed by with what was traded and moved since they were last explained. A difference
  /// counts when two looks in a row find the same one: executions and balances are not read at one instant.
  func checkConservation() async throws(TraderError) {
    guard try unfinished().allSatisfy(\.rests) else { return }
    let now = balances.mapValues(\.total)
    guard let baseline = try baseline() else { return try setBaseline(now) }
    let before = baseline.totals
    let fills = try journalled { () throws(JournalError) in try journal.fills(afterSequence: baseline.sequence) }
      .map(\.fill)
    var difference = try unexplained(before, now, fills, [:])
    if !difference.isEmpty, let movements = try await movements(since: baseline.at) {
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

  /// Balances that were explained, and the last execution that explained them.
  private struct Baseline {
    var totals: [String: ExactDecimal] = [:]
    var at: Timestamp
    var sequence: Int64
  }

  private func baseline() throws(TraderError) -> Baseline? {
    let noted = try journalled { () throws(JournalError) in try journal.marker(Self.baselineMarker) }
    guard let noted else { return nil }
    do throws(JSONError) {
      let json = try JSON(parsing: Array(noted.value.utf8))
      guard let at = Timestamp(rfc3339: try json.string("at")) else { throw .wrongType("at", expected: "a time") }
      var baseline = Baseline(at: at, sequence: Int64(try json.integer("sequence")))
      let amounts = try json.object("totals")
      for (currency, _) in amounts.members ?? [] { baseline.totals[currency] = try amounts.decimal(currency) }
      return baseline
    } catch { throw .journal(.damaged(place: Self.baselineMarker, detail: error.description)) }
  }

  private func setBaseline(_ totals: [String: ExactDecimal]) throws(TraderError) {
    let members = totals.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value.description)) }
    try journalledIfRoom { () throws(JournalError) in
      let value = JSONValue.object([
        ("at", .string(clock.now.description)), ("sequence", .integer(Int(try journal.lastFillSequence()))),
        ("totals", .object(members)),
      ])
      try journal.setMarker(Self.baselineMarker, value.encoded, cause: "reconcile")
    }
  }
}
