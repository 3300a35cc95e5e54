import Synchronization

/// What a key may do.
struct CoinbaseScopes: Hashable, Sendable {
  var canView = true
  var canTrade = true
  var canTransfer = false

  /// By the names that key permissions have.
  static let names = ["view", "trade", "transfer"]
}

extension CoinbaseScopes {
  init(names: Set<String>) {
    self.init(
      canView: names.contains("view"), canTrade: names.contains("trade"), canTransfer: names.contains("transfer"))
  }

  /// What is left when these are taken away.
  func without(_ names: Set<String>) -> CoinbaseScopes {
    CoinbaseScopes(
      canView: canView && !names.contains("view"), canTrade: canTrade && !names.contains("trade"),
      canTransfer: canTransfer && !names.contains("transfer"))
  }
}

/// The keys that this venue knows: public halves only, in memory only.
final class CoinbaseKeyRing: Sendable {
  /// A key and whose it is.
  struct Entry: Sendable {
    let name: String
    let account: String
    let publicKey: CoinbasePublicKey
    let scopes: CoinbaseScopes
  }

  private let entries = Mutex<[String: Entry]>([:])

  /// The key of that name.
  subscript(name: String) -> Entry? { entries.withLock { $0[name] } }

  /// Keeps a key.
  func add(_ entry: Entry) { entries.withLock { $0[entry.name] = entry } }

  /// Forgets every key of an account; how many there were.
  func removeAll(of account: String) -> Int {
    entries.withLock { entries in
      let names = entries.values.filter { $0.account == account }.map(\.name)
      for name in names { entries[name] = nil }
      return names.count
    }
  }
}
