internal import Core

/// Goes through the brokers and their users and makes the plan of each account.
struct AccountCollector {
  /// More users than this in one manifest are refused.
  static let maximumAccounts = 100_000

  var session: ManifestSession
  let fields: ManifestFields
  let top: ParsedBlock
  private var plans: [AccountPlan] = []
  private var uses = SecretUses()
  private var finder: UserFileFinder
  private let descriptors: [String: DescriptorFile]
  private let programs: [String: ProgramFile]
  private var vocabulary: ManifestVocabulary { fields.vocabulary }

  /// - Parameters:
  ///   - descriptors: the files under `plugins` that are in order, by the plugin's name.
  ///   - programs: the programs there, by the plugin's name.
  init(
    session: ManifestSession, fields: ManifestFields, top: ParsedBlock, descriptors: [String: DescriptorFile],
    programs: [String: ProgramFile]
  ) {
    self.descriptors = descriptors
    self.programs = programs
    self.session = session
    self.fields = fields
    self.top = top
    finder = UserFileFinder(files: session.loader.files, directory: session.directory)
  }

  mutating func collect() -> [AccountPlan] {
    let sources = externalPlugins()
    if let token = top[TopKeys.adminToken.spec.name] {
      claim(token, by: "admin_token", session.path, FieldPath().appending("admin_token"))
    }
    guard let brokers = top["brokers"]?.block else { return [] }
    if brokers.entries.isEmpty {
      note(.error, session.path, brokers.mark, FieldPath().appending("brokers"), "names no broker")
    }
    for entry in brokers.entries {
      guard let block = entry.parsed.block else { continue }
      collect(entry.name, entry.mark, block, sources)
    }
    return plans
  }

  private mutating func collect(
    _ id: String, _ mark: Mark, _ block: ParsedBlock, _ sources: [String: PluginSource]
  ) {
    let path = FieldPath().appending("brokers").appending(id)
    guard !["all", "host"].contains(id) else {
      note(.error, session.path, mark, path, "is the name of a scope; choose another id")
      return
    }
    guard let plugin = block["plugin"]?.scalar?.text else {
      if block.refused.contains("plugin") {
        let place = path.appending("plugin")
        note(
          .warning, session.path, mark, place,
          "one that does not come with the program is declared first: plugins: {NAME: {descriptor: FILE}}")
      }
      return
    }
    let declaration = vocabulary.plugin(plugin)
    let source = session.loader.vocabulary.plugin(plugin) == nil ? sources[plugin] : .registered
    guard let source, let mode = block[TopKeys.mode] ?? top[TopKeys.mode] ?? TopKeys.mode.default else { return }
    let context = BrokerContext(
      id: id, file: session.path, block: block, plugin: plugin, declaration: declaration, source: source, mode: mode,
      path: path)
    resolve { $0.master(context) }
    claim(block, by: id, session.path, path)
    collectUsers(of: context)
  }

  private mutating func collectUsers(of broker: BrokerContext) {
    var listed: [String: Mark] = [:]
    let fields = fields.user(of: broker.declaration)
    for (index, entry) in (broker.block["users"]?.list ?? []).enumerated() {
      var path = broker.path.appending("users")
      path.push(index: index)
      for file in find(entry, path) {
        if let first = listed.updateValue(entry.mark, forKey: file.id) {
          listed[file.id] = first
          let message = "the user \(file.id) is listed twice, first on line \(first.line)"
          note(.error, session.path, entry.mark, path, message)
          continue
        }
        collect(file, fields, broker, (entry.mark, path))
      }
    }
  }

  private mutating func find(_ entry: Parsed, _ path: FieldPath) -> [UserFile] {
    guard let text = entry.scalar?.text else { return [] }
    do throws(UserFileProblem) {
      return try finder.find(text)
    } catch {
      note(error.severity, session.path, entry.mark, path, error.message)
      return []
    }
  }

  private mutating func collect(
    _ file: UserFile, _ fields: [FieldSpec], _ broker: BrokerContext, _ place: (mark: Mark, path: FieldPath)
  ) {
    guard plans.count < Self.maximumAccounts else {
      note(.error, session.path, place.mark, place.path, "more than \(Self.maximumAccounts) accounts")
      return
    }
    guard let root = session.node(file.path, naming: place), let block = session.block(root, fields, file.path) else {
      return
    }
    resolve { $0.user(file.id, file.path, block, broker) }
    claim(block, by: "\(broker.id)/\(file.id)", file.path, FieldPath())
  }

