internal import Broker
internal import Config
internal import Core

extension DescriptorSession {
  /// How calls are signed, and where credentials may go.
  mutating func readSigning(_ top: ParsedBlock) {
    guard let block = top[DescriptorKeys.signing.name]?.block else {
      if !slots.isEmpty, !top.has(DescriptorKeys.signing), !mayHavePrograms(top) {
        at(DescriptorKeys.credentials.name) {
          $0.error(top.mark(of: DescriptorKeys.credentials), "nothing uses them: there is no `signing`")
        }
      }
      return
    }
    at(DescriptorKeys.signing.name) { session in
      // A program may use what signing does not.
      var reader = SigningReader(slots: session.slots, mustUseAll: !session.mayHavePrograms(top))
      signing(block, &session, &reader)
    }

    func signing(_ block: ParsedBlock, _ session: inout DescriptorSession, _ reader: inout SigningReader) {
      let first = reader.entries(block, SigningKeys.first, .parameter, &session)
      let last = reader.entries(block, SigningKeys.last, .parameter, &session)
      reader.isRequestKnown = true
      let values = reader.entries(block, SigningKeys.values, .value, &session)
      let append = reader.entries(block, SigningKeys.append, .parameter, &session)
      let headers = reader.entries(block, SigningKeys.headers, .header, &session)
      reader.finish(block, &session)
      session.signsPayload = reader.used.contains("payload")
      session.signing = Signing(first: first, last: last, values: values, append: append, headers: headers)
    }
  }

  /// The nonce's step, which must be there exactly where a nonce is used.
  mutating func readNonce(_ top: ParsedBlock) -> NonceScale? {
    let scale = top.text(DescriptorKeys.nonce).flatMap(NonceScale.init(rawValue:))
    let isUsed = signing?.all.contains { $0.expression.variables.contains("nonce") } ?? false
    at(DescriptorKeys.nonce.name) { session in
      if isUsed, !top.has(DescriptorKeys.nonce) {
        session.error(top.mark, "is required: signing uses `nonce`, and a key takes one scale for ever")
      } else if !isUsed, scale != nil, !top.refused.contains(DescriptorKeys.signing.name),
        !session.mayHavePrograms(top)
      {
        session.error(top.mark(of: DescriptorKeys.nonce), "nothing in signing uses `nonce`")
      }
    }
    return scale
  }
}

extension Signing {
  /// Every entry, wherever it goes.
  var all: [Entry] { first + last + values + append + headers }
  /// The names of the parameters that it adds.
  var parameters: [Entry] { first + last + append }
}

/// Reads the entries of signing one after another, and follows where each credential goes.
struct SigningReader {
  /// What an entry becomes.
  enum Place { case parameter, value, header }

  let slots: [CredentialSlot]
  var isRequestKnown = false
  /// Types of the values so far.
  private var kinds: [String: Expression.Kind] = [:]
  /// The credentials that each value shows.
  private var shown: [String: Set<String>] = [:]
  /// Which names were used.
  private(set) var used: Set<String> = []
  /// The credentials that sign, and where each is shown plainly.
  private var signers: Set<String> = []
  private var plain: [(slot: String, mark: Mark, path: String)] = []
  private var names: [Place: Set<String>] = [:]
  /// Whether something could not be read: what else is used, or not, nobody knows then.
  private(set) var isIncomplete = false

  private let mustUseAll: Bool

  init(slots: [CredentialSlot], mustUseAll: Bool) {
    self.slots = slots
    self.mustUseAll = mustUseAll
  }

  private var slotNames: Set<String> { Set(slots.map { $0.name }) }

