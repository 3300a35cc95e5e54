import Config
import Glibc

/// What is wrong with the file of faults that a manifest names, as the sandbox itself reads it.
enum FaultsCheck {
  /// One line each, with the place; none when there is no such file to read.
  static func problems(_ manifest: Manifest, _ programs: Programs) -> [String] {
    let accounts = SandboxRequest.all(in: manifest).map(\.id)
    guard let file = manifest.sandbox.faults, !accounts.isEmpty else { return [] }
    do throws(SystemError) {
      let (status, text) = try output(
        programs.sandbox, ["nija-sandbox", "check-faults"] + accounts.flatMap { ["--account", $0] } + ["--", file])
      guard status != .code(0) else { return [] }
      let lines = text.split(separator: "\n").map(String.init)
      return lines.isEmpty ? ["\(file): error: nija-sandbox ended by \(status) when it read it"] : lines
    } catch {
      return ["\(file): error: \(error)"]
    }
  }

  /// Runs a program to its end and takes what it says.
  private static func output(
    _ path: String, _ arguments: [String]
  ) throws(SystemError) -> (status: ProcessExit, text: String) {
    let pipe = try DescriptorPair.pipe()
    let nothing = try Descriptor.open("/dev/null", O_RDONLY)
    let process = try Children().spawn(
      path, arguments: arguments, environment: Programs.environment(),
      descriptors: [nothing.number, pipe.second.number, pipe.second.number])
    let input = Descriptor(owning: pipe.keepFirst())
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while bytes.count < 1 << 20 {
      let count = read(input.number, &piece, piece.count)
      if count > 0 { bytes += piece.prefix(count) } else if count == 0 || errno != EINTR { break }
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return (ProcessExit(waitStatus: status), String(decoding: bytes, as: UTF8.self))
  }
}
