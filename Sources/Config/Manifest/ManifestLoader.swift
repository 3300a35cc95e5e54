package import Core

/// Reads a manifest and its users' files, all mistakes at once.
public struct ManifestLoader: Sendable {
  /// Bytes of all files together.
  static let maximumBytes = 64 << 20

  let vocabulary: ManifestVocabulary
  let files: ManifestFiles
  let describe: @Sendable (_ bytes: [UInt8], _ file: String) -> DescriptorOutline
  let inquire: @Sendable (_ command: [String], _ folder: String, _ digest: String?) -> ProgramOutline
  let digest: @Sendable ([UInt8]) -> String

  /// - Parameters:
  ///   - vocabulary: the plugins and strategies that may be named.
  ///   - describe: what reads the descriptors that a manifest names.
  ///   - inquire: what asks the programs that a manifest names what they are.
  ///   - digest: what makes ``Manifest/hash`` of the files' names and bytes, such as SHA-256 in hexadecimal.
  public init(
    vocabulary: ManifestVocabulary, files: ManifestFiles = .system,
    describe: @escaping @Sendable (_ bytes: [UInt8], _ file: String) -> DescriptorOutline = {
      DescriptorOutline(unreadable: $1)
    },
    inquire: @escaping @Sendable (_ command: [String], _ folder: String, _ digest: String?) -> ProgramOutline = {
      $2 == nil ? .mistake("sha256 is missing") : .unusable("programs are not run by this program")
    },
    digest: @escaping @Sendable ([UInt8]) -> String
  ) {
    self.vocabulary = vocabulary
    self.files = files
    self.describe = describe
    self.inquire = inquire
    self.digest = digest
  }

  /// Reads the manifest at `path`.
  public func load(_ path: String) -> ManifestReading {
    var session = ManifestSession(self, path)
    return session.run()
  }

  /// The settings of each file in the one form that each value has, as JSON that reads back as the same settings.
  package func normalForms(_ path: String) -> [String: JSONValue] {
    var session = ManifestSession(self, path)
    session.keepsNormalForms = true
    _ = session.run()
    return session.normalForms
  }
}

/// One reading of one manifest.
struct ManifestSession {
  let loader: ManifestLoader
  let path: String
  let directory: String
  var diagnostics = DiagnosticList()
  var read: [String] = []
  var content: [UInt8] = []
  var keepsNormalForms = false
  var normalForms: [String: JSONValue] = [:]

  init(_ loader: ManifestLoader, _ path: String) {
    self.loader = loader
    self.path = path
    directory = Path.directory(of: path)
  }

  mutating func run() -> ManifestReading {
    let manifest = load()
    return ManifestReading(
      manifest: diagnostics.hasErrors ? nil : manifest, diagnostics: diagnostics.sorted(first: path))
  }

  private mutating func load() -> Manifest? {
    guard let root = node(path, naming: nil) else { return nil }
    let (described, programs, external) = externalPlugins(in: root)
    let declared = programs.compactMap { name, file in file.outline.declaration?.named(name) }
    let vocabulary = loader.vocabulary.adding(described.map(\.declaration) + declared.sorted { $0.name < $1.name })
    let fields = ManifestFields(vocabulary, external: external)
    guard let top = block(root, fields.top, path) else { return nil }
    let files = Dictionary(described.map { ($0.declaration.name, $0) }, uniquingKeysWith: { first, _ in first })
    var accounts = AccountCollector(session: self, fields: fields, top: top, descriptors: files, programs: programs)
    let plans = accounts.collect()
    self = accounts.session
    return manifest(top, plans)
  }

  private func manifest(_ top: ParsedBlock, _ accounts: [AccountPlan]) -> Manifest? {
    func value<Value>(_ key: Key<Value>) -> Value? { top[key] ?? key.default }
    let sandbox = top.block(TopKeys.sandbox)
    guard let mode = value(TopKeys.mode), let state = value(TopKeys.state), let listen = value(TopKeys.listen),
      let speed = sandbox?[SandboxKeys.speed] ?? SandboxKeys.speed.default,
      let seed = sandbox?[SandboxKeys.seed] ?? SandboxKeys.seed.default
    else { return nil }
    let faults = sandbox?[SandboxKeys.faults].map { Path.resolve($0, in: directory) }
    return Manifest(
      file: path, directory: directory, mode: mode, state: Path.resolve(state, in: directory), listen: listen,
      sandbox: SandboxSettings(speed: speed, seed: seed, faults: faults),
      adminToken: top[TopKeys.adminToken]?.resolved(in: directory), accounts: accounts, files: read,
      hash: loader.digest(content))
  }

