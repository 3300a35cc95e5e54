import Broker
import Config
import Core
import Glibc
import ProcessPlugins

/// A program that its author puts through the suite: no manifest pins it yet, so it is taken as it is now.
struct ProgramUnderTest: Sendable {
  private let program: PluginProgram
  private let declaration: ProgramDeclaration
  /// The sandbox's venue whose protocol it speaks.
  let standIn: String

  /// Why it cannot be tested.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// The program at a path; `nil` for what is not a path of one.
  static func find(_ path: String) throws(Problem) -> ProgramUnderTest? {
    guard path.contains("/"), !path.hasSuffix(".yaml"), !path.hasSuffix(".yml"), access(path, F_OK) == 0 else {
      return nil
    }
    do {
      return try ProgramUnderTest(path)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(description: "\(error)")
    }
  }

  private init(_ path: String) throws {
    program = try PluginProgram([path], in: ".", digest: try PluginProgram.digest(of: path))
    switch ProgramInquiry.outline(of: program) {
    case .mistake(let reason), .unusable(let reason): throw Problem(description: reason)
    case .declares(_, let text, let standIn):
      guard let standIn else {
        throw Problem(description: "\(path) declares no stand_in: there is no venue to test it at")
      }
      declaration = try ProgramDeclaration(parsing: text)
      self.standIn = standIn
    }
  }

  /// The plugin, whose programs are these children.
  func kind(_ children: Children) -> PluginKind {
    PluginKind(
      process: declaration, named: declaration.plugin.name,
      source: ProgramStarter(program: program, children: children, grace: .milliseconds(500)),
      events: ProgramEvents(
        logged: { Console.complain($0) }, failed: { if $0 != .ended { Console.complain("\($0)") } }))
  }
}
