import Broker
import Core
import Foundation

/// A request as method, place, and every parameter of query and body.
struct WireRequest {
  let method: String
  /// `https://host`
  let origin: String
  let path: String
  /// By name: members of members as `a.b`, repeated names and arrays with all values in order, objects in arrays as `a[0].b`.
  let parameters: [String: [JSONValue]]
  /// Whether the body is JSON, whose values have types.
  let isTyped: Bool

  init(method: String, url: String, body: String?) throws {
    self.method = method
    let afterScheme = url.range(of: "://").map { url[$0.upperBound...] } ?? url[...]
    let target = afterScheme.drop { $0 != "/" }
    origin = String(url.prefix(url.count - target.count))
    path = String(target.prefix { $0 != "?" })
    var parameters: [String: [JSONValue]] = [:]
    Self.read(form: String(target.drop { $0 != "?" }.dropFirst()), into: &parameters)
    let text = body ?? ""
    isTyped = text.hasPrefix("{")
    if isTyped {
      Self.read(try JSON(parsing: text).value, "", into: &parameters)
    } else {
      Self.read(form: text, into: &parameters)
    }
    self.parameters = parameters
  }

  init(_ request: HTTPRequest) throws {
    try self.init(method: request.method, url: request.url, body: String(decoding: request.body, as: UTF8.self))
  }

  private static func read(form: String, into parameters: inout [String: [JSONValue]]) {
    for pair in form.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? String($0)
      }
      parameters[parts[0], default: []].append(.string(parts.count > 1 ? parts[1] : ""))
    }
  }

  private static func read(_ value: JSONValue, _ name: String, into parameters: inout [String: [JSONValue]]) {
    if let members = value.members {
      for (key, member) in members { read(member, name.isEmpty ? key : "\(name).\(key)", into: &parameters) }
    } else if let list = value.list {
      for (index, element) in list.enumerated() {
        read(element, element.members == nil ? name : "\(name)[\(index)]", into: &parameters)
      }
    } else {
      parameters[name, default: []].append(value)
    }
  }

  /// Equal as the venue reads them: the same text, or the same number; in typed bodies of the same type too.
  static func areEqual(_ theirs: [JSONValue], _ ours: [JSONValue], typed: Bool) -> Bool {
    theirs.count == ours.count
      && zip(theirs, ours).allSatisfy { a, b in
        if typed, a.isNumber != b.isNumber || (a.truth == nil) != (b.truth == nil) { return false }
        if let x = a.decimal, let y = b.decimal { return x == y }
        if let x = a.text.flatMap(Timestamp.init(rfc3339:)), let y = b.text.flatMap(Timestamp.init(rfc3339:)) {
          return x == y
        }
        return word(a) == word(b)
      }
  }

  static func word(_ value: JSONValue) -> String { value.truth.map { $0 ? "true" : "false" } ?? value.text ?? "null" }

  static func words(_ values: [JSONValue]?) -> String {
    values.map { $0.map(word).joined(separator: ",") } ?? "nothing"
  }
}
