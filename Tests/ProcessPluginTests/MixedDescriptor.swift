import Broker
import Config
import Core
import Descriptor
import Foundation

@testable import Host
@testable import ProcessPlugins

/// A shipped descriptor of which some operations are given to a program of `examples/process`.
struct MixedDescriptor {
  let text: String
  let descriptor: BrokerDescriptor
  let program: PluginProgram

  struct Unreadable: Error, CustomStringConvertible { let description: String }

  /// - Parameters:
  ///   - operations: those that the program carries out, by name, and what the file says of them stays there for the
  ///     stand-in venue; or as they are to stand there, in one line.
  ///   - changes: what else is different in the file.
  init(
    _ brokerage: String, _ operations: [String], by program: String, _ arguments: String...,
    changes: [(String, String)] = []
  ) throws {
    let file = Ground.root.appending(path: "brokers/\(brokerage).yaml")
    var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    lines.removeAll { $0.hasPrefix("tests:") }
    for operation in operations {
      let name = operation.prefix { $0 != ":" }
      guard let line = lines.firstIndex(where: { $0.hasPrefix("  \(name):") }) else {
        throw Unreadable(description: "\(brokerage) has no \(name)")
      }
      if name != operation {
        let end = lines[(line + 1)...].firstIndex { !$0.hasPrefix("   ") } ?? lines.endIndex
        lines.replaceSubrange(line..<end, with: ["  " + operation])
        continue
      }
      if lines[line].hasPrefix("  \(operation): {") {
        lines[line] = lines[line].replacing("  \(operation): {", with: "  \(operation): {process: py, ")
      } else {
        lines.insert("    process: py", at: line + 1)
      }
    }
    let path = "\(Ground.examples)/\(program)"
    let words = arguments.map { "\"\($0)\"" }.joined(separator: ", ")
    let digest = try Ground.digest(of: path)
    let entry = "programs: {py: {file: \"\(path)\", sha256: \(digest), arguments: [\(words)]}}\noperations:"
    var text = lines.joined(separator: "\n").replacing("\noperations:", with: "\n" + entry) + "\n"
    for (old, new) in changes { text = text.replacing(old, with: new) }
    let reading = DescriptorReader().read(Array(text.utf8), file: "\(brokerage).yaml")
    guard let descriptor = reading.descriptor, let only = descriptor.programs.first else {
      throw Unreadable(description: reading.errors.map(\.description).joined(separator: "\n"))
    }
    (self.text, self.descriptor) = (text, descriptor)
    self.program = try OperationInquiry.program(only, in: Ground.examples)
  }

  /// What the program offers when it is asked without a secret.
  func offer(_ children: Children) async throws -> ProgramOffer {
    let wanted = Set(descriptor.delegations.keys.map(\.rawValue))
    return try await ProgramOffer(
      asking: try ProgramStarter(program: program, children: children).next(), wanted: wanted)
  }

  /// The brokerage, whose programs come from there.
  func kind(
    _ offer: ProgramOffer, _ source: any ProgramSource, bounds: ProgramBounds = ProgramBounds(),
    events: ProgramEvents = ProgramEvents()
  ) -> PluginKind {
    let programs = OperationPrograms(
      ["py": OperationPrograms.Program(offer: offer, source: source)], bounds: bounds, events: events)
    return PluginKind(descriptor, carriers: programs.carrier)
  }
}
