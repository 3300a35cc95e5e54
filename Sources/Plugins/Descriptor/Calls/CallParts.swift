internal import Core

/// The parameters of one request on their way to bytes.
struct CallParts {
  private enum Body {
    case none
    case form([(name: String, value: String)])
    case json(JSONValue)
    case payload([(key: String, value: JSONValue)])
  }

  /// Encoded already.
  private var query: [(name: String, value: String)] = []
  private var body = Body.none
  private let isRawQuery: Bool

  init(_ call: Call) { isRawQuery = call.isRawQuery }

  /// Takes in what the call says.
  mutating func fill(_ call: Call, _ variables: CallVariables, page: [Parameter]) throws(RequestError) {
    query = try queryPairs(call.query, variables)
    switch call.carrier {
    case .none: body = .none
    case .form(let parameters): body = .form(try Self.pairs(parameters, variables))
    case .json(let tree): body = .json(try variables.value(tree) ?? .null)
    case .payload(let tree):
      guard case .object(let members)? = try variables.value(tree) else { throw .wrongType("payload") }
      body = .payload(members)
    }
    for parameter in page {
      if let value = try variables.value(parameter.value) { turn(parameter.name, value) }
    }
  }

  /// Encoded: in a query only what variables put in is, what the file says stands as it is written.
  private func queryPairs(
    _ parameters: [Parameter], _ variables: CallVariables
  ) throws(RequestError) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for parameter in parameters {
      let value = try variables.text(parameter.value) { text in isRawQuery ? text : PercentEncoding.encoded(text) }
      if let value { pairs.append((PercentEncoding.raw(parameter.name), PercentEncoding.raw(value))) }
    }
    return pairs
  }

  private static func pairs(
    _ parameters: [Parameter], _ variables: CallVariables
  ) throws(RequestError) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    pairs.reserveCapacity(parameters.count + 4)
    for parameter in parameters {
      if let text = try variables.text(parameter.value) { pairs.append((parameter.name, text)) }
    }
    return pairs
  }

  /// Puts a parameter of a page in, in place of one of its name.
  private mutating func turn(_ name: String, _ value: JSONValue) {
    switch body {
    case .form(var pairs):
      Self.put((name, value.plainText), into: &pairs)
      body = .form(pairs)
    case .json(.object(var members)):
      Self.put((name, value), into: &members)
      body = .json(.object(members))
    case .payload(var members):
      Self.put((name, value), into: &members)
      body = .payload(members)
    case .none, .json: Self.put(encoded((name, value.plainText)), into: &query)
    }
  }

  private static func put(_ pair: (name: String, value: String), into pairs: inout [(name: String, value: String)]) {
    if let place = pairs.firstIndex(where: { $0.name == pair.name }) { pairs[place] = pair } else { pairs.append(pair) }
  }

  private static func put(_ pair: (key: String, value: JSONValue), into pairs: inout [(key: String, value: JSONValue)])
  {
    if let place = pairs.firstIndex(where: { $0.key == pair.key }) { pairs[place] = pair } else { pairs.append(pair) }
  }

  // MARK: Signing's parameters

  /// Puts what signing wants in front and behind: into the form or payload where the call has one, else the query.
  mutating func surround(
    first: [(name: String, value: SignedValue)], last: [(name: String, value: SignedValue)]
  ) throws(EvaluationError) {
    switch body {
    case .payload(let members):
      body = .payload(try Self.members(first) + members + (try Self.members(last)))
    case .form(let pairs): body = .form(try Self.texts(first) + pairs + (try Self.texts(last)))
    case .none, .json: query = try Self.texts(first).map(encoded) + query + (try Self.texts(last).map(encoded))
    }
  }

  /// Puts what is added after signing behind everything.
  mutating func append(_ parameters: [(name: String, value: SignedValue)]) throws(EvaluationError) {
    let texts = try Self.texts(parameters)
    if case .form(let pairs) = body { body = .form(pairs + texts) } else { query += texts.map(encoded) }
  }

  private static func texts(
    _ parameters: [(name: String, value: SignedValue)]
  ) throws(EvaluationError) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for (name, value) in parameters {
      guard let text = value.text else { throw .wrongType(name) }
      pairs.append((name, text))
    }
    return pairs
  }

  private static func members(
    _ parameters: [(name: String, value: SignedValue)]
  ) throws(EvaluationError) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    for (name, value) in parameters {
      switch value {
      case .text(let text): members.append((name, .string(text)))
      case .integer(let number): members.append((name, .integer(number)))
      case .bytes: throw .wrongType(name)
      }
    }
    return members
  }

  // MARK: Bytes

  /// Writes everything as it is sent. A form without parameters is no body.
  func write(_ subject: inout SigningSubject, _ ownType: String?) {
    subject.query = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    switch body {
    case .none: subject.contentType = ownType ?? ""
    case .form(let pairs):
      subject.body = Self.encoded(pairs)
      subject.contentType = subject.body.isEmpty ? "" : ownType ?? "application/x-www-form-urlencoded"
    case .json(let document):
      subject.body = Array(document.encoded.utf8)
      subject.contentType = ownType ?? "application/json"
    case .payload(let members):
      subject.payload = JSONValue.object(members).encoded
      subject.contentType = ownType ?? ""
    }
  }

  private static func encoded(_ pairs: [(name: String, value: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pairs.count * 24)
    for (name, value) in pairs {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
      PercentEncoding.append(name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      PercentEncoding.append(value, to: &bytes)
    }
    return bytes
  }

  private func encoded(_ pair: (name: String, value: String)) -> (name: String, value: String) {
    isRawQuery
      ? (PercentEncoding.raw(pair.name), PercentEncoding.raw(pair.value))
      : (PercentEncoding.encoded(pair.name), PercentEncoding.encoded(pair.value))
  }
}
