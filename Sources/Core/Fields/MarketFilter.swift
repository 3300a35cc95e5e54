/// Which markets an account looks at: each level of the manifest may narrow it, none can widen it.
public struct MarketFilter: Hashable, Sendable {
  /// Every list must have a pattern that fits; no list admits all.
  public private(set) var include: [[String]] = []
  /// No pattern may fit. Sorted, each once.
  public private(set) var exclude: [String] = []

  /// Admits every market.
  public init() {}

  /// A filter as it was written to a message; the lists hold ``FieldWord/symbolPattern``s.
  public init(include: [[String]], exclude: [String]) {
    for list in include { narrow(include: list) }
    add(exclude: exclude)
  }

  /// Admits from now on only what `patterns` admit too.
  public mutating func narrow(include patterns: [String]) {
    guard !patterns.contains(where: { $0 == "*" || $0 == "*/*" }) else { return }
    let list = Array(Set(patterns)).sorted()
    guard !include.contains(list) else { return }
    // A list of plain symbols swallows the others: what remains of it is all there is.
    if let index = include.firstIndex(where: Self.isPlain) {
      include[index].removeAll { !Self.admits($0, list) }
      if Self.isPlain(list) { include[index] = list.filter { include[index].contains($0) } }
      return
    }
    if Self.isPlain(list) {
      include = [list.filter { symbol in include.allSatisfy { Self.admits(symbol, $0) } }]
    } else {
      include.append(list)
    }
  }

  /// Bars from now on what `patterns` fit.
  public mutating func add(exclude patterns: [String]) {
    let united = Set(exclude).union(patterns)
    if united.count > exclude.count { exclude = united.sorted() }
  }

  /// Whether a market, written `BASE/QUOTE`, is looked at.
  public func admits(_ symbol: String) -> Bool {
    include.allSatisfy { Self.admits(symbol, $0) } && !Self.admits(symbol, exclude)
  }

  /// Whether it is certain that no market is left.
  public var isEmpty: Bool {
    if Self.admits("*/*", exclude) || exclude.contains("*") || include.contains([]) { return true }
    guard let plain = include.first(where: Self.isPlain) else { return false }
    return !plain.contains(where: admits)
  }

  private static func isPlain(_ patterns: [String]) -> Bool { !patterns.contains { $0.utf8.contains(42) } }

  private static func admits(_ symbol: String, _ patterns: [String]) -> Bool {
    patterns.contains { $0 == "*" || Wildcard.matches(symbol, $0) }
  }
}

/// Matching by `*` (any characters, none too), never by more: linear in text times stars.
public enum Wildcard {
  /// Whether the whole of `text` fits `pattern`.
  public static func matches(_ text: String, _ pattern: String) -> Bool {
    let text = Array(text.utf8), pattern = Array(pattern.utf8)
    var at = 0, wanted = 0
    var star: (pattern: Int, text: Int)?
    while at < text.count {
      if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
        star = (wanted, at)
        wanted += 1
      } else if wanted < pattern.count, pattern[wanted] == text[at] {
        at += 1
        wanted += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        at = last.text + 1
        wanted = last.pattern + 1
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
