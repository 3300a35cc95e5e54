/// The one normal form of a credential's text, and what can be told from its form.
public enum CredentialText {
  /// The longest value that is looked at.
  public static let maximumLength = 16_384

  /// The value as it was meant: without spaces and line ends around it, without the quotes that a shell or an env file
  /// left on it; for PEM with real line feeds for `\n` and CR LF; base64 that was broken into lines on one line.
  public static func normalised(_ value: String) -> String {
    var text = trimmed(value[...])
    for quote in ["\"", "'"] where text.utf8.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
      text = trimmed(text.dropFirst().dropLast())
    }
    guard !text.hasPrefix("{") else { return String(text) }
    guard text.contains("-----BEGIN") else { return joined(text) }
    return String(trimmed(lineFeeds(in: text)[...]))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isSpace: (UInt8) -> Bool = { $0 == 32 || ($0 >= 9 && $0 <= 13) }
    let utf8 = text.utf8
    guard let first = utf8.firstIndex(where: { !isSpace($0) }), let last = utf8.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return text[first...last]
  }

  private static func joined(_ text: Substring) -> String {
    let lines = text.split { $0.isNewline }
    guard lines.count > 1, isBase64(lines.joined().utf8) else { return String(text) }
    return lines.joined()
  }

  private static func lineFeeds(in text: Substring) -> String {
    var result: [UInt8] = []
    var pending: UInt8?
    for byte in text.utf8 {
      if pending == UInt8(ascii: "\\"), byte == UInt8(ascii: "n") || byte == UInt8(ascii: "r") {
        if byte == UInt8(ascii: "n") { result.append(10) }
        pending = nil
        continue
      }
      if let pending, pending != 13 { result.append(pending) }
      pending = byte == UInt8(ascii: "\\") || byte == 13 ? byte : nil
      if pending == nil { result.append(byte) }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether a text is what a guide or a template puts where the value belongs.
  public static func isPlaceholder(_ text: String) -> Bool {
    guard text.utf8.count <= 80 else { return false }
    let lower = text.lowercased()
    if lower.hasPrefix("<") && lower.hasSuffix(">") || lower.hasPrefix("${") || lower.hasPrefix("{{") { return true }
    if Set(lower.utf8).count == 1 && lower.utf8.count >= 3 { return true }
    let words = [
      "changeme", "change_me", "change-me", "placeholder", "replace_me", "replaceme", "replace-me", "insert_",
    ]
    if words.contains(where: lower.contains) { return true }
    if ["your_", "your-", "your ", "my_api", "enter_"].contains(where: lower.hasPrefix) { return true }
    let whole = [
      "todo", "tbd", "fixme", "none", "null", "nil", "test", "secret", "key", "api_key", "api_secret", "...",
    ]
    return whole.contains(lower) || lower.hasPrefix("xxx") || lower.hasSuffix("_here")
  }

  static func fits(_ text: String, _ format: CredentialSlot.Format) -> Bool {
    let utf8 = text.utf8
    guard utf8.count <= maximumLength else { return false }
    switch format {
    case .text: return utf8.allSatisfy { $0 > 32 && $0 < 127 }
    case .hex: return utf8.count.isMultiple(of: 2) && utf8.allSatisfy(\.isHex)
    case .base64: return isBase64(utf8)
    case .pem: return isPEM(text)
    case .keyFile: return text.hasPrefix("{") && text.hasSuffix("}") && text.contains("privateKey")
    }
  }

  private static func isBase64(_ utf8: String.UTF8View) -> Bool {
    guard utf8.count.isMultiple(of: 4) else { return false }
    let padding = utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    return padding <= 2
      && utf8.dropLast(padding).allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
  }

  /// Blocks of base64 between lines that name them alike; nothing else. Where line ends got lost it still is one.
  private static func isPEM(_ text: String) -> Bool {
    let parts = text.split(separator: "-----", omittingEmptySubsequences: false)
    guard parts.count >= 5, parts.count % 4 == 1 else { return false }
    let isBlank: (Substring) -> Bool = { $0.allSatisfy(\.isWhitespace) }
    return parts.indices.allSatisfy { index in
      switch index % 4 {
      case 0: isBlank(parts[index])
      case 1: parts[index].hasPrefix("BEGIN ")
      case 2: !isBlank(parts[index]) && isBase64(parts[index].filter { !$0.isWhitespace }.utf8)
      default: parts[index] == "END " + parts[index - 2].dropFirst("BEGIN ".count)
      }
    }
  }
}
