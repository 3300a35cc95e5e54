import Core
import Descriptor
import Synchronization

/// A throw-away key of a derived venue.
struct DerivedKey: Sendable {
  let account: String
  /// What was handed out, by slot.
  let credentials: [String: String]
  /// The public halves of private keys, by slot.
  let publicKeys: [String: CoinbasePublicKey]
  var rights: Set<String>
  /// The greatest nonce that came.
  var lastNonce: UInt64?
  /// The fault that moved the nonce ahead last.
  var nonceJump: Int?

  /// The rights that a key can have.
  static let rights = ["query", "trade", "withdraw"]

  /// Makes one; `nil` where libcrypto has no memory or no entropy.
  init?(_ slots: [CredentialSlot], privateSlots: Set<String>, account: String, rights: Set<String>) {
    var credentials: [String: String] = [:]
    var publicKeys: [String: CoinbasePublicKey] = [:]
    for slot in slots {
      if privateSlots.contains(slot.name) {
        guard let pair = CoinbaseKeyPair(slot.formats.contains(.pem) ? .es256 : .edDSA) else { return nil }
        credentials[slot.name] = pair.secret
        publicKeys[slot.name] = pair.publicKey
      } else {
        credentials[slot.name] = Self.secret(slot.formats)
      }
    }
    self.account = account
    self.credentials = credentials
    self.publicKeys = publicKeys
    self.rights = rights
  }

  private static func secret(_ formats: [CredentialSlot.Format]) -> String {
    if formats.contains(.text) { return Hex.encode(RandomBytes.make(20)) }
    return formats.contains(.hex) ? Hex.encode(RandomBytes.make(32)) : Base64.encoded(RandomBytes.make(64))
  }
}

/// What names a key in a request.
enum KeyName: Hashable, Sendable {
  case header(String)
  case parameter(String)
  /// A member of the token in a header.
  case token(header: String, member: String)
}

/// The keys of a derived venue, by what requests name them.
final class DerivedKeys: Sendable {
  private struct State {
    var keys: [String: DerivedKey] = [:]
  }

  private let state = Mutex(State())

  func add(_ key: DerivedKey, named name: String) { state.withLock { $0.keys[name] = key } }

  subscript(name: String) -> DerivedKey? { state.withLock { $0.keys[name] } }

  func removeAll(of account: String) -> Int {
    state.withLock { state in
      let before = state.keys.count
      state.keys = state.keys.filter { $0.value.account != account }
      return before - state.keys.count
    }
  }

  /// Uses a nonce up; `false` for one that is not above the last.
  func use(_ nonce: UInt64, of name: String) -> Bool {
    state.withLock { state in
      guard var key = state.keys[name] else { return false }
      if let last = key.lastNonce, nonce <= last { return false }
      key.lastNonce = nonce
      state.keys[name] = key
      return true
    }
  }
}
