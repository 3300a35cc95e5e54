import Core
import Foundation

@testable import Sandbox

/// A stored token before the sandbox's verifier, at the instant and for the request that the case states.
struct TokenCheck {
  private let one: ReplayCase
  private let keys: [String: CoinbasePublicKey]

  init(_ one: ReplayCase) throws {
    self.one = one
    var keys: [String: CoinbasePublicKey] = [:]
    for (_, key) in one.context["keys"]?.members ?? [] {
      guard let name = key["key_name"]?.text, let encoded = Self.encoded(key) else { continue }
      keys[name] = CoinbasePublicKey(encoded: encoded)
    }
    self.keys = keys
  }

  private static func encoded(_ key: JSONValue) -> [UInt8]? {
    if let pem = key["public_key_pem"]?.text {
      let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
      return Data(base64Encoded: lines.joined()).map { Array($0) }
    }
    return key["public_key_hex"]?.text.flatMap { Hex.decode("302a300506032b6570032100" + $0) }
  }

  private var isArray: Bool { one.content["claims"]?["uris"] != nil }

  private var use: JWTVerifier.Use {
    guard let request = one.content.filled("request"), let method = request["method"]?.text,
      let host = request["host"]?.text, let path = request["path"]?.text
    else { return .webSocket }
    return .rest(method: method, host: host, path: path)
  }

  private func refusal(for use: JWTVerifier.Use, arrays: Bool = false) -> JWTRefusal? {
    guard let token = one.content["token"]?.text, let now = one.content["now"]?.text.flatMap({ Int($0) }),
      let instant = Timestamp(seconds: now)
    else { return .malformed("case") }
    do throws(JWTRefusal) {
      _ = try JWTVerifier(acceptsURIArray: arrays).verify(token, for: use, at: instant) { keys[$0] }
      return nil
    } catch {
      return error
    }
  }

  private func isTaken(for use: JWTVerifier.Use, arrays: Bool = false) -> Bool {
    refusal(for: use, arrays: arrays) == nil
  }

  /// Why the known tokens that must be refused are.
  private static let reasons: [String: JWTRefusal] = [
    "expired": .expired, "not-yet-valid": .notYetValid, "lifetime-too-long": .lifetime, "wrong-method": .uri,
    "wrong-path": .uri, "wrong-host": .uri, "https-in-uri": .uri, "query-in-uri": .uri, "no-uri": .uri,
    "wrong-issuer": .issuer, "sub-not-kid": .subject, "no-kid": .unknownKey, "unknown-kid": .unknownKey,
    "other-key": .signature, "alg-none": .algorithm, "der-signature": .signature,
    "padded-base64": .malformed("signature"), "std-base64-sig": .malformed("signature"),
    "hs256-with-pem": .algorithm, "truncated": .malformed("signature"), "tampered-claims": .signature,
  ]

  /// A bad token is refused, a known one for its own reason.
  func refusalDifferences() -> [String] {
    guard let refusal = refusal(for: use) else { return ["the sandbox: expected HTTP 401, seen it taken"] }
    let name = one.id.components(separatedBy: "/reject-").last ?? ""
    guard let reason = Self.reasons[name], reason != refusal else { return [] }
    return ["the sandbox: expected a refusal for \(reason), seen one for \(refusal)"]
  }

  /// Whether the venue takes the token for its own request.
  var isTaken: Bool { isTaken(for: use) }

  /// A good token is taken for its own use and for no other; one with an array of addresses only by the switch.
  func differences() -> [String] {
    var differences: [String] = []
    if isTaken(for: use, arrays: isArray) == false {
      differences.append("the sandbox: expected the token taken, seen 401")
    }
    if isArray, isTaken { differences.append("the sandbox: expected 401 for an array of addresses, seen it taken") }
    if isTaken(for: .rest(method: "PUT", host: "api.coinbase.com", path: "/other"), arrays: isArray) {
      differences.append("the sandbox: expected 401 for another request, seen it taken")
    }
    if use != .webSocket, isTaken(for: .webSocket, arrays: isArray) {
      differences.append("the sandbox: expected 401 for a WebSocket message, seen it taken")
    }
    return differences
  }
}
