internal import Broker
public import Core

/// Signs the calls of one account as a descriptor says. Made once an account: keys are parsed and HMAC states prepared.
public struct Signer: Sendable {
  private enum Code: Sendable {
    case text(ExpressionCompiler.Writer)
    case bytes(ExpressionCompiler.Writer)
    case integer(ExpressionCompiler.Number)
  }

  private struct Entry: Sendable {
    let name: String
    let code: Code
    /// Where later expressions find it; `-1` where none does.
    let place: Int
  }

  private let first: [Entry]
  private let last: [Entry]
  private let values: [Entry]
  private let append: [Entry]
  private let headers: [Entry]
  private let emptyFrame: SigningFrame
  private let usedTexts: Set<SigningFrame.Text>
  /// Whether a nonce is drawn for each request.
  public let usesNonce: Bool

  /// Prepares the signing of one account.
  /// - Throws: when a credential is missing or cannot be used as the expressions want it; never with its value.
  public init(_ signing: Signing, credentials: [String: Secret]) throws(EvaluationError) {
    var compiler = ExpressionCompiler(credentials)
    first = try Self.entries(signing.first, &compiler, defines: false)
    last = try Self.entries(signing.last, &compiler, defines: false)
    values = try Self.entries(signing.values, &compiler, defines: true)
    append = try Self.entries(signing.append, &compiler, defines: false)
    headers = try Self.entries(signing.headers, &compiler, defines: false)
    emptyFrame = SigningFrame(texts: compiler.texts, integers: compiler.integers)
    usedTexts = compiler.usedTexts
    usesNonce = compiler.usedIntegers.contains(.nonce)
  }

  private static func entries(
    _ entries: [Signing.Entry], _ compiler: inout ExpressionCompiler, defines: Bool
  ) throws(EvaluationError) -> [Entry] {
    var compiled: [Entry] = []
    for entry in entries {
      let code: Code =
        switch entry.expression.kind {
        case .text: .text(try compiler.writer(entry.expression))
        case .bytes: .bytes(try compiler.writer(entry.expression))
        case .integer: .integer(try compiler.number(entry.expression))
        }
      let place = defines ? compiler.define(entry.name, entry.expression.kind) : -1
      compiled.append(Entry(name: entry.name, code: code, place: place))
    }
    return compiled
  }

  // MARK: One request

  /// The signing of one request under way: ``Signer/begin(_:_:)`` → ``first()``, ``last()`` → the subject complete →
  /// ``sign()`` → ``append()``, ``headers()``.
  public struct Session {
    private let signer: Signer
    private var frame: SigningFrame
    /// What the named values came to, in their order.
    public private(set) var values: [(name: String, value: SignedValue)] = []

    init(_ signer: Signer, _ draw: SigningDraw) throws(EvaluationError) {
      self.signer = signer
      frame = signer.emptyFrame
      let now = draw.now.nanoseconds
      frame.set(.seconds, draw.now.seconds)
      frame.set(.milliseconds, draw.now.milliseconds)
      frame.set(.microseconds, Int(now >= 0 ? now / 1_000 : (now - 999) / 1_000))
      frame.set(.nanoseconds, Int(now))
      guard let nonce = Int(exactly: draw.nonce) else { throw .overflow }
      frame.set(.nonce, nonce)
      if signer.usedTexts.contains(.nowISO) { frame.set(.nowISO, Array(draw.now.text(fractionDigits: 3).utf8)) }
      if signer.usedTexts.contains(.uuid) {
        let uuid = if let given = draw.uuid { given } else { try Self.uuid() }
        frame.set(.uuid, Array(uuid.utf8))
      }
      if signer.usedTexts.contains(.randomHex) {
        let digits = if let given = draw.randomHex { given } else { Hex.encode(try Self.random()) }
        frame.set(.randomHex, Array(digits.utf8))
      }
    }

    private static func random() throws(EvaluationError) -> [UInt8] {
      try SigningFunctions.signing { () throws(SigningError) in try SecureRandom.bytes(16) }
    }

    /// A random UUID, version 4.
    private static func uuid() throws(EvaluationError) -> String {
      var bytes = try random()
      for (place, keep, mark) in [(6, UInt8(0x0f), UInt8(0x40)), (8, 0x3f, 0x80)] {
        bytes[place] = bytes[place] & keep | mark
      }
      var text = ""
      for (index, digit) in Hex.encode(bytes).enumerated() {
        if [8, 12, 16, 20].contains(index) { text.append("-") }
        text.append(digit)
      }
      return text
    }

    /// Takes the parts of the request in, as far as they are known.
    public mutating func take(_ subject: SigningSubject) {
      frame.set(.method, Array(subject.method.utf8))
      frame.set(.scheme, Array(subject.scheme.utf8))
      frame.set(.host, Array(subject.host.utf8))
      frame.set(.path, Array(subject.path.utf8))
      frame.set(.query, Array(subject.query.utf8))
      frame.set(.body, subject.body)
      frame.set(.contentType, Array(subject.contentType.utf8))
      frame.set(.payload, Array(subject.payload.utf8))
      guard signer.usedTexts.contains(.pathQuery) else { return }
      let whole = subject.query.isEmpty ? subject.path : "\(subject.path)?\(subject.query)"
      frame.set(.pathQuery, Array(whole.utf8))
    }

    /// Parameters before the call's own.
    public func first() throws(EvaluationError) -> [(name: String, value: SignedValue)] { try evaluated(signer.first) }
    /// Parameters after them.
    public func last() throws(EvaluationError) -> [(name: String, value: SignedValue)] { try evaluated(signer.last) }

    /// Computes the named values; the request's parts must have been taken in.
    public mutating func sign() throws(EvaluationError) {
      values = []
      for entry in signer.values {
        let value = try Self.value(entry.code, frame)
        switch value {
        case .integer(let number): frame.set(integer: entry.place, number)
        case .text(let text): frame.set(text: entry.place, Array(text.utf8))
        case .bytes(let bytes): frame.set(text: entry.place, bytes)
        }
        values.append((entry.name, value))
      }
    }

    /// Parameters added when everything is signed.
    public func append() throws(EvaluationError) -> [(name: String, value: SignedValue)] {
      try evaluated(signer.append)
    }
    /// Headers.
    public func headers() throws(EvaluationError) -> [(name: String, value: SignedValue)] {
      try evaluated(signer.headers)
    }

    private func evaluated(_ entries: [Entry]) throws(EvaluationError) -> [(name: String, value: SignedValue)] {
      var result: [(name: String, value: SignedValue)] = []
      result.reserveCapacity(entries.count)
      for entry in entries { result.append((entry.name, try Self.value(entry.code, frame))) }
      return result
    }

    private static func value(_ code: Code, _ frame: SigningFrame) throws(EvaluationError) -> SignedValue {
      switch code {
      case .text(let writer): .text(try ExpressionCompiler.text(writer, frame))
      case .bytes(let writer): .bytes(try ExpressionCompiler.bytes(writer, frame))
      case .integer(let number): .integer(try number(frame))
      }
    }
  }

  /// Begins with one request.
  public func begin(_ draw: SigningDraw, _ subject: SigningSubject) throws(EvaluationError) -> Session {
    var session = try Session(self, draw)
    session.take(subject)
    return session
  }
}
