import Broker
import Core
import Descriptor

/// The requests of a descriptor for one set of facts and variables, as text: two descriptors that sign and ask alike
/// have equal ones.
struct RequestProbe {
  /// What is drawn, and the credentials: those of a test that the descriptor brings.
  let facts: SigningFacts

  init?(_ descriptor: Descriptor) {
    for test in descriptor.tests {
      if case .request(_, _, let facts, _) = test.kind {
        self.facts = facts
        return
      }
    }
    return nil
  }

  private static let texts = [
    "symbol": "BTC-USD", "base": "BTC", "quote": "USD", "interval": "1m", "limit": "7", "depth": "5",
    "since_s": "1700000000",
    "since_ms": "1700000000000", "since_ns": "1700000000000000000", "since_iso": "2023-11-14T22:13:20.000Z",
    "until_s": "1700003600", "until_ms": "1700003600000", "until_iso": "2023-11-14T23:13:20.000Z", "order_id": "4711",
    "quantity": "0.25", "notional": "100.5", "price": "30000.1", "trigger": "29000.2", "expires_s": "1700100000",
    "expires_ms": "1700100000000", "expires_iso": "2023-11-16T02:00:00.000Z", "deadline_s": "1700000010",
    "deadline_ms": "1700000010123", "deadline_iso": "2023-11-14T22:13:30.123Z", "timeout_s": "60",
    "timeout_ms": "60000",
    "each": "BTCUSD",
  ]

  private func variables(_ descriptor: Descriptor, side: Side?) -> CallVariables {
    var texts = Self.texts
    texts["client_id"] = descriptor.clientIDs.rendering == .number ? "123456789" : "0123456789abcdef0123456789abcdef"
    if let side, let word = descriptor.words.sides[side] { texts["side"] = word }
    return CallVariables(texts: texts, clientIDs: descriptor.clientIDs)
  }

  /// Every request by its operation, and of `place` by kind and side.
  func requests(_ descriptor: Descriptor) -> [String: String] {
    guard
      let builder = try? RequestBuilder(
        descriptor, endpoints: descriptor.hosts.map(\.endpoint), credentials: facts.credentials)
    else { return ["": "the credentials cannot be used"] }
    var requests: [String: String] = [:]
    for (name, operation) in descriptor.operations where name != .place {
      for (index, call) in ([operation.call] + operation.also).enumerated() {
        requests["\(name.rawValue)[\(index)]"] = text(builder, call, variables(descriptor, side: .buy))
      }
    }
    guard let place = descriptor[.place] else { return requests }
    for kind in OrderKindKey.Kind.allCases {
      for side in [Side.buy, .sell] {
        let forms = descriptor.orderKinds
        guard let form = forms[.init(kind: kind, side: side)] ?? forms[.init(kind: kind)] else { continue }
        var variables = variables(descriptor, side: side)
        variables.add(form)
        requests["place \(kind.rawValue) \(side.rawValue)"] = text(builder, place.call, variables)
      }
    }
    return requests
  }

  private func text(_ builder: RequestBuilder, _ call: Call, _ variables: CallVariables) -> String {
    let draw = SigningDraw(
      now: facts.now, nonce: facts.nonce ?? 1, uuid: facts.uuid ?? "00000000-0000-4000-8000-000000000000",
      randomHex: facts.randomHex ?? "00112233445566778899aabbccddeeff")
    do {
      let request = try builder.request(call, variables, draw).request
      let headers = request.headers.map { "\($0.name): \(Self.withoutSignature($0.value))" }
      return ([request.method, request.url] + headers + [String(decoding: request.body, as: UTF8.self)])
        .joined(separator: "\n")
    } catch {
      return "\(error)"
    }
  }

  /// A token's signature differs from one to the next; what it signs stands before it.
  private static func withoutSignature(_ value: String) -> String {
    guard value.contains("eyJ"), let dot = value.lastIndex(of: ".") else { return value }
    return String(value[..<dot])
  }
}
