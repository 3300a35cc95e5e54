public import Core

/// Requests that an independent client sent, recorded with the clock and credentials it used.
public struct RecordedRequests: Sendable {
  /// One operation.
  public struct Case: Sendable {
    /// Its name.
    public var id: String
    /// What the client was asked to do: `balances`, `limit_order`, …
    public var operation: String
    /// What it sent; `nil` where it cannot.
    public var request: Request?
  }

  /// What was sent.
  public struct Request: Sendable {
    /// `GET`, …
    public var method: String
    /// The whole address.
    public var url: String
    /// By name.
    public var headers: [(name: String, value: String)]
    /// The bytes; none where there is no body.
    public var body: [UInt8]

    /// A header by name, in whatever case.
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
  }

  /// What made them.
  public var source: String
  /// The client's clock.
  public var now: Timestamp
  /// In the client's words: `apiKey`, `secret`, `password`, `uid`.
  public var credentials: [String: String]
  /// What the venue calls the market.
  public var marketID: String
  /// The market.
  public var symbol: Symbol
  /// In the order of the file.
  public var cases: [Case]

  /// Reads a file of them.
  /// - Throws: when it is not of that shape.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    let file = try JSON(parsing: bytes)
    source = try file.string("source")
    let (nanoseconds, overflow) = Int64(try file.integer("clock_ms")).multipliedReportingOverflow(by: 1_000_000)
    guard !overflow else { throw .wrongType("clock_ms", expected: "milliseconds since 1970") }
    now = Timestamp(nanoseconds: nanoseconds)
    credentials = [:]
    for (name, value) in try file.object("credentials").members ?? [] { credentials[name] = value.text }
    let market = try file.array("market").map { $0.text ?? "" }
    guard market.count == 2, let symbol = Symbol(parsing: market[1]) else {
      throw .wrongType("market", expected: "the venue's name and ours")
    }
    marketID = market[0]
    self.symbol = symbol
    cases = []
    for entry in try file.array("cases") { cases.append(try Self.read(entry)) }
  }

  private static func read(_ entry: JSON) throws(JSONError) -> Case {
    var read = Case(id: try entry.string("id"), operation: try entry.string("op"))
    guard let request = entry["request"], !request.isNull else { return read }
    var headers: [(name: String, value: String)] = []
    for (name, value) in request["headers"]?.members ?? [] { headers.append((name, value.plainText ?? "")) }
    read.request = Request(
      method: try request.string("method"), url: try request.string("url"), headers: headers,
      body: Array((try request.optionalString("body") ?? "").utf8))
    return read
  }
}

/// A difference from recorded requests that is on purpose, with its reason.
public struct RecordedDifference: Hashable, Sendable {
  /// How they differ.
  public enum Kind: Hashable, Sendable {
    /// We send it, they do not.
    case added
    /// They send it, we do not.
    case leftOut
    /// Both send it, with different values.
    case changed
    /// Another address or method altogether: the whole request is not compared.
    case otherCall
  }
  /// The client's word for what it was asked to do; `*` for all.
  public var operation: String
  /// The parameter's name, in the query with a `?` in front.
  public var parameter: String
  /// How they differ.
  public var kind: Kind
  /// Why.
  public var because: String

  /// A difference on purpose.
  public init(_ operation: String, _ parameter: String, _ kind: Kind, because: String) {
    self.operation = operation
    self.parameter = parameter
    self.kind = kind
    self.because = because
  }
}
