internal import Core

/// Takes secrets out of whatever a program says before anybody sees it.
struct Redactor: Sendable {
  private let secrets: [Secret]

  private static let least = 6
  private static let mark = "••••"

  init(_ credentials: [String: Secret] = [:]) { secrets = Array(credentials.values) }

  /// The text without any secret, any line of one, or one written with `\n` for its line ends.
  func clean(_ text: String) -> String {
    var text = text
    for secret in secrets {
      let value = secret.withExposedBytes { String(decoding: $0, as: UTF8.self) }
      let lines = value.split(whereSeparator: \.isNewline).map(String.init)
      for part in [value] + lines where part.utf8.count >= Self.least && !part.hasPrefix("-----") {
        text = text.replacing(part, with: Self.mark)
      }
    }
    return text
  }

  /// One line of at most so many characters.
  func line(_ text: String, limit: Int) -> String {
    let cleaned = String(
      String.UnicodeScalarView(clean(text).unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    return cleaned.count <= limit ? cleaned : cleaned.prefix(limit) + "…"
  }
}
