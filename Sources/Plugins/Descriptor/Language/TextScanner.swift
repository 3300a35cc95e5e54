/// Why a text inside a file's scalar cannot be read. It shows names that we know, never the text: a secret may have been
/// put there.
struct TextProblem: Error, Hashable {
  /// Characters before the place.
  var offset: Int
  /// What is wrong and what to write instead.
  var message: String
}

/// Walks through a text, character by character (Unicode scalars, which is what columns count).
struct TextScanner {
  private let scalars: [Unicode.Scalar]
  /// Characters before the next one.
  private(set) var offset = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// The next character.
  var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }
  /// The one behind it.
  var second: Unicode.Scalar? { offset + 1 < scalars.count ? scalars[offset + 1] : nil }
  var isAtEnd: Bool { offset >= scalars.count }

  mutating func advance() { if offset < scalars.count { offset += 1 } }

  mutating func skipSpaces() { while next == " " { offset += 1 } }

  /// Takes this character, if it is next.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    offset += 1
    return true
  }

  /// Takes characters for as long as they are of a kind.
  mutating func take(while isOf: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = next, isOf(scalar) {
      text.append(scalar)
      offset += 1
    }
    return String(text)
  }

  /// A name of letters, digits and `_` that does not begin with a digit; empty where none stands.
  mutating func name() -> String {
    guard let first = next, first == "_" || first.isASCIILetter else { return "" }
    return take { $0 == "_" || $0.isASCIILetter || $0.isASCIIDigit }
  }

  /// `'…'` with `\n`, `\t`, `\\` and `\'`; the opening quote is next.
  mutating func literal() throws(TextProblem) -> String {
    let start = offset
    advance()
    var text = String.UnicodeScalarView()
    while let scalar = next {
      let place = offset
      advance()
      switch scalar {
      case "'": return String(text)
      case "\\":
        switch next {
        case "n": text.append("\n")
        case "t": text.append("\t")
        case "\\": text.append("\\")
        case "'": text.append("'")
        default: throw TextProblem(offset: place, message: "expected \\n, \\t, \\\\ or \\'")
        }
        advance()
      default: text.append(scalar)
      }
    }
    throw TextProblem(offset: start, message: "a text begins here and has no closing '")
  }
}

extension Unicode.Scalar {
  var isASCIIDigit: Bool { value >= 48 && value <= 57 }
  var isASCIILetter: Bool { (value >= 65 && value <= 90) || (value >= 97 && value <= 122) }
}
