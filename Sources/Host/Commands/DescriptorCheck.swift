import Broker
import Config
import Core
import Descriptor

/// Looks a descriptor over: `check brokers/NAME.yaml`.
struct DescriptorCheck {
  let file: String
  private let reading: DescriptorReading
  private let diagnostics: [Diagnostic]
  private let openPlaces: [Int]

  /// Reads a file, if it says that it is a descriptor.
  init?(_ file: String) {
    guard let bytes = try? ManifestFiles.system.read(file, YAMLLimits().bytes), Self.isDescriptor(bytes) else {
      return nil
    }
    self.file = file
    reading = DescriptorReader(files: .system, inquiry: OperationInquiry.ask).read(bytes, file: file)
    diagnostics = reading.diagnostics + reading.failedTests
    openPlaces = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated().filter { $0.element.contains("# TODO") }.map { $0.offset + 1 }
  }

  /// By its `format`; where the file is no YAML, by its text.
  private static func isDescriptor(_ bytes: [UInt8]) -> Bool {
    let name = "nija-broker/"
    guard let root = try? Node(yaml: bytes), case .mapping(let entries) = root.content else {
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
        line.hasPrefix("format:") && line.contains(name)
      }
    }
    guard case .scalar(let text, _)? = entries.first(where: { $0.key == "format" })?.value.content else { return false }
    return text.hasPrefix(name)
  }

  var isBad: Bool { diagnostics.contains { $0.severity == .error } || reading.descriptor == nil }

  func show(json: Bool) {
    guard !json else { return Console.print(self.json.prettyEncoded + "\n") }
    for diagnostic in diagnostics { Console.complain(diagnostic.description) }
    if let first = openPlaces.first {
      Console.complain("\(file):\(first): warning: \(openPlaces.count) TODO are left: what stands there is of no venue")
    }
    guard let descriptor = reading.descriptor else { return }
    let proof =
      descriptor.isProven
      ? "\(descriptor.tests.count) tests of its own" : "not enough tests of its own: for the sandbox only"
    let delegated = descriptor.delegations.count
    let programs = delegated == 0 ? "" : " (\(delegated) by programs)"
    Console.print("\(file): \(descriptor.name), \(Self.names(descriptor).count) operations\(programs), \(proof)\n")
    let undescribed = descriptor.undescribed.map(\.rawValue).sorted()
    guard !undescribed.isEmpty else { return }
    Console.print(
      "no call says how \(undescribed.joined(separator: ", ")) look: the stand-in venue, and so the sandbox, has none of them\n"
    )
  }

  private static func names(_ descriptor: BrokerDescriptor) -> [String] {
    Set(descriptor.operations.keys).union(descriptor.delegations.keys).map(\.rawValue).sorted()
  }

  private var json: JSONValue {
    [
      "format": "nija-check/1", "file": .string(file), "ok": .boolean(!isBad),
      "diagnostics": .array(diagnostics.map(\.json)), "todo": .array(openPlaces.map(JSONValue.integer)),
      "descriptor": reading.descriptor.map { descriptor in
        [
          "name": .string(descriptor.name), "title": .string(descriptor.title),
          "operations": .array(Self.names(descriptor).map(JSONValue.string)),
          "by_programs": .array(descriptor.delegations.keys.map(\.rawValue).sorted().map(JSONValue.string)),
          "kinds": .array(Set(descriptor.orderKinds.keys.map(\.kind.rawValue)).sorted().map(JSONValue.string)),
          "capabilities": .array(descriptor.capabilities.map(\.rawValue).sorted().map(JSONValue.string)),
          "tests": .integer(descriptor.tests.count), "proven": .boolean(descriptor.isProven),
        ]
      } ?? .null,
    ]
  }
}
