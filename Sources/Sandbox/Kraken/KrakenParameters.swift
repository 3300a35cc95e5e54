import Core

/// The parameters of a call, from a query or from a body of either form.
struct KrakenParameters: Sendable {
  private var values: [String: String] = [:]

  /// Reads `a=b&c=d`: `%2B` is a plus, a plus is a space. Of a name given twice the last one counts.
  init(form text: String) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first else { continue }
      add(Self.decoded(name), parts.count == 2 ? Self.decoded(parts[1]) : "")
    }
  }

  private mutating func add(_ name: String, _ value: String) {
    // `a[]=1&a[]=2` is a list without places: each gets the next.
    guard name.hasSuffix("[]") else {
      values[name] = value
      return
    }
    let list = name.dropLast(2)
    let place = (0..<Self.longestList).first { values["\(list)[\($0)]"] == nil } ?? 0
    values["\(list)[\(place)]"] = value
  }

  /// Elements of a list that are looked at; no call takes as many.
  private static let longestList = 100

  /// The parameters of one element of a list.
  private init(values: [String: String]) { self.values = values }

  /// Reads a JSON object; numbers keep their text, what is nested becomes `close[…]`, `orders[0]`, `orders[0][…]`; lists
  /// of values are also joined by commas.
  init(json bytes: [UInt8]) throws(JSONError) {
    let json = try JSON(parsing: bytes)
    guard let members = json.members else { throw .wrongType("the body", expected: "an object") }
    for (key, value) in members { add(key, value) }
  }

  private mutating func add(_ key: String, _ value: JSON) {
    switch value.kind {
    case .string, .number: values[key] = value.text
    case .boolean: values[key] = value.boolean == true ? "true" : "false"
    case .array:
      let elements = value.elements ?? []
      values[key] = elements.compactMap(\.text).joined(separator: ",")
      for (index, element) in elements.prefix(Self.longestList).enumerated() { add("\(key)[\(index)]", element) }
    case .object:
      for (inner, value) in value.members ?? [] { add("\(key)[\(inner)]", value) }
    case .null: break
    }
  }

  /// What was given, if it was and is not empty.
  subscript(name: String) -> String? {
    guard let value = values[name], !value.isEmpty else { return nil }
    return value
  }

  /// The elements of a list of values, written as `a[0]=…` or with commas.
  func list(_ name: String) -> [String] {
    let elements = (0..<Self.longestList).lazy.map { values["\(name)[\($0)]"] }.prefix { $0 != nil }.compactMap { $0 }
    if !elements.isEmpty { return Array(elements) }
    return (self[name] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
  }

  /// The elements of a list of objects: `orders[0][pair]=…` gives the first one `pair`.
  func elements(_ name: String) -> [KrakenParameters] {
    var elements: [KrakenParameters] = []
    for index in 0..<Self.longestList {
      let prefix = "\(name)[\(index)]["
      var inner: [String: String] = [:]
      for (key, value) in values where key.hasPrefix(prefix) {
        let rest = key.dropFirst(prefix.count)
        guard let end = rest.firstIndex(of: "]") else { continue }
        inner[String(rest[..<end] + rest[rest.index(after: end)...])] = value
      }
      guard !inner.isEmpty else { break }
      elements.append(KrakenParameters(values: inner))
    }
    return elements
  }

  /// The same parameters and one more.
  func adding(_ name: String, _ value: String?) -> KrakenParameters {
    var copy = self
    copy.values[name] = value
    return copy
  }

  /// The parameters whose names are `name[…]`, by what stands in the brackets.
  func nested(_ name: String) -> KrakenParameters {
    let prefix = name + "["
    var inner: [String: String] = [:]
    for (key, value) in values where key.hasPrefix(prefix) && key.hasSuffix("]") {
      inner[String(key.dropFirst(prefix.count).dropLast())] = value
    }
    return KrakenParameters(values: inner)
  }

  /// Whether the name starts any given parameter.
  func hasPrefix(_ prefix: String) -> Bool { values.keys.contains { $0.hasPrefix(prefix) } }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var utf8 = Array(text.utf8)[...]
    while let byte = utf8.popFirst() {
      if byte == UInt8(ascii: "%"), let value = hexValue(utf8.prefix(2)) {
        bytes.append(value)
        utf8 = utf8.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexValue(_ digits: ArraySlice<UInt8>) -> UInt8? {
    digits.count == 2 ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
}

/// What Kraken says is wrong: an entry of `error`.
struct KrakenError: Error, Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static let invalidArguments = KrakenError("EGeneral:Invalid arguments")
  static let unknownMethod = KrakenError("EGeneral:Unknown method")
  static let unknownPair = KrakenError("EQuery:Unknown asset pair")
  static let unavailable = KrakenError("EService:Unavailable")

  static func invalidArgument(_ name: String) -> KrakenError { KrakenError("EGeneral:Invalid arguments:\(name)") }
}
