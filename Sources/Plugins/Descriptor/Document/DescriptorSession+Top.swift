internal import Broker
internal import Config
internal import Core

extension DescriptorSession {
  /// The venue's places.
  mutating func readHosts(_ top: ParsedBlock) {
    at(DescriptorKeys.hosts.name) { session in
      let entries = top.entries(DescriptorKeys.hosts)
      if let block = top[DescriptorKeys.hosts.name]?.block, entries.isEmpty, block.refused.isEmpty {
        session.error(block.mark, "needs at least one address")
      }
      for entry in entries {
        guard let text = entry.parsed.scalar?.text else { continue }
        session.at(entry.name) { session in
          guard let endpoint = try? Broker.Endpoint(parsing: text) else {
            return session.error(entry.parsed.mark, "expected \(FieldWord.endpoint.phrase)")
          }
          if session.hosts.contains(where: { $0.endpoint == endpoint }) {
            session.error(entry.parsed.mark, "is another host's address, too")
          }
          session.hosts.append(.init(name: entry.name, endpoint: endpoint))
        }
      }
    }
  }

  /// What accounts give.
  mutating func readCredentials(_ top: ParsedBlock) {
    at(DescriptorKeys.credentials.name) { session in
      for entry in top.entries(DescriptorKeys.credentials) {
        session.at(entry.name) { session in
          let block = entry.parsed.block
          guard let block, let format = block[CredentialKeys.format.name], let doc = block.text(CredentialKeys.doc)
          else {
            // What uses it is not wrong for that.
            if VariableName.isGood(entry.name) { session.slots.append(CredentialSlot(entry.name, .text, doc: "")) }
            return
          }
          guard VariableName.isGood(entry.name), !SigningScope.reserved.contains(entry.name) else {
            return session.error(
              entry.mark, "expected as key letters, digits and _ that no variable or function of signing is called by")
          }
          let names = format.list.map { $0.compactMap(\.scalar?.text) } ?? format.scalar?.text.map { [$0] } ?? []
          let formats = names.compactMap(CredentialSlot.Format.init(rawValue:))
          guard !formats.isEmpty else { return session.error(format.mark, "needs at least one form") }
          session.slots.append(CredentialSlot(entry.name, formats, doc: doc))
        }
      }
    }
  }

  /// How markets and currencies are called.
  mutating func readNaming(_ top: ParsedBlock) -> Naming {
    var naming = Naming(symbol: nil, aliases: [], currencies: [:])
    if let symbols = top[DescriptorKeys.symbols.name] {
      naming.symbol = at(DescriptorKeys.symbols.name) { $0.marketTemplate(symbols) }
    }
    at(DescriptorKeys.aliases.name) { session in
      for (index, alias) in (top[DescriptorKeys.aliases.name]?.list ?? []).enumerated() {
        if let template = session.at(index, { $0.marketTemplate(alias) }) { naming.aliases.append(template) }
      }
    }
    at(DescriptorKeys.currencies.name) { session in
      var seen: Set<String> = []
      for entry in top.entries(DescriptorKeys.currencies) {
        guard let usual = entry.parsed.scalar?.text else { continue }
        // Several of the venue's names may mean one currency; written back it would be any of them.
        if entry.name == usual { session.at(entry.name) { $0.error(entry.mark, "is its own name; leave it out") } }
        _ = seen.insert(usual)
        naming.currencies[entry.name] = usual
      }
    }
    return naming
  }

  /// A market's name: of `{base}` and `{quote}`, once each.
  private mutating func marketTemplate(_ parsed: Parsed) -> Template? {
    guard let placed = parse(parsed, TemplateParser.parse) else { return nil }
    let names = placed.template.variables.sorted()
    let hasNumber = placed.template.pieces.contains {
      if case .variable(_, .number) = $0 { true } else { false }
    }
    guard names == ["base", "quote"], !hasNumber else {
      error(
        parsed.mark,
        "expected {base} and {quote}, once each, such as \"{base}-{quote}\" or \"{base:lower}{quote:lower}\"")
      return nil
    }
    return placed.template
  }

  /// How our ids are written.
  mutating func readClientIDs(_ top: ParsedBlock) -> ClientOrderIDRule? {
    at(DescriptorKeys.clientID.name) { session in
      guard let block = top[DescriptorKeys.clientID.name]?.block,
        let unique = block.text(ClientIDKeys.unique).flatMap(ClientOrderIDRule.Uniqueness.init(rawValue:))
      else { return nil }
      let prefix = block.text(ClientIDKeys.prefix) ?? ""
      guard let rendering = session.rendering(block, prefix) else { return nil }
      return ClientOrderIDRule(rendering: rendering, prefix: prefix, uniqueness: unique)
    }
  }

