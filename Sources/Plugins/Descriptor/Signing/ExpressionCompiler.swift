internal import Broker
internal import Core

/// Turns expressions into closures for one account: what depends on its credentials alone is computed here, once.
struct ExpressionCompiler {
  /// Adds what an expression comes to to the bytes.
  typealias Writer = @Sendable (SigningFrame, inout [UInt8]) throws(EvaluationError) -> Void
  /// Computes an integer.
  typealias Number = @Sendable (SigningFrame) throws(EvaluationError) -> Int

  /// Where a variable is.
  enum Place {
    case constant([UInt8])
    case text(Int)
    case integer(Int)
  }

  /// The most bytes of a value.
  static let limit = 1 << 20

  private let credentials: [String: Secret]
  private var places: [String: Place]
  private(set) var texts = 0
  private(set) var integers = 0
  /// What of the drawn things is used at all.
  private(set) var usedTexts: Set<SigningFrame.Text> = []
  private(set) var usedIntegers: Set<SigningFrame.Integer> = []

  init(_ credentials: [String: Secret]) {
    self.credentials = credentials
    var places: [String: Place] = [:]
    for (name, text) in SigningFrame.Text.byName { places[name] = .text(text.rawValue) }
    for (name, integer) in SigningFrame.Integer.byName { places[name] = .integer(integer.rawValue) }
    for (slot, secret) in credentials { places[slot] = .constant(CredentialForm.text(of: secret)) }
    self.places = places
  }

  /// Makes room for a value that later expressions may name.
  mutating func define(_ name: String, _ kind: Expression.Kind) -> Int {
    if kind == .integer {
      defer { integers += 1 }
      let place = SigningFrame.Integer.allCases.count + integers
      places[name] = .integer(place)
      return place
    }
    defer { texts += 1 }
    let place = SigningFrame.Text.allCases.count + texts
    places[name] = .text(place)
    return place
  }

  // MARK: Integers

  mutating func number(_ expression: Expression) throws(EvaluationError) -> Number {
    switch expression {
    case .integer(let value): return { _ in value }
    case .variable(let name, _):
      guard case .integer(let place) = try place(name) else { throw .wrongType(name) }
      return { $0.integers[place] }
    case .join(let a, let b, .integer):
      let (x, y) = (try number(a), try number(b))
      return { (frame) throws(EvaluationError) in
        let (sum, overflow) = try x(frame).addingReportingOverflow(try y(frame))
        guard !overflow else { throw .overflow }
        return sum
      }
    default: throw .wrongType("an integer")
    }
  }

  // MARK: Text and bytes

  /// What depends on nothing but credentials is computed at once.
  mutating func writer(_ expression: Expression) throws(EvaluationError) -> Writer {
    let writer = try freshWriter(expression)
    guard isConstant(expression) else { return writer }
    let bytes = try Self.bytes(writer, SigningFrame(texts: 0, integers: 0))
    return { (_, out) throws(EvaluationError) in try Self.append(bytes, to: &out) }
  }

  private mutating func freshWriter(_ expression: Expression) throws(EvaluationError) -> Writer {
    switch expression {
    case .text(let text):
      let bytes = Array(text.utf8)
      return { (_, out) throws(EvaluationError) in try Self.append(bytes, to: &out) }
    case .variable(let name, _):
      switch try place(name) {
      case .constant(let bytes): return { (_, out) throws(EvaluationError) in try Self.append(bytes, to: &out) }
      case .text(let place):
        return { (frame, out) throws(EvaluationError) in try Self.append(frame.texts[place], to: &out) }
      case .integer: throw .wrongType(name)
      }
    case .join(let a, let b, _):
      let (x, y) = (try writer(a), try writer(b))
      return { (frame, out) throws(EvaluationError) in
        try x(frame, &out)
        try y(frame, &out)
      }
    case .call(let function, let arguments): return try call(function, arguments)
    case .jwt(let secret, let header, let claims): return try token(secret, header, claims)
    case .integer: throw .wrongType("text")
    }
  }

  private mutating func call(
    _ function: Expression.Function, _ arguments: [Expression]
  ) throws(EvaluationError) -> Writer {
    guard let first = arguments.first else { throw .wrongType(function.rawValue) }
    switch function {
    case .text:
      let number = try number(first)
      return { (frame, out) throws(EvaluationError) in try Self.append(Array(String(try number(frame)).utf8), to: &out)
      }
    case .hmacSHA256: return try code(.sha256, arguments)
    case .hmacSHA384: return try code(.sha384, arguments)
    case .hmacSHA512: return try code(.sha512, arguments)
    case .es256, .ed25519: return try signature(function, arguments)
    case .utf8: return try writer(first)
    default:
      let argument = try writer(first)
      return { (frame, out) throws(EvaluationError) in
        try Self.append(try SigningFunctions.apply(function, try Self.bytes(argument, frame)), to: &out)
      }
    }
  }

