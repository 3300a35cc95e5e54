import Foundation
import Glibc
import Testing

@testable import Host

@Suite struct ProcessTests {
  /// Runs a shell script with its output into a file and its socket's far end kept.
  private func shell(
    _ script: String, _ folder: TemporaryFolder, _ children: Children
  ) throws -> (process: Int32, socket: Int32) {
    let output = try Descriptor.open(folder.path + "/out", O_CREAT | O_WRONLY)
    let null = try Descriptor.open("/dev/null", O_RDONLY)
    let sockets = try DescriptorPair.sockets()
    let book = try Descriptor.memory(named: "book")
    let process = try children.spawn(
      "/bin/sh", arguments: ["sh", "-c", script], environment: Programs.environment(),
      descriptors: [null.number, output.number, output.number, sockets.second.number, book.number])
    return (process, sockets.keepFirst())
  }

  @Test(.timeLimit(.minutes(1)))
  func `a child has five descriptors, a process group of its own and next to no environment`() async throws {
    let children = Children()
    let folder = try TemporaryFolder()
    // Whatever else is open here must not be there.
    let stray = try Descriptor.open("/dev/null", O_RDONLY)
    let inherited = fcntl(stray.number, F_DUPFD, 200)
    defer { close(inherited) }
    setenv("NIJA_TEST_SECRET", "hunter2", 1)
    let script =
      "echo /proc/self/fd/*; tr '\\0' '\\n' < /proc/$$/environ; while read name value; do [ $name = SigBlk: ] && echo SigBlk:$value; done < /proc/$$/status; cut -d' ' -f5 /proc/$$/stat; echo $$"
    let (process, socket) = try shell(script, folder, children)
    defer { close(socket) }
    #expect(try await withReaper(children) { await children.exit(of: process) } == .code(0))
    let lines = try #require(folder.read("out")).split(separator: "\n").map(String.init)
    // The shell itself holds /proc/self/fd open while it lists it.
    let open = lines[0].split(separator: " ").compactMap { $0.split(separator: "/").last.flatMap { Int($0) } }
    #expect(open.filter { $0 < 5 }.sorted() == [0, 1, 2, 3, 4])
    #expect(open.filter { $0 >= 5 }.count <= 1 && !open.contains(Int(inherited)))
    #expect(!lines.contains { $0.contains("hunter2") || $0.hasPrefix("HOME=") || $0.hasPrefix("PATH=") })
    #expect(lines.contains("SWIFT_BACKTRACE=enable=no"))
    #expect(lines.contains("SigBlk:0000000000000000"))
    #expect(lines.suffix(2).first == lines.last, "its process group is its own")
  }

  @Test(.timeLimit(.minutes(1))) func `a child sees the end of its host as end of file`() async throws {
    let children = Children()
    let folder = try TemporaryFolder()
    let (process, socket) = try shell("cat <&3 >/dev/null; exit 75", folder, children)
    // What the kernel does with every descriptor of a process that dies.
    close(socket)
    #expect(try await withReaper(children) { await children.exit(of: process) } == .code(75))
  }

  @Test(.timeLimit(.minutes(1))) func `no exit is lost, however many come at once and before anybody asks`()
    async throws
  {
    let children = Children()
    let folder = try TemporaryFolder()
    var processes: [Int32] = []
    for number in 0..<40 {
      let (process, socket) = try shell(number.isMultiple(of: 2) ? "exit \(number)" : "kill -9 $$", folder, children)
      close(socket)
      processes.append(process)
    }
    let all = processes
    let exits = try await withReaper(children) {
      var exits: [ProcessExit] = []
      for process in all { exits.append(await children.exit(of: process)) }
      return exits
    }
    #expect(exits == (0..<40).map { $0.isMultiple(of: 2) ? .code($0) : .signal(9) })
    children.signal(all[0], SIGKILL)  // Buried: its number may be somebody else's by now.
  }

  @Test func `a program that is not there is an error with a cause`() throws {
    let null = try Descriptor.open("/dev/null", O_RDONLY)
    #expect(throws: SystemError(attempt: "cannot start /nonexistent", code: ENOENT)) {
      _ = try Children().spawn("/nonexistent", arguments: ["x"], environment: [], descriptors: [null.number])
    }
  }

  @Test func `the reader's descriptor of a book cannot write it`() throws {
    let book = try FeedBook(broker: "kraken")
    #expect(ftruncate(book.descriptor.number, 4_096) == 0)
    let reader = try book.descriptor.reopenedReadOnly()
    #expect(write(reader.number, "x", 1) == -1)
    let writable = mmap(nil, 4_096, PROT_READ | PROT_WRITE, MAP_SHARED, reader.number, 0)
    #expect(writable == MAP_FAILED)
    let readable = mmap(nil, 4_096, PROT_READ, MAP_SHARED, reader.number, 0)
    #expect(readable != MAP_FAILED)
    munmap(readable, 4_096)
  }

  @Test func `one host at a time on a state folder, which is shut to others`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a/state"
    var first: StateDirectory? = try StateDirectory(path)
    withExtendedLifetime(first) {
      #expect(throws: StateDirectory.Failure.taken(path: path, pid: "\(getpid())")) { _ = try StateDirectory(path) }
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }
    first = nil
    _ = try StateDirectory(path)
  }
}