  private mutating func resolve(_ make: (inout AccountResolver) -> AccountPlan?) {
    let defaults = top["defaults"]?.block.map {
      Layer(file: session.path, path: FieldPath().appending("defaults"), block: $0)
    }
    var resolver = AccountResolver(vocabulary: vocabulary, defaults: defaults)
    if let plan = make(&resolver) { plans.append(plan) }
    session.diagnostics.merge(resolver.diagnostics)
  }

  private mutating func note(
    _ severity: Diagnostic.Severity, _ file: String, _ mark: Mark, _ path: FieldPath, _ message: String
  ) {
    session.diagnostics.add(
      Diagnostic(file: file, mark: mark, severity: severity, path: path.text, message: message))
  }
}

// MARK: Secrets and plugins

extension AccountCollector {
  /// Notes each secret's place as taken, and every place that is taken already.
  private mutating func claim(_ block: ParsedBlock, by account: String, _ file: String, _ path: FieldPath) {
    for entry in block["credentials"]?.block?.entries ?? [] {
      claim(entry.parsed, by: account, file, path.appending("credentials").appending(entry.name))
    }
  }

  private mutating func claim(_ parsed: Parsed, by account: String, _ file: String, _ path: FieldPath) {
    guard let reference = parsed.scalar?.secret else { return }
    let place = SecretUses.Place(account: account, file: file, mark: parsed.mark)
    guard let taken = uses.claim(reference, place) else { return }
    let whose = taken.account == account ? "this account" : taken.account
    note(
      .error, file, parsed.mark, path,
      "\(reference.name) is taken by \(whose) already (\(taken.file):\(taken.mark.line)); each secret has its own")
  }

  private mutating func externalPlugins() -> [String: PluginSource] {
    var sources: [String: PluginSource] = [:]
    for entry in top.block(TopKeys.plugins)?.entries ?? [] {
      let path = FieldPath().appending("plugins").appending(entry.name)
      guard session.loader.vocabulary.plugin(entry.name) == nil else {
        note(.error, session.path, entry.mark, path, "a registered plugin has this name already")
        continue
      }
      guard let block = entry.parsed.block, let kind = ExternalKind(block) else {
        note(
          .error, session.path, entry.mark, path, "is either {descriptor: FILE} or {process: [COMMAND, …], sha256: …}")
        continue
      }
      switch kind {
      case .descriptor: sources[entry.name] = descriptors[entry.name].map(PluginSource.descriptor)
      case .process: sources[entry.name] = programs[entry.name].map(PluginSource.process)
      }
    }
    return sources
  }

}

/// What an entry under `plugins` is.
private enum ExternalKind {
  /// A file; what became of it is known already.
  case descriptor
  /// A program; likewise.
  case process

  init?(_ block: ParsedBlock) {
    let descriptor = block[ExternalPluginKeys.descriptor]
    let command = block[ExternalPluginKeys.process.name]?.list?.compactMap(\.scalar?.text)
    let digest = block[ExternalPluginKeys.digest]
    switch (descriptor, command) {
    case (_?, nil) where digest == nil: self = .descriptor
    case (nil, let command?) where !command.isEmpty: self = .process
    default: return nil
    }
  }
}

/// Which account has which secret's place: one key has one sender, so no two accounts may share one.
struct SecretUses {
  struct Place {
    let account: String
    let file: String
    let mark: Mark
  }

  private var places: [String: Place] = [:]

  /// Takes the place, or says who has it. A variable is one place, whether it holds the value or a file's name.
  mutating func claim(_ reference: SecretReference, _ place: Place) -> Place? {
    let key = reference.variable ?? Self.path(of: reference, in: place.file)
    if let taken = places[key] { return taken }
    places[key] = place
    return nil
  }

  /// No variable has a slash in its name.
  private static func path(of reference: SecretReference, in file: String) -> String {
    "/" + Path.normalised(reference.resolved(in: Path.directory(of: file)).name)
  }
}
