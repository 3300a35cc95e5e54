import Config
import Descriptor
import ProcessPlugins

/// The programs that carry out single operations of a descriptor, as the host asks and starts them.
enum OperationInquiry {
  /// Asks one which operations it carries out, as ``ProgramInquiry`` asks one that is a whole brokerage.
  @Sendable static func ask(
    _ program: OperationProgram, _ operations: Set<String>, _ folder: String
  ) -> OperationProgramFinding {
    do throws(PluginProgram.Trouble) {
      return try ProgramInquiry.offer(of: self.program(program, in: folder), operations)
    } catch {
      if case .interpreter = error { return .mistake(error.description) }
      return .unusable(error.description)
    }
  }

  /// The program, pinned.
  static func program(_ program: OperationProgram, in folder: String) throws(PluginProgram.Trouble) -> PluginProgram {
    try PluginProgram([program.file] + program.arguments, in: folder, digest: program.digest)
  }
}
