package import Broker
package import Core
import Journal

extension Trader {
  /// The first private call: whose key this is and what it may do. Binds the journal to the answer.
  /// - Throws: ``TraderError/refused(_:)`` when the key must not or cannot be used; retrying does not heal that.
  package func authenticate() async throws(TraderError) {
    let permissions = try await ask { broker throws(BrokerError) in try await broker.fetchPermissions() }
    report.permissions = KeyPermissions(permissions)
    if permissions.canWithdraw == true {
      throw .refused(
        TraderRefusal(
          .credentials, "the key may move money out",
          nextStep: "make a key without withdrawal and transfer rights at \(spec.declaration.title)"))
    }
    guard permissions.canQuery, permissions.canTrade, permissions.missing.isEmpty else {
      let missing = permissions.missing.isEmpty ? spec.neededPermissions : permissions.missing
      throw .refused(
        TraderRefusal(
          .credentials, "the key lacks permissions: \(missing.joined(separator: ", "))",
          nextStep: "give the key these permissions at \(spec.declaration.title)"))
    }
    try bind(identity: permissions.accountIdentity ?? "key:\(settings.keyFingerprint)")
    lasting = nil
    if permissions.canWithdraw == nil { unknownRights() }
    reached(.authenticated)
  }

  /// Where a venue could tell and does not, nothing is entered. Some never tell of any key: there only a person can look.
  private func unknownRights() {
    guard !spec.capabilities.contains(.permissions) else {
      lasting = "the venue does not tell whether the key may move money out"
      return
    }
    let title = spec.declaration.title
    tell(
      .warning, "rights_unknown",
      "\(title) tells of no key what it may do: see there that this one can neither withdraw nor transfer")
  }

  /// Takes note of what a look beside the loop has shown; decides nothing by it.
  package func observed(_ probe: ProbeReport) {
    if let permissions = probe.permissions.fact { report.permissions = permissions }
    if probe.permissions.fact != nil || probe.balances.fact != nil { answered() }
  }

  private func bind(identity: String) throws(TraderError) {
    do throws(JournalError) {
      try journal.bind(identity: identity)
      report.journalSince = try journal.createdAt()
      report.placedOrders = try journal.placedCount()
      report.lastOrderAt = try journal.lastOrderAt()
      report.lastFillAt = try journal.lastFillAt()
      if report.lastFillAt != nil { reached(.traded) }
    } catch .boundToAnother(let what, let bound, let asked) {
      let error = JournalError.boundToAnother(what: what, bound: bound, asked: asked)
      throw .refused(TraderRefusal(.configuration, "\(error)", nextStep: error.nextStep))
    } catch { throw .journal(error) }
  }
}

extension KeyPermissions {
  /// As a plugin reports them, without what names the account.
  package init(_ permissions: Permissions) {
    self.init(
      canQuery: permissions.canQuery, canTrade: permissions.canTrade, canWithdraw: permissions.canWithdraw,
      withdrawing: permissions.withdrawing, missing: permissions.missing)
  }
}
