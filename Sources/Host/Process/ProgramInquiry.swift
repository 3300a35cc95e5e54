import Config
import Descriptor
import Dispatch
import Glibc
import ProcessPlugins
import Synchronization

/// Asks a program that a manifest names what it is: without a secret, within its bounds, and gone afterwards.
enum ProgramInquiry {
  /// For the manifest's loader, which waits: nothing else is to be done before this is known.
  static func ask(_ command: [String], in folder: String, digest: String?) -> ProgramOutline {
    let program: PluginProgram
    do throws(PluginProgram.Trouble) {
      program = try PluginProgram(command, in: folder, digest: digest)
    } catch {
      switch error {
      case .notPinned, .interpreter: return .mistake(error.description)
      default: return .unusable(error.description)
      }
    }
    return outline(of: program)
  }

  /// What a program answers.
  static func outline(of program: PluginProgram) -> ProgramOutline {
    waiting(for: .unusable("the plugin's program was not asked")) { await ask(program) }
  }

  /// What a program answers that is to carry out these operations of a descriptor.
  static func offer(of program: PluginProgram, _ operations: Set<String>) -> OperationProgramFinding {
    waiting(for: .unusable("the plugin's program was not asked")) {
      do throws(ProgramFault) {
        return .offers(try await ProgramOffer(asking: try start(program), wanted: operations).text)
      } catch { return .unusable(error.description) }
    }
  }

  private static func waiting<Answer: Sendable>(
    for unasked: Answer, _ ask: @escaping @Sendable () async -> Answer
  ) -> Answer {
    let answer = Mutex(unasked)
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      let outline = await ask()
      answer.withLock { $0 = outline }
      done.signal()
    }
    done.wait()
    return answer.withLock { $0 }
  }

  private static func ask(_ program: PluginProgram) async -> ProgramOutline {
    do throws(ProgramFault) {
      let declaration = try await ProgramDeclaration(asking: try start(program))
      return .declares(declaration.plugin, text: declaration.text, standIn: declaration.standIn)
    } catch { return .unusable(error.description) }
  }

  private static func start(_ program: PluginProgram) throws(ProgramFault) -> ProgramEnds {
    do {
      let started = try program.start(Children())
      return ProgramEnds(input: started.input, output: started.output, log: started.log) {
        // It holds nothing yet that it would have to put in order; nobody else buries it.
        kill(-started.process, SIGKILL)
        waitpid(started.process, nil, 0)
      }
    } catch { throw .noPipes("\(error)") }
  }
}
