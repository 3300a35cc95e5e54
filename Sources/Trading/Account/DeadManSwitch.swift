import Broker
import Core

/// The venue's own switch: it cancels everything unless it hears from this account again.
extension Trader {
  /// Puts the switch off by its time-out, three times in that time.
  func renewDeadManSwitch() async throws(TraderError) {
    guard let timeout = settings.deadManSwitch else { return }
    guard let arms = broker as? any ArmsDeadManSwitch else {
      throw .refused(
        TraderRefusal(
          .configuration, "\(spec.declaration.title) has no dead-man switch",
          nextStep: "set orders.dead_man_switch: off"))
    }
    guard switchRenewedAt.map({ clock.now - $0 >= timeout / 3 || clock.now < $0 }) ?? true else { return }
    do throws(BrokerError) {
      let firesAt = try await arms.armDeadManSwitch(timeout)
      answered()
      if switchRenewedAt == nil {
        tell(
          .info, "dead_man_switch_armed",
          "the venue cancels everything at \(firesAt?.description ?? "an instant it does not tell") unless it hears from us"
        )
      }
      switchRenewedAt = clock.now
    } catch { throw .broker(error) }
  }
}
