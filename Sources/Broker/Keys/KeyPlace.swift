/// Where a key's file is: its folder and its name.
public struct KeyPlace: Hashable, Sendable {
  /// The folder, without a slash at its end.
  public let folder: String
  /// The file's name in it.
  public let name: String

  /// Splits a whole path.
  public init(_ path: String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    self.folder = String(path[..<slash])
    self.name = String(path[slash...].drop { $0 == "/" })
  }

  /// The whole path.
  public var path: String { "\(folder)/\(name)" }
}