  mutating func entries(
    _ block: ParsedBlock, _ spec: FieldSpec, _ place: Place, _ session: inout DescriptorSession
  ) -> [Signing.Entry] {
    var scope = SigningScope(slots: slots, isRequestKnown: isRequestKnown)
    if isRequestKnown { scope.variables.merge(kinds) { first, _ in first } }
    var entries: [Signing.Entry] = []
    session.path.push(spec.name)
    defer { session.path.pop() }
    for entry in block.entries(spec) {
      session.path.push(entry.name)
      defer { session.path.pop() }
      guard isNew(entry, place, &session) else {
        isIncomplete = true
        continue
      }
      guard
        let expression = session.parse(
          entry.parsed,
          { text throws(TextProblem) in
            try ExpressionParser.parse(text, in: scope)
          })
      else {
        // Whatever uses it is not wrong for that.
        isIncomplete = true
        if place == .value { scope.variables[entry.name] = .text }
        kinds[entry.name] = place == .value ? .text : kinds[entry.name]
        used.insert(entry.name)
        continue
      }
      used.formUnion(expression.variables)
      signers.formUnion(expression.signers(shown, slotNames))
      let shows = expression.shows(shown, slotNames)
      switch place {
      case .value:
        kinds[entry.name] = expression.kind
        scope.variables[entry.name] = expression.kind
        shown[entry.name] = shows
      case .parameter, .header:
        if expression.kind == .bytes {
          session.error(entry.parsed.mark, "is bytes; hex(…), base64(…) or base64url(…) make text")
        }
        check(shows, expression, place, entry, &session)
      }
      entries.append(.init(name: entry.name, expression: expression))
    }
    return entries
  }

  /// Whether the name can stand there, and stands there once.
  private mutating func isNew(_ entry: ParsedBlock.Entry, _ place: Place, _ session: inout DescriptorSession) -> Bool {
    switch place {
    case .value:
      guard VariableName.isGood(entry.name), !SigningScope.reserved.contains(entry.name),
        !slots.contains(where: { $0.name == entry.name })
      else {
        session.error(entry.mark, "expected as key letters, digits and _ that nothing else is called by")
        return false
      }
    case .header:
      if let problem = HeaderName.problem(entry.name) {
        session.error(entry.mark, problem)
        return false
      }
    case .parameter: break
    }
    guard names[place, default: []].insert(place == .header ? entry.name.lowercased() : entry.name).inserted else {
      session.error(entry.mark, "stands twice")
      return false
    }
    return true
  }

  /// A credential may be seen in a header, as it stands; the first, which names the account, also as a part of one.
  private mutating func check(
    _ shows: Set<String>, _ expression: Expression, _ place: Place, _ entry: ParsedBlock.Entry,
    _ session: inout DescriptorSession
  ) {
    for slot in shows.sorted() {
      if place == .parameter {
        session.error(entry.parsed.mark, "shows the credential \(slot) in a query or body; it may only sign there")
      } else if slot != slots.first?.name, expression != .variable(slot, .text) {
        session.error(
          entry.parsed.mark, "shows the credential \(slot) inside a header; it may stand there only by itself, or sign")
      } else {
        plain.append((slot, entry.parsed.mark, entry.name))
      }
    }
  }

  /// What shows only when everything was read.
  mutating func finish(_ block: ParsedBlock, _ session: inout DescriptorSession) {
    for item in plain where signers.contains(item.slot) {
      session.path.push(SigningKeys.headers.name)
      session.path.push(item.path)
      session.error(item.mark, "shows the credential \(item.slot), which signs: it must never leave this machine")
      session.path.pop()
      session.path.pop()
    }
    let unused = block.entries(SigningKeys.values).filter { !used.contains($0.name) }
    session.path.push(SigningKeys.values.name)
    for entry in unused {
      session.path.push(entry.name)
      session.error(entry.mark, "nothing uses it")
      session.path.pop()
    }
    session.path.pop()
    guard !isIncomplete, mustUseAll else { return }
    for slot in slots where !used.contains(slot.name) && !signers.contains(slot.name) {
      session.error(block.mark, "does not use the credential \(slot.name)")
    }
  }
}
