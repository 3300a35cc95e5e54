import Core
import Glibc
import Messages
import NIOCore
import NIOPosix

/// One started worker: its socket, its output, its end.
struct WorkerProcess: Sendable {
  /// What the supervisor hears of it, in order.
  enum News: Sendable {
    case said(WorkerMessage)
    case printed(String)
    case linkFailed(String)
    case exited(ProcessExit)
  }

  /// Which worker, for those it is one of many.
  let id: WorkerID
  /// Tells this process from those before it under the same id.
  let generation: Int
  let process: Int32
  /// The plugin's programs, which speak to the worker alone.
  let plugins: [Int32]
  private let socket: Int32
  private let output: Int32
  private let outbox: AsyncStream<HostMessage>
  private let send: AsyncStream<HostMessage>.Continuation

  /// Starts a worker.
  /// - Parameters:
  ///   - book: the feed book as this worker may have it.
  ///   - plugins: the programs that its plugin is made of.
  static func start(
    _ id: WorkerID, generation: Int, programs: Programs, children: Children, book: borrowing Descriptor,
    plugins: [PluginProgram]
  ) throws(SystemError) -> WorkerProcess {
    var started: [PluginProgram.Started] = []
    // The worker has its own of these; ours would keep a program from seeing the worker's end.
    defer { for one in started { one.closeEnds() } }
    do throws(SystemError) {
      for plugin in plugins {
        for _ in 0..<id.role.programCount { started.append(try plugin.start(children)) }
      }
    } catch {
      for one in started { children.signal(one.process, SIGKILL) }
      throw error
    }
    let sockets = try DescriptorPair.sockets()
    let pipe = try DescriptorPair.pipe()
    let null = try Descriptor.open("/dev/null", O_RDONLY)
    let process: Int32
    do throws(SystemError) {
      process = try children.spawn(
        programs.worker, arguments: ["nija-worker", id.role.rawValue, id.name], environment: Programs.environment(),
        descriptors: [null.number, pipe.second.number, pipe.second.number, sockets.second.number, book.number]
          + started.flatMap { [$0.input, $0.output, $0.log] })
    } catch {
      for one in started { children.signal(one.process, SIGKILL) }
      throw error
    }
    return WorkerProcess(
      id: id, generation: generation, process: process, plugins: started.map(\.process), socket: sockets.keepFirst(),
      output: pipe.keepFirst())
  }

  private init(id: WorkerID, generation: Int, process: Int32, plugins: [Int32], socket: Int32, output: Int32) {
    self.plugins = plugins
    self.id = id
    self.generation = generation
    self.process = process
    self.socket = socket
    self.output = output
    // The host says four things in a worker's life, and one more for each look, one look at a time.
    (outbox, send) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(16))
  }

  /// Queues a message.
  func say(_ message: HostMessage) { send.yield(message) }

  /// Carries messages both ways until the process has ended and all it said is delivered.
  func run(
    group: any EventLoopGroup, children: Children, deliver: @escaping @Sendable (News) async -> Void
  ) async {
    let exit = await withTaskGroup(of: End.self) { tasks in
      tasks.addTask {
        await readAll(group, deliver)
        return .read
      }
      tasks.addTask { .exited(await children.exit(of: process)) }
      defer { tasks.cancelAll() }
      return await Self.lastWordAndExit(&tasks)
    }
    send.finish()
    if let exit { await deliver(.exited(exit)) }
    // They saw the end of their input when the worker ended.
    for plugin in plugins { _ = await children.end(plugin) }
  }

  private enum End {
    case read
    case exited(ProcessExit)
    case timeUp
  }

  /// What it said last is in the socket still when it has ended; but somebody it left behind may hold the pipe open for
  /// ever, hence the limit.
  private static func lastWordAndExit(_ tasks: inout TaskGroup<End>) async -> ProcessExit? {
    var exit: ProcessExit?
    var isRead = false
    while let end = await tasks.next() {
      switch end {
      case .read: isRead = true
      case .timeUp: return exit
      case .exited(let how):
        exit = how
        tasks.addTask {
          try? await Task.sleep(for: .seconds(1))
          return .timeUp
        }
      }
      if isRead, exit != nil { return exit }
    }
    return exit
  }

  private func readAll(_ group: any EventLoopGroup, _ deliver: @escaping @Sendable (News) async -> Void) async {
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await carry(group, deliver) }
      tasks.addTask { await listen(group, deliver) }
    }
  }
}

// MARK: The socket

extension WorkerProcess {
  private static let messageBurst = 200
  private static let messagesPerSecond = 100

  private func carry(_ group: any EventLoopGroup, _ deliver: @escaping @Sendable (News) async -> Void) async {
    do {
      let channel = try await ClientBootstrap(group: group).withConnectedSocket(socket) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(FrameDecoder()))
          return try NIOAsyncChannel<[UInt8], ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
      try await channel.executeThenClose { inbound, outbound in
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          tasks.addTask {
            for await message in outbox { try await outbound.write(ByteBuffer(bytes: message.frame)) }
          }
          try await read(inbound, deliver)
          tasks.cancelAll()
        }
      }
      await deliver(.linkFailed("the worker closed its socket"))
    } catch is CancellationError {
      return
    } catch {
      await deliver(.linkFailed("the worker's socket: \(error)"))
    }
  }

  /// Reads frame by frame; a worker that floods is read at a bounded pace, so that its own socket fills.
  private func read(
    _ inbound: NIOAsyncChannelInboundStream<[UInt8]>, _ deliver: (News) async -> Void
  ) async throws {
    var budget = LineBudget(burst: Self.messageBurst, perSecond: Self.messagesPerSecond, at: .now)
    for try await payload in inbound {
      await deliver(.said(try WorkerMessage(payload: payload)))
      let delay = budget.delay(at: .now)
      if delay > .zero { try await Task.sleep(for: delay) }
    }
  }
}

// MARK: What it prints

extension WorkerProcess {
  private func listen(_ group: any EventLoopGroup, _ deliver: @escaping @Sendable (News) async -> Void) async {
    do {
      let channel = try await NIOPipeBootstrap(group: group).takingOwnershipOfDescriptor(input: output) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder()))
          return try NIOAsyncChannel<String, Never>(wrappingChannelSynchronously: channel)
        }
      }
      try await channel.executeThenClose { inbound, _ in
        for try await line in inbound { await deliver(.printed(line)) }
      }
    } catch {
      // Its output is lost; its socket tells how it is.
      return
    }
  }
}
