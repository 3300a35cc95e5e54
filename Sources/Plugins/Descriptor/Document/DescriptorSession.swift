internal import Broker
internal import Config
internal import Core

/// One reading of one file: what was read so far, and everything that is wrong with it.
struct DescriptorSession {
  let file: String
  let source: SourceText
  var path = FieldPath()
  var diagnostics = DiagnosticList()

  var hosts: [Descriptor.Host] = []
  var slots: [CredentialSlot] = []
  var limits: [CallLimit] = []
  var programs: [OperationProgram] = []
  /// All that stand there, right or wrong.
  var programNames: [String] = []
  var findings: [String: OperationProgramFinding] = [:]
  var signing: Signing?
  /// Whether signing uses what a `payload` carries.
  var signsPayload = false
  var words = Words(sides: [:], intervals: [:], orderStatuses: [], instrumentStatuses: [], otherInstrumentStatus: nil)
  /// Where each of its tests stands.
  var testPlaces: [TestPlace] = []
  /// What was used of what was declared.
  var used = Used()

  /// Names that something else must use.
  struct Used {
    var limits: Set<String> = []
    var hosts: Set<Int> = []
    var orderStatus = false
    var instrumentStatus = false
    var signing = false
    var payload = false
    var programs: Set<String> = []
  }

  init(file: String, bytes: [UInt8]) {
    self.file = file
    source = SourceText(bytes)
  }

  mutating func error(_ mark: Mark, _ message: String) {
    diagnostics.add(Diagnostic(file: file, mark: mark, severity: .error, path: path.text, message: message))
  }

  /// Does something under a key, which messages then name.
  mutating func at<Result>(_ key: String, _ body: (inout DescriptorSession) -> Result) -> Result {
    path.push(key)
    defer { path.pop() }
    return body(&self)
  }

  /// Does something in a place of a list.
  mutating func at<Result>(_ index: Int, _ body: (inout DescriptorSession) -> Result) -> Result {
    path.push(index: index)
    defer { path.pop() }
    return body(&self)
  }

  /// Reads what a scalar says; what is wrong is noted at its character.
  mutating func parse<Value>(_ mark: Mark, _ text: String, _ read: (String) throws(TextProblem) -> Value) -> Value? {
    do throws(TextProblem) {
      return try read(text)
    } catch {
      self.error(source.place(of: error.offset, in: mark), error.message)
      return nil
    }
  }

  /// The same of a value that is text.
  mutating func parse<Value>(_ parsed: Parsed, _ read: (String) throws(TextProblem) -> Value) -> Value? {
    guard let text = parsed.scalar?.text else { return nil }
    return parse(parsed.mark, text, read)
  }

  /// Notes that a name is not among those that are known.
  mutating func unknown(_ what: String, _ name: String, among names: [String], _ mark: Mark) {
    let help =
      Suggestion.closest(to: name, among: names).map { "did you mean \"\($0)\"?" }
      ?? (names.isEmpty ? "there is none" : "known here: \(names.sorted().joined(separator: ", "))")
    error(mark, "unknown \(what); \(help)")
  }
}

extension ParsedBlock {
  func text(_ spec: FieldSpec) -> String? { self[spec.name]?.scalar?.text ?? spec.default?.text }
  func integer(_ spec: FieldSpec) -> Int? { self[spec.name]?.scalar?.integer ?? spec.default?.integer }
  func duration(_ spec: FieldSpec) -> Duration? { self[spec.name]?.scalar?.duration }
  func isTrue(_ spec: FieldSpec) -> Bool { self[spec.name]?.scalar?.boolean ?? spec.default?.boolean ?? false }
  func entries(_ spec: FieldSpec) -> [Entry] { self[spec.name]?.block?.entries ?? [] }
  /// Whether the key stands there, be its value right or wrong.
  func has(_ spec: FieldSpec) -> Bool { self[spec.name] != nil || refused.contains(spec.name) }
  func mark(of spec: FieldSpec) -> Mark { self[spec.name]?.mark ?? mark }
}

/// Names of headers.
enum HeaderName {
  /// What the transport sets itself.
  private static let ours = [
    "host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade",
  ]

  /// What is wrong with a name; `nil` when nothing is.
  static func problem(_ name: String) -> String? {
    let isToken = name.utf8.allSatisfy {
      $0 > 32 && $0 < 127 && !"()<>@,;:\\\"/[]?={}".utf8.contains($0)
    }
    if name.isEmpty || !isToken { return "expected the name of a header" }
    return ours.contains(name.lowercased()) ? "is set by this program" : nil
  }
}
