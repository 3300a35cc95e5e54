public import Broker
public import Core

/// What a signature may be of: the parts of one request as they are sent.
public struct SigningSubject: Sendable {
  /// `GET`, `POST`, …
  public var method: String
  /// `https`, or `http` to loopback.
  public var scheme: String
  /// The host, with its port where the endpoint names one.
  public var host: String
  /// From `/` on, what stands in front of it in the endpoint included.
  public var path: String
  /// Without the `?`.
  public var query: String
  /// The exact bytes.
  public var body: [UInt8]
  /// What the body is said to be; empty without a body.
  public var contentType: String
  /// The JSON text of a `payload` carrier; empty for other calls.
  public var payload: String

  /// A request to be signed.
  public init(
    method: String, scheme: String, host: String, path: String, query: String = "", body: [UInt8] = [],
    contentType: String = "", payload: String = ""
  ) {
    self.method = method
    self.scheme = scheme
    self.host = host
    self.path = path
    self.query = query
    self.body = body
    self.contentType = contentType
    self.payload = payload
  }
}

/// What is drawn for one request, once: the clock, a nonce and random text.
public struct SigningDraw: Sendable {
  /// The protocol clock.
  public var now: Timestamp
  /// The nonce; zero where none is used.
  public var nonce: UInt64
  /// A UUID in its usual form, in lower case; drawn when it is used unless it is given.
  public var uuid: String?
  /// 32 hexadecimal digits; drawn when they are used unless they are given.
  public var randomHex: String?

  /// What is drawn; random text is drawn when it is used.
  public init(now: Timestamp, nonce: UInt64 = 0, uuid: String? = nil, randomHex: String? = nil) {
    self.now = now
    self.nonce = nonce
    self.uuid = uuid
    self.randomHex = randomHex
  }
}

/// What an expression came to.
public enum SignedValue: Hashable, Sendable {
  /// Text.
  case text(String)
  /// Bytes.
  case bytes([UInt8])
  /// A whole number.
  case integer(Int)

  /// As it goes into a header or parameter: text as it is, integers in digits, bytes nowhere.
  public var text: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .bytes: nil
    }
  }
}

/// Why an expression came to nothing. Never holds any part of a credential or of what was to be signed.
public enum EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No account is given, or it has no value for this slot.
  case noCredential(String)
  /// A variable that nothing defines.
  case unknownVariable(String)
  /// A text that is not what a function decodes.
  case notDecodable(String)
  /// Text that was to be made of bytes which are none.
  case notText(String)
  /// A value of more than a mebibyte.
  case tooLong
  /// A sum beyond 64 bits.
  case overflow
  /// An expression of another type than its place wants: the checks at load let none through.
  case wrongType(String)
  /// What libcrypto or the key says.
  case signing(SigningError)

  /// One line for a log.
  public var description: String {
    switch self {
    case .noCredential(let slot): "no value for the credential \(slot)"
    case .unknownVariable(let name): "nothing defines \(name)"
    case .notDecodable(let function): "\(function): its argument is not of that form"
    case .notText(let function): "\(function): bytes that are no text"
    case .tooLong: "a value of more than 1 MiB"
    case .overflow: "a sum beyond 64 bits"
    case .wrongType(let place): "\(place): a value of another type"
    case .signing(let error): error.description
    }
  }
}
