import Broker
import Core
import Journal
import Testing

extension CrashBench {
  /// What one account has at the venue, and what its journal says: every difference, in words.
  func differences(_ account: Account) throws -> [String] {
    let ledger = try control(["do": "ledger", "account": .string(account.name)]).object("ledger").array("accounts")
      .first {
        $0["account"]?.text == account.name
      }
    let theirs = try #require(ledger)
    let reader = try JournalReader.open(directory: account.journal)
    let intents = try reader.orders(limit: 10_000)
    let fills = try reader.fills(limit: 10_000)
    var differences: [String] = []
    var seen: [String: Int] = [:]
    for order in try theirs.array("orders") {
      let name = try order.string("client_order_id"), id = try order.string("id")
      seen[name, default: 0] += 1
      if seen[name] == 2 { differences.append("duplicate: two orders at the venue are called \(name)") }
      guard
        let intent = intents.first(where: {
          [$0.request.clientOrderID.hex, $0.request.clientOrderID.uuidShaped].contains(name)
        })
      else {
        differences.append("order without an intent: \(id) called \(name)")
        continue
      }
      if intent.venueOrderID?.rawValue != id {
        differences.append(
          "orphan: \(id) is \(intent.venueOrderID?.rawValue ?? "unknown") in the journal (\(intent.state))")
      }
      let filled = Quantity(try order.decimal("filled"))
      if intent.filled != filled { differences.append("\(id): filled \(filled), the journal has \(intent.filled)") }
      let isOver = try order.string("status") != "open"
      if intent.state.isFinal != isOver {
        differences.append("\(id): \(try order.string("status")) at the venue, \(intent.state) in the journal")
      }
    }
    let known = Dictionary(fills.map { ($0.fill.id, $0.fill) }) { first, _ in first }
    let real = try theirs.array("fills")
    for fill in real {
      let id = try fill.string("id")
      guard let ours = known[id] else {
        differences.append("lost fill: \(id)")
        continue
      }
      let real = (try fill.decimal("price"), try fill.decimal("quantity"), try fill.decimal("fee"))
      if (ours.price.value, ours.quantity.value, ours.fee) != real {
        differences.append("fill \(id) differs: \(ours)")
      }
    }
    if known.count != real.count {
      differences.append("\(known.count) fills in the journal, \(real.count) at the venue")
    }
    for intent in intents where !intent.state.isFinal && intent.request.timeInForce != .goodTillCancelled {
      differences.append("unresolved: \(intent.request.clientOrderID) is \(intent.state)")
    }
    return differences
  }

  /// What `journal --verify` says against the account's journal.
  func damages(_ account: Account) throws -> [String] {
    let verified = try JournalVerifier.verify(
      directory: account.journal,
      hash: { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      })
    return verified.problems.map { "journal: segment \($0.segment), \($0.place): \($0.detail)" }
  }
}
