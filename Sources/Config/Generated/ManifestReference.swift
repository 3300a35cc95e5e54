package import Core

/// The reference page of the manifest and of a user's file in Markdown, from the declarations that files are read by.
public enum ManifestReference {
  /// The page.
  public static func markdown(_ vocabulary: ManifestVocabulary) -> String {
    let fields = ManifestFields(vocabulary)
    var page = ReferencePage()
    page.section("The manifest", fields.top)
    page.section("A user's file", fields.user(of: nil))
    for plugin in vocabulary.plugins {
      page.section(
        "Plugin `\(plugin.name)` (\(plugin.title))", [ManifestFields.credentials(of: plugin)] + plugin.options)
    }
    for strategy in vocabulary.strategies {
      page.section("Strategy `\(strategy.name)`: \(strategy.doc)", strategy.parameters)
    }
    return page.text
  }
}

/// A page of tables, one for each group of fields.
package struct ReferencePage {
  /// What was written so far, in Markdown.
  package private(set) var text = ""

  /// Nothing yet.
  package init() {}

  /// Adds a table of fields under a heading.
  package mutating func section(_ title: String, _ fields: [FieldSpec]) {
    text += text.isEmpty ? "## \(title)\n" : "\n## \(title)\n"
    guard !fields.isEmpty else {
      text += "\nIt has none.\n"
      return
    }
    text += "\n| key | type | default | what it does |\n|---|---|---|---|\n"
    rows(fields, under: "")
  }

  private mutating func rows(_ fields: [FieldSpec], under prefix: String) {
    for field in fields {
      row(field, prefix + field.name)
      rows(inside: field.type, of: prefix + field.name)
    }
  }

  private mutating func rows(inside type: FieldType, of key: String) {
    switch type {
    case .block(let fields): rows(fields, under: key + ".")
    case .table(let element): rows(inside: element, of: key + ".NAME")
    case .map(let element, let fields):
      rows(fields, under: key + ".")
      rows(inside: element, of: key + ".NAME")
    case .list(let element): rows(inside: element, of: key + "[]")
    case .either(let types): for type in types { rows(inside: type, of: key) }
    case .variant(let variant): rows(variant.common, under: key + ".")
    default: break
    }
  }

  private mutating func row(_ field: FieldSpec, _ key: String) {
    let standard = field.isRequired ? "required" : field.default.map { "`\($0)`" } ?? ""
    let unit = field.unit.map { " (\($0))" } ?? ""
    text += "| `\(key)` | \(field.type.title)\(unit) | \(standard) | \(field.doc)\(bounds(field.bounds)) |\n"
  }

  private func bounds(_ bounds: FieldBounds) -> String {
    var parts: [String] = []
    if bounds.isMoreThanZero { parts.append("more than 0") }
    if let minimum = bounds.minimum { parts.append("at least \(minimum)") }
    if let maximum = bounds.maximum { parts.append("at most \(maximum)") }
    return parts.isEmpty ? "" : " Bounds: \(parts.joined(separator: ", "))."
  }
}