  private mutating func code(_ digest: HMAC.Digest, _ arguments: [Expression]) throws(EvaluationError) -> Writer {
    guard arguments.count == 2 else { throw .wrongType("hmac") }
    let (key, message) = (try writer(arguments[0]), try writer(arguments[1]))
    if isConstant(arguments[0]) {
      let bytes = try Self.bytes(key, SigningFrame(texts: 0, integers: 0))
      let state = try SigningFunctions.signing { () throws(SigningError) in try HMAC(digest, key: bytes) }
      return { (frame, out) throws(EvaluationError) in
        let message = try Self.bytes(message, frame)
        try Self.append(
          try SigningFunctions.signing { () throws(SigningError) in try state.code(for: message) }, to: &out)
      }
    }
    return { (frame, out) throws(EvaluationError) in
      let (key, message) = (try Self.bytes(key, frame), try Self.bytes(message, frame))
      try Self.append(
        try SigningFunctions.signing { () throws(SigningError) in
          try HMAC(digest, key: key).code(for: message)
        }, to: &out)
    }
  }

  // MARK: Private keys

  private func key(_ slot: String) throws(EvaluationError) -> SigningKey {
    guard let secret = credentials[slot] else { throw .noCredential(slot) }
    return try SigningFunctions.signing { () throws(SigningError) in
      try SigningKey(parsing: CredentialForm.privateKey(of: secret))
    }
  }

  private mutating func signature(
    _ function: Expression.Function, _ arguments: [Expression]
  ) throws(EvaluationError) -> Writer {
    guard arguments.count == 2, case .variable(let slot, _) = arguments[0] else { throw .wrongType(function.rawValue) }
    let key = try key(slot)
    guard key.algorithm == (function == .es256 ? "ES256" : "EdDSA") else {
      throw .signing(.wrongKind(expected: function == .es256 ? "a P-256 key" : "an Ed25519 key"))
    }
    let message = try writer(arguments[1])
    return { (frame, out) throws(EvaluationError) in
      let message = try Self.bytes(message, frame)
      try Self.append(
        try SigningFunctions.signing { () throws(SigningError) in try key.signature(for: message) }, to: &out)
    }
  }

  private mutating func token(
    _ slot: String, _ header: [Expression.Member], _ claims: [Expression.Member]
  ) throws(EvaluationError) -> Writer {
    let key = try key(slot)
    let (header, claims) = (try members(header), try members(claims))
    return { (frame, out) throws(EvaluationError) in
      let head = [(key: "alg", value: JSONValue.string(key.algorithm))] + (try Self.object(header, frame))
      let first = JSONValue.object(head + [("typ", "JWT")]).encoded
      let second = JSONValue.object(try Self.object(claims, frame)).encoded
      let input = Base64.encodeURLSafe(Array(first.utf8)) + "." + Base64.encodeURLSafe(Array(second.utf8))
      let signature = try SigningFunctions.signing { () throws(SigningError) in
        try key.signature(for: Array(input.utf8))
      }
      try Self.append(Array("\(input).\(Base64.encodeURLSafe(signature))".utf8), to: &out)
    }
  }

  private enum Member {
    case text(String, Writer)
    case integer(String, Number)
  }

  private mutating func members(_ members: [Expression.Member]) throws(EvaluationError) -> [Member] {
    var compiled: [Member] = []
    for member in members {
      if member.value.kind == .integer {
        compiled.append(.integer(member.name, try number(member.value)))
      } else {
        compiled.append(.text(member.name, try writer(member.value)))
      }
    }
    return compiled
  }

  private static func object(
    _ members: [Member], _ frame: SigningFrame
  ) throws(EvaluationError) -> [(key: String, value: JSONValue)] {
    var object: [(key: String, value: JSONValue)] = []
    for member in members {
      switch member {
      case .text(let name, let writer): object.append((name, .string(try text(writer, frame))))
      case .integer(let name, let number): object.append((name, .integer(try number(frame))))
      }
    }
    return object
  }

  // MARK: Variables

  private mutating func place(_ name: String) throws(EvaluationError) -> Place {
    guard let place = places[name] else { throw .unknownVariable(name) }
    if let text = SigningFrame.Text.byName[name] { usedTexts.insert(text) }
    if let integer = SigningFrame.Integer.byName[name] { usedIntegers.insert(integer) }
    return place
  }

  /// Whether an expression is made of literals and credentials alone.
  private func isConstant(_ expression: Expression) -> Bool {
    switch expression {
    case .text, .integer: return true
    case .variable(let name, _):
      if case .constant? = places[name] { return true }
      return false
    case .join(let a, let b, _): return isConstant(a) && isConstant(b)
    case .call(.es256, _), .jwt: return false
    case .call(_, let arguments): return arguments.allSatisfy(isConstant)
    }
  }

  // MARK: Values

  static func bytes(_ writer: Writer, _ frame: SigningFrame) throws(EvaluationError) -> [UInt8] {
    var out: [UInt8] = []
    try writer(frame, &out)
    return out
  }

  static func text(_ writer: Writer, _ frame: SigningFrame) throws(EvaluationError) -> String {
    String(decoding: try bytes(writer, frame), as: UTF8.self)
  }

  private static func append(_ bytes: [UInt8], to out: inout [UInt8]) throws(EvaluationError) {
    guard out.count + bytes.count <= limit else { throw .tooLong }
    out.append(contentsOf: bytes)
  }
}
