import Glibc

/// This process's proportional memory. The descriptor is opened before the lock-in, after which nobody else may look.
struct MemoryMeter: Sendable {
  private let descriptor: Int32

  init() { descriptor = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC) }

  /// Proportional set size in KiB, as the kernel counts it now; `nil` where it does not tell.
  func proportionalKiB() -> Int? {
    guard descriptor >= 0 else { return nil }
    var text = [UInt8](repeating: 0, count: 2_048)
    let count = pread(descriptor, &text, text.count, 0)
    guard count > 0 else { return nil }
    let lines = String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("Pss:") }) else { return nil }
    return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }
}