  private mutating func rendering(_ block: ParsedBlock, _ prefix: String) -> ClientOrderIDRule.Rendering? {
    let isUUID = block.text(ClientIDKeys.shape) == "uuid"
    if block.text(ClientIDKeys.as) == "integer" {
      if block.has(ClientIDKeys.prefix) {
        at(ClientIDKeys.prefix.name) {
          $0.error(block.mark(of: ClientIDKeys.prefix), "has no meaning for a whole number")
        }
      }
      if let length = block.integer(ClientIDKeys.length), length < 14 {
        at(ClientIDKeys.length.name) {
          $0.error(block.mark(of: ClientIDKeys.length), "a number of ours may have 14 digits")
        }
      }
      if isUUID {
        at(ClientIDKeys.shape.name) { $0.error(block.mark(of: ClientIDKeys.shape), "a whole number has no shape") }
      }
      return .number
    }
    for spec in [ClientIDKeys.alphabet, ClientIDKeys.length] where !block.has(spec) {
      at(spec.name) { $0.error(block.mark, "is required for texts: \(spec.doc)") }
    }
    guard let text = block[ClientIDKeys.alphabet.name], let length = block.integer(ClientIDKeys.length),
      let alphabet = at(ClientIDKeys.alphabet.name, { $0.parse(text, Alphabet.parse) })
    else { return nil }
    if prefix.unicodeScalars.contains(where: { $0.value <= 32 || $0.value >= 127 }) {
      at(ClientIDKeys.prefix.name) {
        $0.error(block.mark(of: ClientIDKeys.prefix), "has plain characters without spaces only")
      }
    }
    let fitting = Alphabet.renderings.first {
      $0.length <= length && alphabet.isSuperset(of: $0.characters) && isUUID == ($0.rendering == .uuidShaped)
    }
    guard let fitting else {
      error(
        block.mark,
        isUUID
          ? "a UUID needs 36 characters of 0-9a-f-"
          : "an id of ours takes 32 characters of 0-9a-f, 25 of 0-9a-z or 22 of 0-9A-Za-z: none fits alphabet and length"
      )
      return nil
    }
    return fitting.rendering
  }
}

/// Names that expressions and templates can use.
enum VariableName {
  static func isGood(_ name: String) -> Bool {
    var scanner = TextScanner(name)
    return !scanner.name().isEmpty && scanner.isAtEnd && name.utf8.count <= 64
  }
}

/// Sets of characters as the file writes them: `A-Za-z0-9_-`.
enum Alphabet {
  /// How an id may be written.
  struct Form {
    var rendering: ClientOrderIDRule.Rendering
    var length: Int
    var characters: Set<Unicode.Scalar>
  }

  private static let digits = range("0", "9")
  static let renderings = [
    Form(rendering: .uuidShaped, length: 36, characters: digits.union(range("a", "f")).union(["-"])),
    Form(rendering: .hex, length: 32, characters: digits.union(range("a", "f"))),
    Form(rendering: .base36, length: 25, characters: digits.union(range("a", "z"))),
    Form(rendering: .base62, length: 22, characters: digits.union(range("a", "z")).union(range("A", "Z"))),
  ]

  private static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> Set<Unicode.Scalar> {
    first <= last ? Set((first.value...last.value).compactMap(Unicode.Scalar.init)) : []
  }

  static func parse(_ text: String) throws(TextProblem) -> Set<Unicode.Scalar> {
    var scanner = TextScanner(text)
    var set: Set<Unicode.Scalar> = []
    while let first = scanner.next {
      let start = scanner.offset
      guard first.value > 32, first.value < 127 else {
        throw TextProblem(offset: start, message: "expected plain characters and ranges such as A-Z")
      }
      scanner.advance()
      guard scanner.next == "-", let last = scanner.second else {
        set.insert(first)
        continue
      }
      guard first < last, last.value < 127 else {
        throw TextProblem(offset: start, message: "a range goes up, as A-Z does; a dash stands at the end")
      }
      set.formUnion(range(first, last))
      scanner.advance()
      scanner.advance()
    }
    return set
  }
}
