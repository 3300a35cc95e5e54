import Broker
import Core
import Kraken

@testable import Sandbox

/// One `API-Sign`: made byte for byte by our signer, taken (or, of the negative ones, refused) by the sandbox's check.
struct KrakenVector {
  let one: ReplayCase

  init(_ one: ReplayCase) { self.one = one }

  func differences() throws -> [String] {
    guard let wrong = one.content["wrong_api_sign"]?.text else { return try positive(one.content) }
    guard let like = one.context["vectors"]?.list?.first(where: { $0["id"] == one.content["like"] }) else {
      throw MaterialError(file: one.file, text: "no vector \(one.content["like"]?.text ?? "")")
    }
    let request = try Signed(like)
    var differences: [String] = []
    if try request.signature() == wrong { differences.append("API-Sign: expected another than \(wrong), seen it") }
    if request.isTaken(wrong) { differences.append("the sandbox: expected a refusal, seen the wrong signature taken") }
    return differences
  }

  private func positive(_ vector: JSONValue) throws -> [String] {
    let request = try Signed(vector)
    let expected = vector["api_sign"]?.text ?? "", seen = try request.signature()
    var differences: [String] = []
    if seen != expected { differences.append("API-Sign: expected \(expected), seen \(seen)") }
    if !request.isTaken(expected) { differences.append("the sandbox: expected \(expected) taken, seen a refusal") }
    return differences
  }

  /// The signature that a recorded request of somebody else's program bears, made again from its bytes.
  static func recordedSignature(_ one: ReplayCase) throws -> [String] {
    guard let expected = one.content["request"]?["headers"]?["API-Sign"]?.text,
      let body = one.content["request"]?["body"]?.text, let secret = one.context["credentials"]?["secret"]?.text
    else { return [] }
    let wire = try WireRequest(method: "POST", url: one.content["request"]?["url"]?.text ?? "", body: body)
    let seen = try Signed(
      secret: secret, path: wire.path, nonce: WireRequest.words(wire.parameters["nonce"]), body: body
    ).signature()
    return seen == expected ? [] : ["API-Sign of the recorded bytes: expected \(expected), seen \(seen)"]
  }
}

/// What is signed.
private struct Signed {
  let secret: String
  let path: String
  let nonce: String
  let body: String

  init(secret: String, path: String, nonce: String, body: String) {
    self.secret = secret
    self.path = path
    self.nonce = nonce
    self.body = body
  }

  init(_ vector: JSONValue) throws {
    func text(_ key: String) throws -> String {
      guard let text = vector[key]?.text else { throw MaterialError(file: "kraken-api-sign.json", text: "no \(key)") }
      return text
    }
    self.init(
      secret: try text("secret"), path: try text("path"), nonce: try text("nonce"), body: try text("body"))
  }

  func signature() throws -> String {
    let signer = try KrakenSigner(key: Secret(Array("key".utf8)), secret: Secret(Array(secret.utf8)))
    return try signer.signature(path: path, nonce: nonce, body: Array(body.utf8))
  }

  /// By the sandbox's own check, which shares no code with the signer.
  func isTaken(_ sign: String) -> Bool {
    guard let secret = Sandbox.Base64.decoded(secret) else { return false }
    return KrakenSignature.isRight(sign, secret: secret, path: path, nonce: nonce, body: Array(body.utf8))
  }
}
