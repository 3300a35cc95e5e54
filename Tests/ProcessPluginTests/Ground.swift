import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Conformance
@testable import Host
@testable import ProcessPlugins

/// Programs of `examples/process`, started as the host starts them.
enum Ground {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let examples = root.appending(path: "examples/process").path

  static func digest(of path: String) throws -> String {
    Hex.encode(try SHA256.digest(Array(try Data(contentsOf: URL(filePath: path)))))
  }

  static func program(_ name: String, _ arguments: String...) throws -> PluginProgram {
    try PluginProgram([name] + arguments, in: examples, digest: try digest(of: "\(examples)/\(name)"))
  }

  /// Runs `body` with something that buries children as the host's signal loop does.
  static func withChildren<Answer>(_ body: (Children) async throws -> Answer) async throws -> Answer {
    let children = Children()
    let reaper = Task {
      while !Task.isCancelled {
        children.reap()
        try? await Task.sleep(for: .milliseconds(10))
      }
    }
    defer { reaper.cancel() }
    return try await body(children)
  }

  /// What a well-behaved start of the program declares.
  static func declaration(of program: PluginProgram, _ children: Children) async throws -> ProgramDeclaration {
    try await ProgramDeclaration(asking: try ProgramStarter(program: program, children: children).next())
  }

  static func context(
    _ credentials: [String: Secret] = ["api_key": Secret(Array("canary-0123456789".utf8))],
    transport: any Transport = NoTransport()
  ) throws -> PluginContext {
    PluginContext(
      endpoint: try Broker.Endpoint(parsing: "https://venue.invalid"), credentials: credentials, options: [:],
      transport: transport, nonces: nil, clock: WallClock())
  }
}

/// Reaches nothing.
struct NoTransport: Transport {
  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    throw TransportError(phase: .connect, mayHaveArrived: false, detail: "there is no network in this test")
  }
}

/// Answers with nothing, and remembers what it was asked.
final class CountingVenue: Transport {
  private let sent = Mutex<[HTTPRequest]>([])
  var requests: [HTTPRequest] { sent.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    sent.withLock { $0.append(request) }
    return HTTPAnswer(status: 200, headers: [:], body: Array("{}".utf8))
  }
}

/// What was told, from any thread.
final class Heard: Sendable {
  private let state = Mutex<(lines: [String], faults: [ProgramFault])>(([], []))
  var lines: [String] { state.withLock { $0.lines } }
  var faults: [ProgramFault] { state.withLock { $0.faults } }
  var events: ProgramEvents {
    ProgramEvents(
      logged: { line in self.state.withLock { $0.lines.append(line) } },
      failed: { fault in self.state.withLock { $0.faults.append(fault) } })
  }
}

/// Remembers every program that it starts.
final class WatchedStarter: ProgramSource {
  private let program: PluginProgram
  private let children: Children
  private let started = Mutex<[Int32]>([])
  var processes: [Int32] { started.withLock { $0 } }

  init(_ program: PluginProgram, _ children: Children) {
    self.program = program
    self.children = children
  }

  func next() throws(ProgramFault) -> ProgramEnds {
    do {
      let one = try program.start(children)
      started.withLock { $0.append(one.process) }
      return ProgramEnds(input: one.input, output: one.output, log: one.log) { [children] in
        Task.detached { await children.end(one.process, after: .milliseconds(300)) }
      }
    } catch { throw .noPipes("\(error)") }
  }

  /// Processes of their groups that live.
  var left: [Int32] { processes.filter { kill(-$0, 0) == 0 } }
}
