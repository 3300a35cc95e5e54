internal import Config
public import Core

/// The JSON Schema (2020-12) of a descriptor, from the declarations that descriptors are read by.
public enum DescriptorSchema {
  /// The schema.
  public static var json: JSONValue {
    SharedSchemas.shared(ManifestSchema.document("nija-host descriptor", DescriptorKeys.all))
  }
}

/// The reference page of descriptors in Markdown, from the declarations that descriptors are read by.
public enum DescriptorReference {
  /// The page.
  public static var markdown: String {
    var page = ReferencePage()
    page.section("A descriptor", top)
    page.section("A call: what every operation has", CallKeys.common)
    for item in PagingKeys.variant.cases { page.section("Paging by `\(item.name)`", item.fields) }
    for name in OperationName.allCases {
      page.section("Operation `\(name.rawValue)`: \(OperationRule.of(name).doc)", CallKeys.own(name))
    }
    return page.text
  }

  /// The keys at the top; operations have their own tables.
  private static var top: [FieldSpec] {
    DescriptorKeys.all.map { field in
      guard field == DescriptorKeys.operations else { return field }
      return FieldSpec(field.name, .block([]), required: field.isRequired, doc: field.doc)
    }
  }
}

extension CallKeys {
  /// What every operation has.
  static var common: [FieldSpec] {
    let read = FieldSpec("read", .block([]), doc: "Where each field stands, from the row or the answer.")
    let further = [
      FieldSpec("also", .block([]), doc: "A further call whose rows are added, or several. Of lists and orders."),
      FieldSpec("each", .block([]), doc: "One call for every row of a first call, or, as `followed`, every market."),
      FieldSpec(PagingKeys.paging.name, .block([]), doc: PagingKeys.paging.doc + " Of lists."),
    ]
    return [effect, process] + request.map { $0 == call ? $0.optional : $0 } + [rows, filter, read, window] + further
  }

  /// What one operation has besides, and what it reads.
  static func own(_ name: OperationName) -> [FieldSpec] {
    guard case .block(let fields) = operation(name).type else { return [] }
    let shared = Set(common.map(\.name)).subtracting(["read"])
    return fields.filter { !shared.contains($0.name) }.map(\.withPlainReadings)
  }
}

extension FieldSpec {
  /// The same where readings are told as texts: that they may be cases, too, is said once, in docs/descriptors.md.
  fileprivate var withPlainReadings: FieldSpec {
    guard ["read", "level"].contains(name), case .block(let fields) = type else { return self }
    let plain = fields.map { FieldSpec($0.name, .text, required: $0.isRequired, since: $0.since, doc: $0.doc) }
    return FieldSpec(name, .block(plain), since: since, doc: doc)
  }
}
