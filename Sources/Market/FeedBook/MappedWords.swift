import Glibc
import Synchronization

/// A file mapped shared, as 8-byte words that are only ever read and written atomically, so that what another process
/// does at the same time is at worst out of date and never undefined.
///
/// Unchecked: the pointer never changes, and all access through it is atomic.
@safe struct MappedWords: ~Copyable, @unchecked Sendable {
  private let base: UnsafeMutablePointer<Atomic<UInt64>>
  let count: Int

  /// Maps the first `count` words of the file; the descriptor may be closed afterwards.
  init(descriptor: Int32, count: Int, isWritable: Bool) throws(FeedBookError) {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    let address = unsafe mmap(nil, count * 8, protection, MAP_SHARED, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .system(call: "mmap", errno: errno)
    }
    unsafe self.base = address.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    self.count = count
  }

  deinit { unsafe munmap(base, count * 8) }

  func load(_ index: Int) -> UInt64 {
    precondition(index >= 0 && index < count, "a word outside the book")
    return unsafe base[index].load(ordering: .relaxed)
  }

  func loadAcquiring(_ index: Int) -> UInt64 {
    precondition(index >= 0 && index < count, "a word outside the book")
    return unsafe base[index].load(ordering: .acquiring)
  }

  func store(_ value: UInt64, at index: Int) {
    precondition(index >= 0 && index < count, "a word outside the book")
    unsafe base[index].store(value, ordering: .relaxed)
  }

  func storeReleasing(_ value: UInt64, at index: Int) {
    precondition(index >= 0 && index < count, "a word outside the book")
    unsafe base[index].store(value, ordering: .releasing)
  }

  func store(_ values: some Sequence<UInt64>, at index: Int) {
    for (offset, value) in values.enumerated() { store(value, at: index + offset) }
  }

  /// Eight words at once: a symbol's.
  func loadEight(_ index: Int) -> SIMD8<UInt64> {
    var words = SIMD8<UInt64>()
    for offset in 0..<8 { words[offset] = load(index + offset) }
    return words
  }

  /// Gives every page back to the system, which makes every word zero; where the file system cannot, writes zeros.
  func clear() {
    guard unsafe madvise(base, count * 8, MADV_REMOVE) != 0 else { return }
    for index in 0..<count where load(index) != 0 { store(0, at: index) }
  }
}

// MARK: Sequence locks

extension MappedWords {
  /// How often a read is tried. The last two thirds sleep 100 µs each, so that a writer which lost its processor in
  /// the middle of a write gets it back: at most about 10 ms in all.
  private static let attempts = 150

  /// Runs `body`, which only loads, until no write happened meanwhile; what it threw counts only then.
  func consistently<Value>(
    lock: Int, _ body: (borrowing MappedWords) throws(FeedBookError) -> Value
  ) throws(FeedBookError) -> Value {
    for attempt in 0..<Self.attempts {
      let before = loadAcquiring(lock)
      if before & 1 == 0 {
        let result = Result { () throws(FeedBookError) -> Value in try body(self) }
        atomicMemoryFence(ordering: .acquiring)
        if load(lock) == before { return try result.get() }
      }
      Self.pause(attempt)
    }
    throw .torn
  }

  private static func pause(_ attempt: Int) {
    if attempt < 10 { return }
    if attempt < 50 {
      sched_yield()
    } else {
      usleep(100)
    }
  }

  /// Runs `body`, which stores, between an odd and an even sequence. One writer at a time.
  func exclusively(lock: Int, _ body: (borrowing MappedWords) -> Void) {
    let odd = load(lock) | 1
    store(odd, at: lock)
    atomicMemoryFence(ordering: .releasing)
    body(self)
    storeReleasing(odd &+ 1, at: lock)
  }
}
