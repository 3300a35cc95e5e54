import ArgumentParser
import Broker
import Config
import Core
import Registry

/// The registry.
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins", abstract: "List the brokerage plugins: capabilities, credential slots, options.")

  @Argument(help: ArgumentHelp("Only this plugin.", valueName: "name"))
  var name: String?
  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    let specs = Registry.plugins.map { $0.spec }.filter { name == nil || $0.declaration.name == name }
    guard !specs.isEmpty || name == nil else {
      throw Console.failure(
        .usage,
        "no plugin \(name ?? ""); there is: \(Registry.plugins.map { $0.spec.declaration.name }.joined(separator: ", "))"
      )
    }
    guard json else { return Console.print(specs.map(Self.text).joined(separator: "\n")) }
    Console.print(
      JSONValue.object([("format", "nija-plugins/1"), ("plugins", .array(specs.map(Self.json)))]).prettyEncoded + "\n")
  }

  private static func text(_ spec: PluginSpec) -> String {
    let declaration = spec.declaration
    let kind = kind(spec) == "built-in" ? "built in" : "from a descriptor"
    var lines = ["\(declaration.name) (\(declaration.title)), \(kind)"]
    lines.append("  address:      \(declaration.defaultEndpoint ?? "to be given by endpoint")")
    lines.append(
      "  capabilities: \(declaration.capabilities.isEmpty ? "none" : declaration.capabilities.joined(separator: ", "))")
    lines.append("  permissions:  \(spec.neededPermissions.joined(separator: ", "))")
    lines += declaration.credentials.map { slot in
      "  credential    \(slot.name) (\(slot.formats.map(\.rawValue).joined(separator: " or "))): \(slot.doc)"
    }
    lines += declaration.options.map { option in
      "  option        \(option.name) (\(words(option.type))\(option.default.map { ", default \($0)" } ?? "")): \(option.doc)"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func kind(_ spec: PluginSpec) -> String {
    Registry.builtIn.contains { $0.name == spec.declaration.name } ? "built-in" : "descriptor"
  }

  /// The type's name, which is written for a table's cell.
  private static func words(_ type: FieldType) -> String {
    String(type.title.filter { $0 != "\\" })
  }

  private static func json(_ spec: PluginSpec) -> JSONValue {
    let declaration = spec.declaration
    return [
      "name": .string(declaration.name), "title": .string(declaration.title), "kind": .string(kind(spec)),
      "endpoint": .optional(declaration.defaultEndpoint),
      "capabilities": .array(declaration.capabilities.map(JSONValue.string)),
      "permissions": .array(spec.neededPermissions.map(JSONValue.string)),
      "credentials": .array(
        declaration.credentials.map { slot in
          [
            "name": .string(slot.name), "formats": .array(slot.formats.map { .string($0.rawValue) }),
            "doc": .string(slot.doc),
          ]
        }),
      "options": .array(
        declaration.options.map { option in
          [
            "name": .string(option.name), "type": .string(words(option.type)),
            "default": option.default?.json ?? .null, "doc": .string(option.doc),
          ]
        }),
    ]
  }
}
