import Broker
import CLinux
import Core
import Glibc

/// A plugin's program as the manifest pins it: a private copy of the file, whose digest was compared and which nobody
/// can change any more. What runs is this copy, so that nothing can come between the look and the start.
final class PluginProgram: Sendable {
  /// Why it is not run.
  enum Trouble: Error, Hashable, CustomStringConvertible {
    case noFile(String, cause: String)
    case notAFile(String)
    case tooLarge(String)
    case interpreter(String)
    case noProgram(String)
    case notPinned(String, found: String)
    case otherDigest(String, found: String)
    case system(String)

    var description: String {
      switch self {
      case .noFile(let path, let cause): "the program \(path) cannot be read: \(cause)"
      case .notAFile(let path): "the program \(path) is not a plain file"
      case .tooLarge(let path): "the program \(path) is larger than \(PluginProgram.largest >> 20) MiB"
      case .interpreter(let path):
        "\(path) runs other files: name the script itself, whose first line names what runs it, so that sha256 is the script's"
      case .noProgram(let path): "\(path) is neither a program nor a script whose first line names what runs it (#!…)"
      case .notPinned(let path, let found): "sha256 is missing; the program \(path) has \(found)"
      case .otherDigest(let path, let found): "the program \(path) has another sha256 than pinned: \(found)"
      case .system(let cause): cause
      }
    }
  }

  /// Where it was read.
  let path: String
  private let copy: Descriptor
  /// What runs it, with its own arguments; empty for a program that runs by itself.
  private let interpreter: [String]
  private let arguments: [String]

  static let largest = 256 << 20
  /// Where the copy stands in the program.
  private static let place: Int32 = 3
  private static let interpreters = [
    "python", "node", "ruby", "perl", "bash", "sh", "dash", "env", "java", "deno", "bun",
  ]

  /// Reads, compares, seals.
  /// - Parameters:
  ///   - command: the file, then arguments.
  ///   - folder: what a relative file is relative to.
  ///   - digest: SHA-256 in hexadecimal.
  init(_ command: [String], in folder: String, digest: String?) throws(Trouble) {
    let name = command.first ?? ""
    path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
    arguments = Array(command.dropFirst())
    guard !Self.isInterpreter(name) else { throw .interpreter(name) }
    let bytes = try Self.read(path)
    let found: String
    do { found = Hex.encode(try SHA256.digest(bytes)) } catch { throw .system("\(error)") }
    guard let digest else { throw .notPinned(path, found: found) }
    guard digest.lowercased() == found else { throw .otherDigest(path, found: found) }
    guard let interpreter = Self.interpreter(of: bytes) else { throw .noProgram(path) }
    self.interpreter = interpreter
    copy = try Self.sealed(bytes)
  }

  private static func isInterpreter(_ name: String) -> Bool {
    let base = name.split(separator: "/").last ?? ""
    let stem = base.prefix { $0.isLetter }
    return interpreters.contains(String(stem)) && base.dropFirst(stem.count).allSatisfy { $0.isNumber || $0 == "." }
  }

  /// What a file is to be pinned by.
  static func digest(of path: String) throws(Trouble) -> String {
    do { return Hex.encode(try SHA256.digest(try read(path))) } catch let trouble as Trouble { throw trouble } catch {
      throw .system("\(error)")
    }
  }

  private static func read(_ path: String) throws(Trouble) -> [UInt8] {
    do {
      let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
      var status = stat()
      guard fstat(file.number, &status) == 0 else { throw SystemError.last("cannot look at it") }
      guard status.st_mode & S_IFMT == S_IFREG else { throw Trouble.notAFile(path) }
      return try bytes(of: file, path)
    } catch let trouble as Trouble {
      throw trouble
    } catch let error as SystemError {
      throw .noFile(path, cause: String(cString: strerror(error.code)))
    } catch { throw .system("\(error)") }
  }

  private static func bytes(of file: borrowing Descriptor, _ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let count = Glibc.read(file.number, &block, block.count)
      guard count >= 0 else { throw SystemError.last("cannot read it") }
      if count == 0 { return bytes }
      bytes.append(contentsOf: block.prefix(count))
      guard bytes.count <= largest else { throw Trouble.tooLarge(path) }
    }
  }

  private static func sealed(_ bytes: [UInt8]) throws(Trouble) -> Descriptor {
    let number = nija_program_file("nija-plugin")
    guard number >= 0 else { throw .system("\(SystemError.last("cannot make a copy of the program"))") }
    let copy = Descriptor(owning: number)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(number, $0.baseAddress.map { $0 + written }, bytes.count - written) }
      guard count > 0 else { throw .system("\(SystemError.last("cannot copy the program"))") }
      written += count
    }
    guard nija_seal(number) == 0 else { throw .system("\(SystemError.last("cannot seal the program"))") }
    do { return try copy.reopenedReadOnly() } catch { throw .system("\(error)") }
  }

  /// What the first line names, as the kernel reads it; nothing for a program; `nil` for neither.
  private static func interpreter(of bytes: [UInt8]) -> [String]? {
    if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { return [] }
    guard bytes.starts(with: Array("#!".utf8)) else { return nil }
    let line = String(decoding: bytes.dropFirst(2).prefix(255).prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true).map(String.init)
    guard let name = parts.first, name.hasPrefix("/") else { return nil }
    let rest = parts.dropFirst().map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    return [name] + rest
  }

  // MARK: Starting

  /// Our ends of a started program's pipes, owned by whoever takes them.
  struct Started: Sendable {
    let process: Int32
    let input: Int32
    let output: Int32
    let log: Int32

    func closeEnds() { for descriptor in [input, output, log] { close(descriptor) } }
  }

  /// Starts it once more: in a process group of its own, with next to no environment, nothing open but its pipes and the
  /// copy of itself.
  func start(_ children: Children) throws(SystemError) -> Started {
    let input = try DescriptorPair.pipe()
    let output = try DescriptorPair.pipe()
    let log = try DescriptorPair.pipe()
    let file = "/proc/self/fd/\(Self.place)"
    let process = try children.spawn(
      interpreter.first ?? file, arguments: interpreter.isEmpty ? [path] + arguments : interpreter + [file] + arguments,
      environment: Self.environment,
      descriptors: [input.first.number, output.second.number, log.second.number, copy.number])
    // Before it is told anything that a core file could hold.
    _ = nija_forbid_cores(process)
    return Started(
      process: process, input: input.keepSecond(), output: output.keepFirst(), log: log.keepFirst())
  }

  private static var environment: [String] {
    ["PATH=/usr/local/bin:/usr/bin:/bin"]
      + ["TZ", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR"].compactMap { name in
        Programs.variable(name).map { "\(name)=\($0)" }
      }
  }
}

extension Children {
  /// How long a program has, after its input has ended, until it is killed with everything it started.
  static let programGrace = Duration.seconds(2)

  /// Waits for a plugin's program to end, not longer than it may take.
  func end(_ process: Int32, after grace: Duration = programGrace) async -> ProcessExit {
    let killer = Task { [self] in
      try await Task.sleep(for: grace)
      signal(process, SIGKILL)
    }
    defer { killer.cancel() }
    return await exit(of: process)
  }
}
