import Synchronization

/// What a key may do.
struct CoinbaseScopes: Hashable, Sendable {
  var canView = true
  var canTrade = true
  var canTransfer = false
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
