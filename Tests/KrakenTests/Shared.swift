import Core
import Foundation

/// Test material that lies beside the repository.
enum Shared {
  /// The folder named by `variable`, else `shared/<name>` beside the package; `nil`, said aloud, when there is none.
  static func folder(_ name: String, variable: String? = nil) -> URL? {
    let environment = ProcessInfo.processInfo.environment
    let beside = URL(filePath: #filePath).appending(path: "../../../../shared/\(name)").standardizedFileURL
    let folder = variable.flatMap { environment[$0] }.map { URL(filePath: $0) } ?? beside
    if FileManager.default.fileExists(atPath: folder.path) { return folder }
    guard environment["CI"] == nil else { fatalError("no test material at \(folder.path)") }
    print("left out: there is no \(folder.path)")
    return nil
  }

  static func json(_ path: String, in folder: URL) throws -> JSON {
    try JSON(parsing: [UInt8](Data(contentsOf: folder.appending(path: path))))
  }
}

/// The text of a value, as a venue would send it: what the fixtures hold is put back into bytes.
extension JSON {
  var bytes: [UInt8] { Array(value.encoded.utf8) }

  private var value: JSONValue {
    switch kind {
    case .null: .null
    case .boolean: .boolean(boolean ?? false)
    case .number: .number(text ?? "0")
    case .string: .string(text ?? "")
    case .array: .array((elements ?? []).map(\.value))
    case .object: .object((members ?? []).map { ($0.key, $0.value.value) })
    }
  }
}
