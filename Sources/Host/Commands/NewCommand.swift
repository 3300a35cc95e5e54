import ArgumentParser
import Broker
import Config
import Core
import Descriptor
import Glibc

/// Files to begin with.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write a file to begin with: a brokerage's descriptor, or a user's file.",
    subcommands: [NewBrokerCommand.self, NewUserCommand.self])
}

/// A descriptor to begin with.
struct NewBrokerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "broker", abstract: "Write brokers/NAME.yaml, a commented descriptor that is in order as it stands.")

  @OptionGroup var source: ManifestSource
  @Argument(help: ArgumentHelp("What the brokerage is called in files.", valueName: "name"))
  var name: String

  func validate() throws {
    guard FieldWord.identifier.accepts(name) else { throw ValidationError("expected \(FieldWord.identifier.phrase)") }
  }

  func run() throws {
    let file = try NewFile(beside: source.config, folder: "brokers", name: "\(name).yaml")
    try file.write(DescriptorSkeleton.text(name: name))
    Console.print(
      """
      \(file.path): put what the brokerage's documentation says in place of every TODO, then
        nija-host check \(file.path)
      To use it: plugins: {\(name): {descriptor: brokers/\(name).yaml}} in \(source.config), and plugin: \(name) in an account.

      """)
  }
}

/// A user's file to begin with.
struct NewUserCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Write users/NAME.yaml, with the credentials that the broker's plugin asks for.")

  @OptionGroup var source: ManifestSource
  @Option(name: .long, help: ArgumentHelp("The broker of the manifest that the user trades at.", valueName: "id"))
  var broker: String?
  @Argument(help: ArgumentHelp("The user's id, which is the file's name.", valueName: "name"))
  var name: String

  func validate() throws {
    guard FieldWord.identifier.accepts(name) else { throw ValidationError("expected \(FieldWord.identifier.phrase)") }
  }

  func run() throws {
    let manifest = try source.load()
    let masters = manifest.accounts.filter { $0.role == .master }
    let ids = masters.map(\.id).joined(separator: ", ")
    guard let master = broker == nil && masters.count == 1 ? masters.first : masters.first(where: { $0.id == broker })
    else {
      throw Console.failure(
        .usage,
        broker == nil ? "at which broker? --broker \(ids)" : "\(source.config) has no such broker; it has \(ids)")
    }
    let file = try NewFile(beside: source.config, folder: "users", name: "\(name).yaml")
    let text = UserSkeleton.text(
      name: name, broker: master.id, slots: HostPlugins.kind(of: master)?.spec.declaration.credentials ?? [])
    try file.write(text)
    Console.print(
      """
      \(file.path): set the variables that it names, and list it in \(source.config):
        brokers: {\(master.id): {users: [users/\(name).yaml]}}

      """)
  }
}

/// A file that is not there yet.
struct NewFile {
  let path: String

  /// A place in a folder beside another file; the folder is made when it is not there.
  init(beside other: String, folder: String, name: String) throws {
    let base = other.lastIndex(of: "/").map { String(other[...$0]) } ?? ""
    let directory = base + folder
    guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
      throw Console.failure(.configuration, "\(directory): \(String(cString: strerror(errno)))")
    }
    path = "\(directory)/\(name)"
  }

  /// Writes it, never over another.
  func write(_ text: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let reason = errno == EEXIST ? "is there already, and is left as it is" : String(cString: strerror(errno))
      throw Console.failure(.configuration, "\(path): \(reason)")
    }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else {
        throw Console.failure(.configuration, "\(path): \(String(cString: strerror(errno)))")
      }
      bytes = bytes.dropFirst(max(count, 0))
    }
  }
}
