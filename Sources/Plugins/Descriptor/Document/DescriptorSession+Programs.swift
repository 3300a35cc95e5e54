internal import Broker
internal import Config
internal import Core

/// The keys of one program.
enum ProgramKeys {
  static let file = FieldSpec(
    "file", .word(.path), required: true,
    doc: "The program, beside this file; a script says in its first line what runs it.")
  static let digest = FieldSpec(
    "sha256", .word(.digest), required: true, doc: "The digest that the file must have, as sha256sum prints it.")
  static let arguments = FieldSpec("arguments", .list(of: .text), doc: "What it is started with.")
  static let all = [file, digest, arguments]

  /// The most programs of one descriptor: every worker has each of them.
  static let most = 4
}

extension DescriptorSession {
  /// The programs that operations may name.
  mutating func readPrograms(_ top: ParsedBlock) {
    at(DescriptorKeys.programs.name) { session in
      let entries = top.entries(DescriptorKeys.programs)
      if entries.count > ProgramKeys.most {
        session.error(top.mark(of: DescriptorKeys.programs), "has more than \(ProgramKeys.most) programs")
      }
      session.programNames = entries.map(\.name)
      for entry in entries {
        guard let block = entry.parsed.block, let file = block.text(ProgramKeys.file),
          let digest = block.text(ProgramKeys.digest)
        else { continue }
        let arguments = block[ProgramKeys.arguments.name]?.list ?? []
        session.programs.append(
          OperationProgram(
            name: entry.name, file: file, digest: digest, arguments: arguments.compactMap(\.scalar?.text)))
      }
    }
  }

  /// Whether something besides signing may use credentials and numbers.
  func mayHavePrograms(_ top: ParsedBlock) -> Bool { top.has(DescriptorKeys.programs) }

  /// The program that carries an operation out; `nil` where none does, or one that is not there.
  mutating func readProcess(_ block: ParsedBlock) -> String? {
    guard let parsed = block[CallKeys.process.name], let name = parsed.scalar?.text else { return nil }
    guard programNames.contains(name) else {
      at(CallKeys.process.name) { $0.unknown("program", name, among: $0.programNames, parsed.mark) }
      return nil
    }
    used.programs.insert(name)
    return name
  }

  /// An operation of which only the program knows how it looks.
  mutating func readUndescribed(_ name: OperationName, _ block: ParsedBlock, _ set: inout OperationSet) {
    var context = CallContext(name)
    _ = readEffect(name, block, context.rule)
    let own = [CallKeys.process, CallKeys.effect, CallKeys.cost, CallKeys.then, CallKeys.kinds].map(\.name)
    for entry in block.entries where !own.contains(entry.name) {
      at(entry.name) { $0.error(entry.mark, "means nothing without a call: the program makes its own requests") }
    }
    if name == .place {
      let kinds = readKinds(block, &context)
      path.push(CallKeys.kinds.name)
      for kind in kinds where !kind.form.variables.isEmpty {
        at(kind.name) { $0.error(kind.mark, "means nothing without a call: {} says that the program takes it") }
      }
      if !Set(kinds.map(\.key)).covers(.limitImmediateOrCancel) { needsIOC(block.mark(of: CallKeys.kinds)) }
      path.pop()
      set.kinds = Dictionary(kinds.map { ($0.key, $0.form) }, uniquingKeysWith: { first, _ in first })
    }
    let cost = readCost(block, context)
    guard let program = readProcess(block) else { return }
    set.delegations[name] = Delegation(program: program, cost: cost, then: then(block))
  }

  /// The lists that an operation names.
  func then(_ block: ParsedBlock) -> [OperationName] {
    (block[CallKeys.then.name]?.list ?? []).compactMap { $0.scalar?.text.flatMap(OperationName.init(rawValue:)) }
  }

  mutating func needsIOC(_ mark: Mark) {
    error(mark, "needs limit_ioc, for both sides: entries and exits are of it")
  }

  // MARK: The programs themselves

  /// That none was declared in vain; then what each of them offers, where there is somebody to ask and nothing else is
  /// wrong: no program is started for a file that is not in order.
  mutating func inquire(_ top: ParsedBlock, _ set: OperationSet, _ inquiry: OperationProgramInquiry?) {
    at(DescriptorKeys.programs.name) { session in
      for entry in top.entries(DescriptorKeys.programs) where !session.used.programs.contains(entry.name) {
        session.at(entry.name) { $0.error(entry.mark, "no operation names it") }
      }
      guard let inquiry, !session.diagnostics.hasErrors else { return }
      for program in session.programs {
        let names = set.delegations.filter { $0.value.program == program.name }.keys
        let finding = inquiry(program, Set(names.map(\.rawValue)), session.folder)
        session.findings[program.name] = finding
        guard let block = top[DescriptorKeys.programs.name]?.block?[program.name]?.block else { continue }
        session.at(program.name) { $0.note(finding, block.mark(of: ProgramKeys.file)) }
      }
    }
  }

  private mutating func note(_ finding: OperationProgramFinding, _ mark: Mark) {
    switch finding {
    case .offers: return
    case .mistake(let text): error(mark, text)
    case .unusable(let text):
      diagnostics.add(
        Diagnostic(
          file: file, mark: mark, severity: .warning, path: path.text, message: "\(text); its accounts are parked"))
    }
  }

  /// Where this file is.
  private var folder: String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }
}
