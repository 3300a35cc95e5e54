internal import Broker
internal import Core

/// The two credential slots, read once. What is wrong with one names the slot, never its value.
enum CoinbaseCredentials {
  /// `nil` without credentials: the public feed.
  static func signer(_ credentials: [String: Secret]) throws(BrokerError) -> CoinbaseJWT? {
    guard !credentials.isEmpty else { return nil }
    let key = try text("api_key", credentials), secret = try text("api_secret", credentials)
    let name = CoinbaseKeyFile(key)?.name ?? key
    guard !isLegacy(name) else {
      throw misconfigured(
        "api_key", "it is a legacy key, which Coinbase ended in February 2025", next: "create a CDP API key")
    }
    let file = CoinbaseKeyFile(secret)
    if let other = file?.name, !isSame(other, name) {
      throw misconfigured(
        "api_secret", "the key file is of another key than api_key", next: "give both slots of one key")
    }
    do {
      return CoinbaseJWT(keyName: name, key: try CoinbaseKey(parsing: Array((file?.privateKey ?? secret).utf8)))
    } catch {
      throw misconfigured(
        "api_secret", error.description,
        next: "give the private key as it was shown when the key was made, or the whole key file")
    }
  }

  private static func text(_ slot: String, _ credentials: [String: Secret]) throws(BrokerError) -> String {
    guard let value = credentials[slot], !value.isEmpty else {
      throw misconfigured(slot, "it is missing", next: "give both slots of one key")
    }
    return value.withExposedBytes { CredentialText.normalised(String(decoding: $0, as: UTF8.self)) }
  }

  /// The last part of a key's path is a name of it, too.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    a == b || a.hasSuffix("/" + b) || b.hasSuffix("/" + a)
  }

  /// A legacy key has 16 letters and digits; a CDP key is named by a path or a UUID.
  private static func isLegacy(_ name: String) -> Bool {
    name.utf8.count == 16 && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  private static func misconfigured(_ slot: String, _ cause: String, next nextStep: String) -> BrokerError {
    BrokerError(
      .misconfigured, scope: .account, recovery: .never, message: "the credential \(slot) cannot be used: \(cause)",
      nextStep: nextStep)
  }
}

/// The file that the venue lets one download with a key: `{"name"|"id": …, "privateKey": …}`.
struct CoinbaseKeyFile {
  let name: String?
  let privateKey: String

  /// `nil` when the text is no such file. One whose quotes were escaped on the way into a variable is read all the same.
  init?(_ text: String) {
    guard text.hasPrefix("{"), let file = (try? JSON(parsing: text)) ?? Self.unescaped(text),
      let privateKey = try? file.string("privateKey")
    else { return nil }
    self.privateKey = privateKey
    self.name = (try? file.string("name")) ?? (try? file.string("id"))
  }

  private static func unescaped(_ text: String) -> JSON? {
    guard let list = try? JSON(parsing: "[\"\(text)\"]"), let inner = list.elements?.first?.text else { return nil }
    return try? JSON(parsing: inner)
  }
}
