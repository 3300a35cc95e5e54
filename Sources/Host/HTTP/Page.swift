import Core

/// The dashboard: the same tree that `status` prints, rendered here, so that it needs no script and shows nothing else.
enum Page {
  /// The whole document.
  static func html(_ status: HostStatus) -> String {
    let tree: String
    do {
      tree = StatusTree.text(try JSON(parsing: status.json.encoded))
    } catch {
      tree = "the status cannot be shown: \(error)"
    }
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>nija-host</title>
      <meta http-equiv="refresh" content="5"><meta name="viewport" content="width=device-width">
      <style>body{font:14px/1.5 monospace;margin:2em;background:#fff;color:#111}pre{white-space:pre-wrap}
      @media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style></head>
      <body><pre>\(escaped(tree))</pre></body></html>

      """
  }

  /// Text that no browser takes for markup.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
