import Broker
import Core

@testable import Coinbase

/// One token: ours is made from the same key, clock, nonce and request and compared; the stored one is checked by the
/// sandbox.
struct CoinbaseVector {
  let one: ReplayCase

  init(_ one: ReplayCase) { self.one = one }

  private func text(_ key: String) throws -> String {
    guard let text = one.content[key]?.text else {
      throw MaterialError(file: one.file, text: "\(one.id) has no \(key)")
    }
    return text
  }

  func differences() throws -> [String] {
    let check = try TokenCheck(one)
    if one.content["expect"] != nil { return check.refusalDifferences() }
    return try signing() + (try building()) + check.differences()
  }

  private func key() throws -> JSONValue {
    guard let key = one.context["keys"]?[try text("key")] else {
      throw MaterialError(file: one.file, text: "\(one.id): an unknown key")
    }
    return key
  }

  private func signer() throws -> CoinbaseJWT {
    let key = try key()
    guard let name = key["key_name"]?.text,
      let secret = key["private_key_sec1_pem"]?.text ?? key["private_key_base64_64"]?.text
    else { throw MaterialError(file: one.file, text: "\(one.id): a key without name or secret") }
    let nonce = try text("nonce")
    return CoinbaseJWT(keyName: name, key: try CoinbaseKey(parsing: Array(secret.utf8)), nonce: { nonce })
  }

  /// The same header and claims, signed: EdDSA byte for byte; ES256, which is randomised, all but the signature, and that
  /// verifies.
  private func signing() throws -> [String] {
    let expected = try text("token")
    let seen = try signer().sign(header: try text("header_json"), claims: try text("claims_json"))
    if expected == seen { return [] }
    let isRandomised = one.content["header"]?["alg"] == "ES256"
    let input = expected.split(separator: ".").dropLast().joined(separator: ".")
    if isRandomised, seen.hasPrefix(input + "."), try isValid(seen) { return [] }
    return ["token of the same header and claims: expected \(expected), seen \(seen)"]
  }

  private func isValid(_ token: String) throws -> Bool {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let signature = Base64.decodeURLSafe(parts[2]) else { return false }
    let input = Array((parts[0] + "." + parts[1]).utf8), key = try key()
    if let pem = key["public_key_pem"]?.text { return try ES256PublicKey(pem: pem).isValid(signature, for: input) }
    guard let raw = key["public_key_hex"]?.text.flatMap({ Hex.decode($0) }) else { return false }
    return try Ed25519PublicKey(rawBytes: raw).isValid(signature, for: input)
  }

  /// The header and claims that our plugin builds for the request, against those of Coinbase's own SDK, as sets of
  /// members. The newer SDK's array of addresses is not what this API documents: there the members in common are equal.
  private func building() throws -> [String] {
    guard let request = one.content.filled("request"), let method = request["method"]?.text,
      let host = request["host"]?.text, let path = request["path"]?.text, let now = one.content["now"]?.text,
      let notBefore = Int(now)
    else { return [] }
    let token = try signer().token(method: method, authority: host, path: path, notBefore: notBefore)
    let parts = token.split(separator: ".").map(String.init)
    var differences = try members("header", one.content["header"], parts[0])
    var claims = one.content["claims"]
    if let addresses = claims?["uris"]?.list {
      claims?["uris"] = nil
      claims?["aud"] = nil
      claims?["uri"] = addresses.first
    }
    differences += try members("claims", claims, parts[1])
    if try !isValid(token) { differences.append("our token: expected a signature that verifies, seen none") }
    return differences
  }

  private func members(_ name: String, _ expected: JSONValue?, _ part: String) throws -> [String] {
    guard let bytes = Base64.decodeURLSafe(part) else { return ["\(name): not base64url"] }
    let seen = try JSON(parsing: bytes).value
    func sorted(_ value: JSONValue?) -> [String] {
      (value?.members ?? []).map { "\($0.key)=\($0.value.encoded)" }.sorted()
    }
    let theirs = sorted(expected), ours = sorted(seen)
    return theirs == ours
      ? [] : ["\(name): expected \(theirs.joined(separator: " ")), seen \(ours.joined(separator: " "))"]
  }
}
