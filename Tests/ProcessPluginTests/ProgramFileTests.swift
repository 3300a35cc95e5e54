import Broker
import Core
import Foundation
import Testing

@testable import Host
@testable import ProcessPlugins

/// The pinned file: what is compared is what runs.
@Suite(.serialized) struct ProgramFileTests {
  /// A folder that is removed at the end.
  private final class Folder {
    let path: String
    init() throws {
      let url = FileManager.default.temporaryDirectory.appending(path: "nija-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      path = url.path
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func write(_ name: String, _ text: String) throws -> String {
      try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
      return Hex.encode(try SHA256.digest(Array(text.utf8)))
    }
  }

  private func trouble(_ command: [String], _ folder: Folder, _ digest: String?) -> PluginProgram.Trouble? {
    do throws(PluginProgram.Trouble) {
      _ = try PluginProgram(command, in: folder.path, digest: digest)
      return nil
    } catch { return error }
  }

  @Test func `a file that is missing, unpinned, other than pinned or no program is named`() throws {
    let folder = try Folder()
    let digest = try folder.write("venue.py", "#!/usr/bin/env python3\nprint(1)\n")
    let text = try folder.write("venue.txt", "just text\n")
    let zeros = String(repeating: "0", count: 64)
    #expect(trouble(["./venue.py"], folder, digest) == nil)
    #expect(trouble(["./venue.py"], folder, digest.uppercased()) == nil)
    let found: [(PluginProgram.Trouble?, String)] = [
      (trouble(["./none.py"], folder, digest), "cannot be read: No such file or directory"),
      (trouble(["venue.py"], folder, nil), "sha256 is missing; the program \(folder.path)/venue.py has \(digest)"),
      (trouble(["venue.py"], folder, zeros), "has another sha256 than pinned: \(digest)"),
      (trouble(["venue.txt"], folder, text), "neither a program nor a script"),
      (trouble(["."], folder, text), "is not a plain file"),
    ]
    for (trouble, words) in found {
      #expect(trouble?.description.contains(words) == true, "\(String(describing: trouble)) for \(words)")
    }
  }

  @Test(arguments: ["python3", "/usr/bin/python3.11", "node", "/bin/sh", "/usr/bin/env"])
  func `an interpreter cannot be pinned in place of its script`(_ name: String) throws {
    let folder = try Folder()
    #expect(trouble([name, "venue.py"], folder, String(repeating: "0", count: 64)) == .interpreter(name))
  }

  @Test(.timeLimit(.minutes(1))) func `what was compared runs, whatever becomes of the file meanwhile`() async throws {
    let folder = try Folder()
    let digest = try folder.write("venue.sh", "#!/bin/sh\necho first \"$1\" $(basename $0)\n")
    let program = try PluginProgram(["venue.sh", "an argument"], in: folder.path, digest: digest)
    _ = try folder.write("venue.sh", "#!/bin/sh\necho second\n")
    try await Ground.withChildren { children in
      let started = try program.start(children)
      #expect(await children.exit(of: started.process) == .code(0))
      #expect(Self.text(started.output) == "first an argument 3\n")
      started.closeEnds()
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a program that is no script runs too, with next to no environment`() async throws
  {
    let path = "/usr/bin/env"
    let folder = try Folder()
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.write(to: URL(filePath: "\(folder.path)/venue"))
    setenv("NIJA_TEST_SECRET", "hunter2", 1)
    let program = try PluginProgram(["venue"], in: folder.path, digest: Hex.encode(try SHA256.digest(Array(bytes))))
    try await Ground.withChildren { children in
      let started = try program.start(children)
      #expect(await children.exit(of: started.process) == .code(0))
      let names = Self.text(started.output).split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(names.contains("PATH"))
      #expect(Set(names).isSubset(of: ["PATH", "TZ", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR"]))
      started.closeEnds()
    }
  }

  private static func text(_ descriptor: Int32) -> String {
    var block = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &block, block.count)
    return String(decoding: block.prefix(max(0, count)), as: UTF8.self)
  }
}
