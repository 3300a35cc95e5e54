internal import Broker
internal import Config
internal import Core

extension DescriptorSession {
  /// The most bytes of one file of tests.
  private static let maximumBytes = 4 << 20
  /// The most files of tests.
  private static let maximumFiles = 200

  /// The tests in the file, or in the folder beside it where files can be read.
  mutating func readTests(_ top: ParsedBlock, _ files: ManifestFiles?) -> [DescriptorTest] {
    guard let parsed = top[DescriptorKeys.tests.name] else { return [] }
    path.push(DescriptorKeys.tests.name)
    defer { path.pop() }
    if let list = parsed.list {
      var tests: [DescriptorTest] = []
      for (index, parsed) in list.enumerated() {
        guard let node = parsed.tree else { continue }
        path.push(index: index)
        var reader = TestReader(name: "tests[\(index)]", slots: slots)
        do throws(TestProblem) {
          tests.append(try reader.test(node.json))
          testPlaces.append(TestPlace(file: file, mark: node.mark, path: path.text))
        } catch {
          self.error(node.mark, error.message)
        }
        path.pop()
      }
      return tests
    }
    guard let files, let folder = parsed.scalar?.text else { return [] }
    return readFolder(folder, files, parsed.mark)
  }

  private mutating func readFolder(_ folder: String, _ files: ManifestFiles, _ mark: Mark) -> [DescriptorTest] {
    var directory = folder.hasPrefix("/") ? folder : beside(folder)
    while directory.hasSuffix("/"), directory != "/" { directory.removeLast() }
    let names: [String]
    do throws(FileError) {
      names = try files.list(directory).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted()
    } catch {
      self.error(mark, error.message)
      return []
    }
    if names.isEmpty { error(mark, "has no .json file") }
    if names.count > Self.maximumFiles { error(mark, "has more than \(Self.maximumFiles) files") }
    var tests: [DescriptorTest] = []
    for name in names.prefix(Self.maximumFiles) {
      do throws(TestProblem) {
        let file = "\(directory)/\(name)"
        let found = try Self.tests(of: file, name: name, files, slots)
        // The name of a test in a file is that of the file and its place in it.
        let mark = Mark(line: 1, column: 1)
        testPlaces += found.map { TestPlace(file: file, mark: mark, path: String($0.name.dropFirst(name.count))) }
        tests += found
      } catch {
        diagnostics.add(
          Diagnostic(
            file: "\(directory)/\(name)", mark: Mark(line: 1, column: 1), severity: .error, path: error.path,
            message: error.message))
      }
    }
    return tests
  }

  private func beside(_ folder: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return folder }
    return file[...slash] + folder
  }

  private static func tests(
    of path: String, name: String, _ files: ManifestFiles, _ slots: [CredentialSlot]
  ) throws(TestProblem) -> [DescriptorTest] {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try files.read(path, maximumBytes) } catch { throw TestProblem(error.message) }
    let document: JSON
    do throws(JSONError) { document = try JSON(parsing: bytes) } catch { throw TestProblem("not JSON: \(error)") }
    let value = JSONValue(document)
    guard case .array(let list) = value else {
      var reader = TestReader(name: name, slots: slots)
      return [try reader.test(value)]
    }
    var tests: [DescriptorTest] = []
    for (index, value) in list.enumerated() {
      var reader = TestReader(name: "\(name)[\(index)]", slots: slots)
      do throws(TestProblem) {
        tests.append(try reader.test(value))
      } catch {
        throw TestProblem(error.message, path: "[\(index)]")
      }
    }
    return tests
  }
}
