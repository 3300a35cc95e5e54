public import Core
import Glibc

/// What the machine's clocks show: enough to tell later how much time has passed at least, also after a restart.
public struct MachineTime: Hashable, Sendable {
  /// Which start of the machine this is; empty when it does not tell.
  public var boot: String
  /// Nanoseconds since that start, sleep included.
  public var sinceBoot: Int64
  /// The wall.
  public var wall: Timestamp

  /// Readings of the clocks.
  public init(boot: String, sinceBoot: Int64, wall: Timestamp) {
    self.boot = boot
    self.sinceBoot = sinceBoot
    self.wall = wall
  }

  /// Whether both are of one start of the machine.
  func isSameBoot(as other: MachineTime) -> Bool { !boot.isEmpty && boot == other.boot }

  /// How much time has passed since `earlier`, at least. Across starts of the machine only the wall tells; one that went
  /// backwards says nothing.
  func age(since earlier: MachineTime) -> Duration {
    guard isSameBoot(as: earlier) else { return max(.zero, wall - earlier.wall) }
    let (difference, overflow) = sinceBoot.subtractingReportingOverflow(earlier.sinceBoot)
    return .nanoseconds(overflow ? 0 : max(0, difference))
  }

  /// What they show now, the wall by the clock given.
  public static func now(_ clock: any ProtocolClock) -> MachineTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    let (seconds, nanoseconds) = (Int64(time.tv_sec), Int64(time.tv_nsec))
    return MachineTime(boot: bootID, sinceBoot: seconds &* 1_000_000_000 &+ nanoseconds, wall: clock.now)
  }

  /// The first 16 digits of the kernel's own name of its start.
  private static let bootID: String = {
    let file = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(file, &bytes, bytes.count)
    let digits = bytes.prefix(max(0, count)).filter { (48...57).contains($0) || (97...102).contains($0) }
    return digits.count < LevelSlot.bootDigits
      ? "" : String(decoding: digits.prefix(LevelSlot.bootDigits), as: UTF8.self)
  }()
}
