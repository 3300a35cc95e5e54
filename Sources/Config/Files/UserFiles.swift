internal import Core

/// One user's file, as a broker lists it.
struct UserFile: Hashable {
  /// The file's name without its ending.
  let id: String
  /// Relative to where the program runs.
  let path: String
}

/// Why an entry under `users` names no files; each text is whole.
struct UserFileProblem: Error {
  let severity: Diagnostic.Severity
  let message: String
}

/// Finds the files that an entry under `users` names. An entry stays below the manifest's folder.
struct UserFileFinder {
  let files: ManifestFiles
  let directory: String
  /// Folders are listed once, whatever the number of patterns.
  private var listings: [String: [String]] = [:]

  init(files: ManifestFiles, directory: String) {
    self.files = files
    self.directory = directory
  }

  /// The files of one entry, sorted.
  mutating func find(_ entry: String) throws(UserFileProblem) -> [UserFile] {
    let parts = entry.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard !entry.hasPrefix("/"), parts.allSatisfy({ !$0.isEmpty && $0 != ".." && $0 != "." }), let name = parts.last
    else { throw .init(severity: .error, message: "must stay below the manifest's folder, without . and ..") }
    let folder = parts.dropLast().joined(separator: "/")
    guard !folder.contains("*") else {
      throw .init(severity: .error, message: "a * stands in the file's name only, not in a folder's")
    }
    guard name.contains("*") else { return [try file(name, in: folder)] }
    return try matches(name, in: folder)
  }

  private mutating func matches(_ pattern: String, in folder: String) throws(UserFileProblem) -> [UserFile] {
    let names = try listing(folder).filter { !$0.hasPrefix(".") && Wildcard.matches($0, pattern) }
    guard !names.isEmpty else { throw .init(severity: .warning, message: "no file matches; it names no user") }
    var found: [UserFile] = []
    for name in names { found.append(try file(name, in: folder)) }
    return found
  }

  private mutating func listing(_ folder: String) throws(UserFileProblem) -> [String] {
    if let known = listings[folder] { return known }
    do throws(FileError) {
      let names = try files.list(folder.isEmpty ? directory : Path.resolve(folder, in: directory)).sorted()
      listings[folder] = names
      return names
    } catch {
      throw .init(severity: .error, message: error == .missing ? "no such folder" : error.message)
    }
  }

  private func file(_ name: String, in folder: String) throws(UserFileProblem) -> UserFile {
    let ending = [".yaml", ".yml"].first(where: name.hasSuffix)
    guard let ending, case let id = String(name.dropLast(ending.count)), FieldWord.identifier.accepts(id) else {
      throw .init(
        severity: .error,
        message: "a user's file is called ID.yaml, where ID is \(FieldWord.identifier.phrase)")
    }
    let path = folder.isEmpty ? name : "\(folder)/\(name)"
    return UserFile(id: id, path: Path.resolve(path, in: directory))
  }
}
