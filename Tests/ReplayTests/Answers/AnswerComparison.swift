import Core
import Foundation

/// A parsed answer of somebody else against ours, member by member. What they leave open (`null`) is not compared; what
/// they say and we do not hold is a difference unless ``NotOurs`` declares it.
struct AnswerComparison {
  let venue: Venue
  /// The answer itself, for what is declared by its fields.
  let raw: JSONValue
  /// `order`, `trade`, …
  let kind: String
  /// Paths where the material says itself that the two parses differ.
  var skipped: Set<String> = []
  /// Whether we may have rows that they left out, since they filter after reading.
  var allowsMore = false
  private(set) var differences: [String] = []

  init(venue: Venue, raw: JSONValue, kind: String) {
    self.venue = venue
    self.raw = raw
    self.kind = kind
  }

  mutating func compare(_ expected: JSONValue, _ seen: JSONValue) { compare(expected, seen, path: "", in: nil, seen) }

  private mutating func compare(
    _ expected: JSONValue, _ seen: JSONValue?, path: String, in record: JSONValue?, _ own: JSONValue?
  ) {
    guard !expected.isNull, !skipped.contains(path) else { return }
    if let members = expected.members {
      guard seen?.members != nil else { return differ(path, expected, seen) }
      for (key, value) in members { compare(member: key, value, seen, path: path) }
    } else if let list = expected.list {
      guard let ours = seen?.list else { return differ(path, expected, seen) }
      compare(list, ours, path: path)
    } else if !Self.areEqual(expected, seen, path: path) {
      differ(path, expected, seen)
    }
  }

  private mutating func compare(member key: String, _ expected: JSONValue, _ seen: JSONValue?, path: String) {
    let inner = "\(path).\(key)"
    guard !expected.isNull, !skipped.contains(inner), !NotOurs.leavesOut(Self.bare(inner), kind),
      !Self.isEmpty(expected)
    else { return }
    let look = NotOurs.Look(venue: venue, kind: kind, field: key, expected: expected, record: seen, raw: raw)
    if NotOurs.allowances.contains(where: { $0.covers(look) }) { return }
    compare(expected, seen?[key] ?? .null, path: inner, in: seen, seen)
  }

  private mutating func compare(_ expected: [JSONValue], _ seen: [JSONValue], path: String) {
    if kind == "book", path.hasPrefix(".bids[") || path.hasPrefix(".asks[") {
      // Price and quantity; what stands behind them is the venue's time.
      return compareElements(Array(expected.prefix(2)), seen, path: path)
    }
    if kind == "candles", path.isEmpty {
      // One candle parsed alone stands for a list of one.
      return compareCandles(expected.first?.list == nil ? [.array(expected)] : expected, seen)
    }
    guard expected.contains(where: { $0.filled("id") != nil }) else {
      if expected.count != seen.count, !(allowsMore && seen.count > expected.count) {
        return differences.append("\(path): expected \(expected.count) rows, seen \(seen.count)")
      }
      return compareElements(expected, seen, path: path)
    }
    var left = seen
    for (index, row) in expected.enumerated() {
      guard let found = left.firstIndex(where: { isSame(row, $0) }) else {
        differences.append("\(path)[\(index)]: expected \(row["id"]?.text ?? "a row"), seen none of that id")
        continue
      }
      compare(row, left.remove(at: found), path: "\(path)[\(index)]", in: nil, nil)
    }
    if !left.isEmpty, !allowsMore { differences.append("\(path): expected no more rows, seen \(left.count) more") }
  }

  /// Row by row of the same time. Kraken's last row is the candle that runs, which others keep.
  private mutating func compareCandles(_ expected: [JSONValue], _ seen: [JSONValue]) {
    let rows = raw["result"]?.members?.first { $0.value.list != nil }?.value.list
    let running = rows?.last?.list?.first?.decimal.flatMap { try? $0 * ExactDecimal(integer: 1_000) }
    var count = 0
    for (index, row) in expected.enumerated() {
      let start = row.list?.first?.decimal
      if let running, start == running { continue }
      count += 1
      let found = seen.first { $0.list?.first?.decimal == start }
      compare(row, found, path: "[\(index)]", in: nil, nil)
    }
    if seen.count != count, !allowsMore { differences.append("rows: expected \(count), seen \(seen.count)") }
  }

  private mutating func compareElements(_ expected: [JSONValue], _ seen: [JSONValue], path: String) {
    for (index, element) in expected.enumerated() {
      let other = seen.indices.contains(index) ? seen[index] : nil
      compare(element, other, path: "\(path)[\(index)]", in: nil, nil)
    }
  }

  private func isSame(_ expected: JSONValue, _ seen: JSONValue) -> Bool {
    guard let id = expected.filled("id") else { return false }
    let look = NotOurs.Look(venue: venue, kind: kind, field: "id", expected: id, record: seen, raw: raw)
    return id == seen["id"] || NotOurs.allowances.contains { $0.covers(look) }
  }

  private mutating func differ(_ path: String, _ expected: JSONValue, _ seen: JSONValue?) {
    let place = path.isEmpty ? "answer" : String(path.drop { $0 == "." })
    differences.append("\(place): expected \(Self.short(expected)), seen \(Self.short(seen ?? .null))")
  }

  /// Whether all that it says is `null`.
  private static func isEmpty(_ expected: JSONValue) -> Bool {
    if let list = expected.list { return list.allSatisfy(isEmpty) }
    guard let members = expected.members else { return expected.isNull }
    return members.allSatisfy { isEmpty($0.value) }
  }

  private static func short(_ value: JSONValue) -> String {
    let text = value.encoded
    return text.count > 160 ? text.prefix(160) + "…" : text
  }

  /// The path without its indices and leading point: `fee.cost`.
  private static func bare(_ path: String) -> String {
    var bare = ""
    var isIndex = false
    for character in path {
      if character == "[" { isIndex = true }
      if !isIndex { bare.append(character) }
      if character == "]" { isIndex = false }
    }
    return String(bare.drop { $0 == "." })
  }

  /// The same text or the same number. A number of the material went through binary: it is the same when ours, taken
  /// there, is. A time is the same in whole milliseconds, however it is written.
  static func areEqual(_ expected: JSONValue, _ seen: JSONValue?, path: String) -> Bool {
    guard let seen else { return false }
    if let a = expected.truth { return a == seen.truth }
    if path.hasSuffix("datetime"), let a = expected.text.flatMap(Timestamp.init(rfc3339:)),
      let b = seen.text.flatMap(Timestamp.init(rfc3339:))
    {
      return a.milliseconds == b.milliseconds
    }
    if let a = expected.decimal, let b = seen.decimal {
      return a == b || (expected.isNumber && Double(expected.text ?? "") == Double(b.description))
    }
    return expected.text == seen.text
  }
}
