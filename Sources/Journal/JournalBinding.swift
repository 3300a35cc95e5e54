/// Whose journal a file is. Play fills never become live positions: a file made for one binding opens for no other.
package struct JournalBinding: Hashable, Sendable {
  /// The account's id: `kraken`, `kraken/tania_gilbert`.
  package let account: String
  /// `sandbox`, `paper` or `live`.
  package let mode: String
  /// The broker's id in the manifest.
  package let broker: String

  /// The binding of one account in one mode.
  package init(account: String, mode: String, broker: String) {
    self.account = account
    self.mode = mode
    self.broker = broker
  }

  /// The journal's folder under the state directory: `<state>/<mode>/<broker>[.<user>]`.
  package func directory(state: String) -> String {
    let folder = account.split(separator: "/", omittingEmptySubsequences: false).joined(separator: ".")
    return "\(state)/\(mode)/\(folder)"
  }
}
