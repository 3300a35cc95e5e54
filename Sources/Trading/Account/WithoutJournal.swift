import Broker
import Core
import Journal

/// What goes on when nothing can be written down any more.
///
/// No order is sent: its intent would not be on the disk. A stop that rests at the venue stays, since what would take its
/// place cannot be written either. Cancels need no intent, so what else of ours lies in the venue's books is taken out of
/// them, and the venue is looked at, so that the account is not shown as it was.
extension Trader {
  /// One pass without a journal.
  func lookWithoutJournal() async throws(TraderError) {
    let listed = try await ask { broker throws(BrokerError) in try await broker.fetchOpenOrders() }
    let ours = listed.filter { order in known(order) != nil }
    report.openOrders = ours.count
    report.foreignOrders = listed.count - ours.count
    for order in ours where known(order)?.purpose != .protectiveStop { try await cancelUnrecorded(order) }
    let list = try await ask { broker throws(BrokerError) in try await broker.fetchBalances() }
    show(list)
  }

  /// The order of ours that this is, as it was last known.
  private func known(_ order: Order) -> OrderRecord? {
    lastUnfinished.first { $0.request.clientOrderID == order.clientOrderID || $0.venueOrderID == order.venueOrderID }
  }

  /// What comes of it is learnt from the venue when the journal takes rows again.
  private func cancelUnrecorded(_ order: Order) async throws(TraderError) {
    do throws(BrokerError) {
      _ = try await broker.cancel(order.venueOrderID)
      answered()
      tell(
        .warning, "cancelled_without_journal",
        "order \(order.venueOrderID) is cancelled: the journal takes no more rows",
        ["venue_order_id": order.venueOrderID.rawValue])
    } catch {
      // One that has ended meanwhile is as good as cancelled.
      guard error.code != .unknownOrder else { return }
      throw .broker(error)
    }
  }
}
