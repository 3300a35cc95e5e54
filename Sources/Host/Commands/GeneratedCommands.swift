import ArgumentParser
import Config
import Core
import Descriptor

/// JSON Schemas, from the declarations that the files are read by.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the manifest, a user's file or a descriptor.")

  /// Which file's.
  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case manifest
    case user
    case descriptor
  }

  @Argument(help: "manifest, user or descriptor.")
  var subject = Subject.manifest
  @Flag(name: .long, help: "Print JSON; a schema is nothing else.")
  var json = false

  func run() {
    let schema =
      switch subject {
      case .manifest: ManifestSchema.manifest(HostPlugins.vocabulary)
      case .user: ManifestSchema.user(HostPlugins.vocabulary)
      case .descriptor: DescriptorSchema.json
      }
    Console.print(schema.prettyEncoded + "\n")
  }
}

/// Reference pages, from the same declarations.
struct DocsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "docs", abstract: "Print the reference page of the manifest and users' files, or of descriptors.")

  /// Which file's.
  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case manifest
    case descriptor
  }

  @Argument(help: "manifest (with users' files, plugins and strategies) or descriptor; both when left out.")
  var subject: Subject?

  func run() {
    var pages: [String] = []
    if subject != .descriptor { pages.append(ManifestReference.markdown(HostPlugins.vocabulary)) }
    if subject != .manifest { pages.append(DescriptorReference.markdown) }
    Console.print(pages.joined(separator: "\n"))
  }
}