  /// What stands under `plugins`, which `plugin:` may say although nobody registered it: the descriptors that are in
  /// order, the programs, and the names of all of whose credentials and options nothing is known here.
  private mutating func externalPlugins(
    in root: Node
  ) -> (described: [DescriptorFile], programs: [String: ProgramFile], others: [String]) {
    guard case .mapping(let entries) = root.content,
      case .mapping(let plugins) = entries.first(where: { $0.key == TopKeys.plugins.name })?.value.content
    else { return ([], [:], []) }
    var described: [DescriptorFile] = []
    var programs: [String: ProgramFile] = [:]
    var others: [String] = []
    for plugin in plugins where FieldWord.identifier.accepts(plugin.key) {
      if let found = describe(plugin) {
        described.append(found)
      } else {
        let file = program(plugin)
        programs[plugin.key] = file
        if file?.outline.declaration == nil { others.append(plugin.key) }
      }
    }
    return (described, programs, others)
  }

  private mutating func describe(_ plugin: Node.Entry) -> DescriptorFile? {
    let key = ExternalPluginKeys.descriptor.spec.name
    guard loader.vocabulary.plugin(plugin.key) == nil, case .mapping(let entries) = plugin.value.content,
      let entry = entries.first(where: { $0.key == key }), case .scalar(let name, _) = entry.value.content,
      FieldWord.path.accepts(name)
    else { return nil }
    let file = Path.resolve(name, in: directory)
    let place = FieldPath().appending(TopKeys.plugins.name).appending(plugin.key).appending(key)
    guard let bytes = bytes(file, naming: (entry.value.mark, place)) else { return nil }
    let outline = loader.describe(bytes, file)
    for diagnostic in outline.diagnostics { diagnostics.add(diagnostic) }
    guard let declaration = outline.declaration else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return DescriptorFile(
      file: file, text: text, digest: loader.digest(bytes), declaration: declaration.named(plugin.key),
      isProven: outline.isProven, failedTests: outline.failedTests, obstacle: outline.obstacle,
      programs: outline.programs)
  }
}

// MARK: Files

extension ManifestSession {
  /// Reads one file as YAML. What goes wrong is noted at `place`, the entry that names it, or at the file itself.
  mutating func node(_ file: String, naming place: (mark: Mark, path: FieldPath)?) -> Node? {
    guard let bytes = bytes(file, naming: place) else { return nil }
    do throws(YAMLError) {
      return try Node(yaml: bytes)
    } catch {
      add(.error, file, error.mark, error.message)
      return nil
    }
  }

  private mutating func bytes(_ file: String, naming place: (mark: Mark, path: FieldPath)?) -> [UInt8]? {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try loader.files.read(file, YAMLLimits().bytes)
    } catch {
      let message = place == nil ? error.message : "\(file): \(error.message)"
      diagnostics.add(
        Diagnostic(
          file: path, mark: place?.mark, severity: .error, path: place?.path.text ?? "", message: message))
      return nil
    }
    guard content.count + bytes.count <= ManifestLoader.maximumBytes else {
      add(.error, path, place?.mark, "all files together are larger than \(ManifestLoader.maximumBytes >> 20) MiB")
      return nil
    }
    remember(file, bytes)
    return bytes
  }

  /// Reads a file's settings.
  mutating func block(_ root: Node, _ fields: [FieldSpec], _ file: String) -> ParsedBlock? {
    var reader = FieldReader(file: file)
    defer { diagnostics.merge(reader.diagnostics) }
    guard let block = reader.read(file: root, fields) else { return nil }
    if keepsNormalForms { normalForms[file] = block.normalForm }
    return block
  }

  mutating func add(_ severity: Diagnostic.Severity, _ file: String, _ mark: Mark?, _ message: String) {
    diagnostics.add(Diagnostic(file: file, mark: mark, severity: severity, path: "", message: message))
  }

  /// Keeps what the hash is made of: each file's name, length and bytes, so that no two sets of files look alike.
  private mutating func remember(_ file: String, _ bytes: [UInt8]) {
    read.append(file)
    content.append(contentsOf: "\(file)\n\(bytes.count)\n".utf8)
    content.append(contentsOf: bytes)
  }
}

extension SecretReference {
  /// The same, with a relative file put behind the folder of the file that names it.
  func resolved(in directory: String) -> SecretReference {
    if case .file(let path) = self { .file(Path.resolve(path, in: directory)) } else { self }
  }
}
