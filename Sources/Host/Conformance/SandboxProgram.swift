import Core
import Glibc
import NIOPosix

/// One `nija-sandbox` with a throw-away state folder: it ends, and the folder goes, with ``stop()``.
final class SandboxProgram: Sendable {
  let venues: SandboxVenues
  private let folder: String
  private let process: Int32
  private let hold: Int32
  private let children: Children

  /// Starts it and waits until everything listens.
  /// - Parameter descriptors: files to serve venues from, `NAME=FILE` each.
  static func start(
    _ programs: Programs, _ children: Children, speed: Int, descriptors: [String] = []
  ) async throws(SandboxFault) -> SandboxProgram {
    do {
      return try await NIOThreadPool.singleton.runIfActive {
        try SandboxProgram(programs, children, speed: speed, descriptors: descriptors)
      }
    } catch {
      throw SandboxFault("the sandbox: \(error)")
    }
  }

  private init(_ programs: Programs, _ children: Children, speed: Int, descriptors: [String]) throws {
    let folder = try TemporaryFolders.make()
    let input = try DescriptorPair.pipe()
    let output = try DescriptorPair.pipe()
    do {
      process = try children.spawn(
        programs.sandbox,
        arguments: ["nija-sandbox", "serve", "--state", folder, "--speed", String(speed), "--until-eof"]
          + descriptors.flatMap { ["--descriptor", $0] },
        environment: Programs.environment(),
        descriptors: [input.first.number, output.second.number, STDERR_FILENO])
    } catch {
      TemporaryFolders.remove(folder)
      throw error
    }
    self.folder = folder
    self.children = children
    hold = input.keepSecond()
    let answers = Descriptor(owning: output.keepFirst())
    do {
      venues = try SandboxVenues(announcement: try Self.line(answers.number))
    } catch {
      close(hold)
      children.signal(process, SIGKILL)
      TemporaryFolders.remove(folder)
      throw error
    }
  }

  private static let patience: Int32 = 20_000

  /// Its first line.
  private static func line(_ descriptor: Int32) throws(SandboxFault) -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4_096)
    while bytes.last != 10 {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, patience) > 0 else { throw SandboxFault("it announced nothing within 20 s") }
      let count = read(descriptor, &block, block.count)
      guard count > 0, bytes.count < 1 << 16 else { throw SandboxFault("it ended before it was ready") }
      bytes += block.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Ends it: the end of its standard input is its word to leave, and what does not heed that is killed.
  func stop() async {
    close(hold)
    let killer = Task { [children, process] in
      try await Task.sleep(for: .seconds(5))
      children.signal(process, SIGKILL)
    }
    _ = await children.exit(of: process)
    killer.cancel()
    TemporaryFolders.remove(folder)
  }
}

/// Folders under the system's place for what may go.
enum TemporaryFolders {
  static func make() throws(SystemError) -> String {
    let place = Programs.variable("TMPDIR") ?? "/tmp"
    var template = Array("\(place)/nija-conformance-XXXXXX".utf8CString)
    guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) != nil else {
      throw .last("cannot make a folder in \(place)")
    }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Removes the folder with the plain files and sockets in it.
  static func remove(_ folder: String) {
    guard let directory = opendir(folder) else { return }
    let descriptor = dirfd(directory)
    while let entry = readdir(directory) {
      withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { _ = unlinkat(descriptor, $0, 0) }
      }
    }
    closedir(directory)
    rmdir(folder)
  }
}
