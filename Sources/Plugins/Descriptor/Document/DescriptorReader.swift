internal import Broker
public import Config
internal import Core

/// Reads descriptors, all mistakes at once.
public struct DescriptorReader: Sendable {
  private let files: ManifestFiles?
  private let inquiry: OperationProgramInquiry?

  /// A reader that sees one text and no other file: tests in a folder are not read, programs not asked.
  public init() {
    files = nil
    inquiry = nil
  }

  /// A reader that finds the tests beside the file, too.
  /// - Parameter inquiry: asks the programs that carry out operations what they are; nobody does without it.
  public init(files: ManifestFiles, inquiry: OperationProgramInquiry? = nil) {
    self.files = files
    self.inquiry = inquiry
  }

  /// Reads one descriptor.
  /// - Parameter file: its name in messages; tests in a folder are looked for beside it.
  public func read(_ bytes: [UInt8], file: String) -> DescriptorReading {
    var session = DescriptorSession(file: file, bytes: bytes)
    let descriptor = session.run(bytes, files, inquiry)
    return DescriptorReading(
      descriptor: session.diagnostics.hasErrors ? nil : descriptor,
      diagnostics: session.diagnostics.sorted(first: file), programs: session.findings, testPlaces: session.testPlaces)
  }
}

/// What reading a descriptor gave.
public struct DescriptorReading: Sendable {
  /// The brokerage; `nil` when there is an error.
  public let descriptor: Descriptor?
  /// Everything that is wrong or odd, sorted by place.
  public let diagnostics: [Diagnostic]
  /// What became of asking its programs, by their names; nothing where nobody asked.
  public let programs: [String: OperationProgramFinding]

  /// Where its tests stand, in their order.
  let testPlaces: [TestPlace]

  /// Runs the tests that it brings: each that fails is an error at its place, with its name and what differs.
  public var failedTests: [Diagnostic] {
    guard let descriptor else { return [] }
    return zip(OwnTests.run(descriptor), testPlaces).filter { !$0.0.hasPassed }.map { result, place in
      Diagnostic(
        file: place.file, mark: place.mark, severity: .error, path: place.path,
        message: "the test of \(result.source) fails: \(result.differences.joined(separator: "; "))")
    }
  }

  /// The errors alone.
  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
}

/// Where a test stands.
struct TestPlace: Sendable {
  var file: String
  var mark: Mark
  var path: String
}

extension DescriptorSession {
  /// Reads the whole of it.
  mutating func run(_ bytes: [UInt8], _ files: ManifestFiles?, _ inquiry: OperationProgramInquiry?) -> Descriptor? {
    guard let top = readTop(bytes) else { return nil }
    readHosts(top)
    readCredentials(top)
    let naming = readNaming(top)
    let clientIDs = readClientIDs(top)
    readPrograms(top)
    readSigning(top)
    let nonce = readNonce(top)
    readWords(top)
    readLimits(top)
    let set = readOperations(top)
    let failures = readFailures(top)
    let capabilities = readCapabilities(top, set)
    checkUnused(top)
    checkLifetime(top)
    checkSymbols(top, naming, set)
    let tests = readTests(top, files)
    inquire(top, set, inquiry)
    guard let name = top.text(DescriptorKeys.name), let title = top.text(DescriptorKeys.title), let clientIDs,
      let failures,
      let orders = top[DescriptorKeys.orders.name]?.block, let lifetime = orders.duration(OrderKeys.lifetime),
      let bound = orders.duration(OrderKeys.visibleWithin)
    else { return nil }
    let descriptor = Descriptor(
      name: name, title: title, hosts: hosts, credentials: slots, capabilities: capabilities, naming: naming,
      clientIDs: clientIDs, orderLifetime: lifetime, visibilityBound: bound, nonceScale: nonce, signing: signing,
      operations: set.operations, fixedFees: set.fixedFees, orderKinds: set.kinds, words: words, failures: failures,
      limits: limits, programs: programs, delegations: set.delegations, tests: tests)
    if !diagnostics.hasErrors { checkCoverage(top, descriptor) }
    checkFeed(top, descriptor)
    return descriptor
  }

  /// The file's settings.
  private mutating func readTop(_ bytes: [UInt8]) -> ParsedBlock? {
    let root: Node
    do throws(YAMLError) {
      root = try Node(yaml: bytes)
    } catch {
      self.error(error.mark, error.message)
      return nil
    }
    var reader = FieldReader(file: file)
    let top = reader.read(file: root, DescriptorKeys.all)
    diagnostics.merge(reader.diagnostics)
    return top
  }

  /// What requests call a market.
  private mutating func checkSymbols(_ top: ParsedBlock, _ naming: Naming, _ set: OperationSet) {
    if naming.symbol == nil, !top.has(DescriptorKeys.symbols), let instruments = set.operations[.instruments],
      instruments.call.fields["id"].map(\.mayBeAbsent) ?? true
    {
      at(DescriptorKeys.symbols.name) {
        $0.error(top.mark, "is required where `instruments` reads no id: \(DescriptorKeys.symbols.doc)")
      }
    }
  }
}
