import Config
import Core

/// A file of faults: `format: nija-faults/1` and a list `faults`, in YAML, of which JSON is a part.
struct FaultFile: Sendable {
  static let format = "nija-faults/1"

  /// What it sets, in its order.
  private(set) var rules: [FaultRule] = []
  /// Everything that is wrong with it, each with its place.
  private(set) var problems: [String] = []

  private let name: String
  private let derived: Set<String>?
  private var accounts: [String]?

  /// Reads a file.
  /// - Parameters:
  ///   - derived: the venues that are made from descriptors; `nil` where that is not known.
  ///   - accounts: those that there are; `nil` where nobody knows yet.
  init(path: String, derived: Set<String>? = [], accounts: [String]? = nil) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try ManifestFiles.system.read(path, 1 << 20)
    } catch {
      self.init(name: path, derived)
      problems = ["\(path): error: \(error.message)"]
      return
    }
    self.init(name: path, bytes: bytes, derived: derived, accounts: accounts)
  }

  /// Reads a file's bytes.
  init(name: String, bytes: [UInt8], derived: Set<String>? = [], accounts: [String]? = nil) {
    self.init(name: name, derived)
    self.accounts = accounts
    do throws(YAMLError) {
      read(try Node(yaml: bytes))
    } catch {
      note(error.mark, error.message)
    }
  }

  private init(name: String, _ derived: Set<String>?) {
    self.name = name
    self.derived = derived
  }

  private mutating func note(_ mark: Mark, _ message: String) {
    problems.append("\(name):\(mark.line):\(mark.column): error: \(message)")
  }

  private mutating func read(_ root: Node) {
    guard case .mapping(let entries) = root.content else {
      return note(root.mark, "expected format and faults")
    }
    for entry in entries where !["format", "faults"].contains(entry.key) {
      note(entry.mark, "\(entry.key): unknown key; there are format, faults")
    }
    let formats = entries.filter { $0.key == "format" }
    if let format = formats.first, formats.count == 1 {
      if Self.text(format.value) != Self.format { note(format.value.mark, "format: expected \(Self.format)") }
    } else {
      note(root.mark, "format: expected once, as \(Self.format)")
    }
    let lists = entries.filter { $0.key == "faults" }
    guard let list = lists.first, lists.count == 1 else { return note(root.mark, "faults: expected once, as a list") }
    if list.value.isNull { return }
    guard case .sequence(let nodes) = list.value.content else {
      return note(list.value.mark, "faults: expected a list")
    }
    if nodes.count > FaultTable.limit { note(list.value.mark, "faults: \(FaultTable.limit) at most") }
    for (index, node) in nodes.enumerated() { read(fault: node, index) }
  }

  private mutating func read(fault node: Node, _ index: Int) {
    guard case .mapping(let entries) = node.content else {
      return note(node.mark, "faults[\(index)]: expected a fault, as {fault: NAME}")
    }
    var members: [(name: String, text: String)] = []
    for entry in entries where !entry.value.isNull {
      guard let text = Self.text(entry.value) else {
        return note(entry.value.mark, "faults[\(index)].\(entry.key): expected one value")
      }
      members.append((entry.key, text))
    }
    do throws(FaultProblem) {
      let rule = try FaultRule(members: members, derived: derived)
      if let accounts { try rule.checkAccount(among: accounts) }
      rules.append(rule)
    } catch {
      let entry = entries.last { $0.key == error.member }
      let isUnknown = entry.map { !FaultRule.members.contains($0.key) } ?? false
      note(
        entry.map { isUnknown ? $0.mark : $0.value.mark } ?? node.mark,
        "faults[\(index)]" + (error.member.map { ".\($0)" } ?? "") + ": \(error.message)")
    }
  }

  private static func text(_ node: Node) -> String? {
    guard case .scalar(let text, _) = node.content else { return nil }
    return text
  }
}
