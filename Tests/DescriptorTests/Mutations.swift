import Foundation

/// Random numbers that a seed repeats (Vigna's SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// What a slip of the hand, or a bad merge, does to a file.
enum Mutation: CaseIterable {
  /// A few characters come, go or change.
  case characters
  /// A word becomes another word of the file.
  case word
  /// A word of the language becomes another of its kind.
  case language
  /// A digit changes.
  case digit
  /// Two values of one line change places.
  case swap
  /// A line goes, comes twice, or moves.
  case line
  /// A line's indentation changes.
  case indentation
  /// An entry of a mapping goes.
  case entry

  private static let alphabet = Array("{}[]:,#&*!|>'\"%@`~-?()+$._ \n\t0159azAZ\u{e9}\u{0}")
  private static let languages = [
    ["sha256", "sha384", "sha512"], ["hmac_sha256", "hmac_sha384", "hmac_sha512"], ["hex", "base64", "base64url"],
    ["utf8", "unbase64", "unhex"], ["now_s", "now_ms", "now_us", "now_ns", "nonce"],
    ["path", "path_query", "query", "body", "method", "host", "payload"], ["api_key", "api_secret", "passphrase"],
    ["GET", "POST", "PUT", "DELETE"], ["safe", "idempotent", "unsafe"], ["true", "false"],
    ["s", "ms", "us", "ns", "iso"],
    ["quantity", "notional", "price", "trigger"], ["order_id", "client_id"], ["buy", "sell"],
    ["open", "filled", "cancelled", "pending", "rejected", "expired"], ["first", "last", "append", "headers"],
    ["form", "query", "json", "payload"], ["bids", "asks"], ["bid", "ask"], ["available", "held", "total"],
    ["milliseconds", "microseconds", "nanoseconds"], ["address", "key", "instrument"],
  ]

  /// The text with one such change, or `nil` where there is no place for it.
  func applied(to text: String, _ random: inout SplitMix) -> String? {
    switch self {
    case .characters: Self.characters(text, &random)
    case .word:
      Self.replacing(text, &random) { words, index, random in
        words.filter { $0 != words[index] }.randomElement(using: &random).map(String.init)
      }
    case .language:
      Self.replacing(text, &random, where: { word in Self.languages.contains { $0.contains(String(word)) } }) {
        words, index, random in
        let word = String(words[index])
        return Self.languages.filter { $0.contains(word) }.flatMap { $0 }.filter { $0 != word }
          .randomElement(using: &random)
      }
    case .digit:
      Self.replacing(text, &random, where: { $0.contains { $0.isNumber } }) { words, index, random in
        var characters = Array(words[index])
        let digits = characters.indices.filter { characters[$0].isNumber }
        guard let place = digits.randomElement(using: &random) else { return nil }
        characters[place] = Character(String(Int.random(in: 0...9, using: &random)))
        return String(characters)
      }
    case .swap: Self.swapped(text, &random)
    case .line, .indentation: Self.lines(text, &random, isIndentation: self == .indentation)
    case .entry: Self.withoutEntry(text, &random)
    }
  }

  private static func characters(_ text: String, _ random: inout SplitMix) -> String? {
    var characters = Array(text)
    for _ in 0..<Int.random(in: 1...3, using: &random) where !characters.isEmpty {
      let index = Int.random(in: 0..<characters.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: characters.remove(at: index)
      case 1: characters.insert(alphabet.randomElement(using: &random) ?? " ", at: index)
      case 2: characters[index] = alphabet.randomElement(using: &random) ?? " "
      default: characters.removeSubrange(index..<min(characters.count, index + Int.random(in: 1...20, using: &random)))
      }
    }
    return String(characters)
  }

  /// Changes one word that fits.
  private static func replacing(
    _ text: String, _ random: inout SplitMix, where fits: (Substring) -> Bool = { _ in true },
    by other: ([Substring], Int, inout SplitMix) -> String?
  ) -> String? {
    let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    guard let index = words.indices.filter({ fits(words[$0]) }).randomElement(using: &random),
      let word = other(words, index, &random)
    else { return nil }
    return text.replacingCharacters(in: words[index].startIndex..<words[index].endIndex, with: word)
  }

  private static func entries(_ line: Substring) -> [Substring] {
    line.split(separator: ", ").filter { $0.contains(": ") }
  }

  private static func swapped(_ text: String, _ random: inout SplitMix) -> String? {
    let lines = text.split(separator: "\n").filter { entries($0).count > 1 }
    guard let line = lines.randomElement(using: &random) else { return nil }
    var parts = line.components(separatedBy: ", ")
    let places = parts.indices.filter { parts[$0].contains(": ") }
    guard let a = places.randomElement(using: &random), let b = places.filter({ $0 != a }).randomElement(using: &random)
    else { return nil }
    let (left, right) = (parts[a].components(separatedBy: ": "), parts[b].components(separatedBy: ": "))
    parts[a] = (left.dropLast() + right.suffix(1)).joined(separator: ": ")
    parts[b] = (right.dropLast() + left.suffix(1)).joined(separator: ": ")
    return text.replacingCharacters(in: line.startIndex..<line.endIndex, with: parts.joined(separator: ", "))
  }

  private static func lines(_ text: String, _ random: inout SplitMix, isIndentation: Bool) -> String? {
    var lines = text.components(separatedBy: "\n")
    let index = Int.random(in: 0..<lines.count, using: &random)
    if isIndentation {
      lines[index] = Bool.random(using: &random) ? "  " + lines[index] : String(lines[index].drop { $0 == " " })
    } else {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: lines.remove(at: index)
      case 1: lines.insert(lines[index], at: Int.random(in: 0..<lines.count, using: &random))
      default: lines.swapAt(index, Int.random(in: 0..<lines.count, using: &random))
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func withoutEntry(_ text: String, _ random: inout SplitMix) -> String? {
    guard let entry = text.split(separator: "\n").flatMap(entries).randomElement(using: &random) else { return nil }
    let end = text[entry.endIndex...].hasPrefix(", ") ? text.index(entry.endIndex, offsetBy: 2) : entry.endIndex
    return text.replacingCharacters(in: entry.startIndex..<end, with: "")
  }
}
