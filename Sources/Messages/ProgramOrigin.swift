internal import Core

/// The program that a worker's plugin is, where it is one: started by the host, spoken to by the worker alone.
public struct ProgramOrigin: Hashable, Sendable {
  /// What it declared when the host started.
  public var declaration: String
  /// Each process of it, whose group is its own. Their pipes stand behind the feed book: input, output and log of each.
  public var processes: [Int32] = []

  /// The descriptor of the first process's input; the others follow.
  public static let firstDescriptor = 5

  /// A program that declared this; its processes are added when they are started.
  public init(declaration: String) { self.declaration = declaration }

  /// As it travels from host to worker.
  var json: JSONValue {
    ["declaration": .string(declaration), "processes": .array(processes.map { .integer(Int($0)) })]
  }

  /// Reads what ``json`` wrote.
  init(_ json: JSON) throws(JSONError) {
    declaration = try json.string("declaration")
    for element in try json.array("processes") {
      guard let process = element.text.flatMap({ Int32($0) }), process > 1 else {
        throw .wrongType("processes", expected: "numbers of processes")
      }
      processes.append(process)
    }
  }
}
