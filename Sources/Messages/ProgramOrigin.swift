internal import Core

/// A program that a worker's plugin is, or that carries out single operations of it: started by the host, spoken to by
/// the worker alone.
public struct ProgramOrigin: Hashable, Sendable {
  /// Its name in the descriptor; empty for a program that is the whole plugin.
  public var name: String
  /// What it declared when the host started.
  public var declaration: String
  /// Each process of it, whose group is its own: one for each plugin that the worker makes.
  public var processes: [Int32] = []
  /// The descriptor of the first process's input; its output, its log and the other processes follow.
  public var firstDescriptor = ProgramOrigin.behindBook

  /// The first descriptor behind the feed book.
  public static let behindBook: Int32 = 5
  /// Input, output and log.
  static let pipes: Int32 = 3

  /// A program that declared this; its processes are added when they are started.
  public init(name: String = "", declaration: String) {
    self.name = name
    self.declaration = declaration
  }

  /// As it travels from host to worker.
  var json: JSONValue {
    [
      "name": .string(name), "declaration": .string(declaration),
      "processes": .array(processes.map { .integer(Int($0)) }), "first_descriptor": .integer(Int(firstDescriptor)),
    ]
  }

  /// Reads what ``json`` wrote.
  init(_ json: JSON) throws(JSONError) {
    name = try json.string("name")
    declaration = try json.string("declaration")
    guard let first = Int32(exactly: try json.integer("first_descriptor")), first >= Self.behindBook, first < 1_024
    else {
      throw .wrongType("first_descriptor", expected: "one behind the feed book")
    }
    firstDescriptor = first
    for element in try json.array("processes") {
      guard let process = element.text.flatMap({ Int32($0) }), process > 1 else {
        throw .wrongType("processes", expected: "numbers of processes")
      }
      processes.append(process)
    }
  }
}

extension WorkerSettings {
  /// The program that the plugin is, where it is one.
  public var program: ProgramOrigin? { programs.first { $0.name.isEmpty } }

  /// Notes what was started: of each program as many processes as of every other, in their order.
  public mutating func note(started processes: [Int32]) {
    guard !programs.isEmpty else { return }
    let each = processes.count / programs.count
    for index in programs.indices {
      programs[index].processes = Array(processes.dropFirst(index * each).prefix(each))
      programs[index].firstDescriptor =
        ProgramOrigin.behindBook + Int32(clamping: index * each) * ProgramOrigin.pipes
    }
  }
}
