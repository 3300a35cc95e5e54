import CLinux
import Glibc

/// Shuts the process in before it handles a secret and before it starts a thread: what is not named here cannot be
/// opened or connected to, whatever a bug or a hostile answer makes it do.
struct LockIn {
  /// Files and folders it may write: its journal's folder, its key's file.
  var writable: [String] = []
  /// Where it may connect to.
  var venuePort: UInt16
  /// Where certificates are trusted from.
  var certificates: String

  /// What stays readable: certificates, the resolver's files, and what the C library loads when it resolves.
  private var readable: [String] {
    [
      certificates, "/etc/ssl", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/lib/ssl",
      "/etc/resolv.conf", "/run/systemd/resolve", "/run/resolvconf", "/etc/hosts", "/etc/host.conf",
      "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/usr/share/zoneinfo", "/etc/localtime", "/lib",
      "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/dev/urandom", "/dev/null",
      "/sys/devices/system/cpu",
      // libdispatch counts its runnable threads under /proc/self/task, and ends the process when it cannot. A rule on
      // that folder alone is lost with the kernel's cached entry for it; what /proc shows of other processes' memory
      // stays shut off, since Landlock lets nobody trace what is outside.
      "/proc",
    ]
  }

  private static let addressSpace: UInt64 = 4 << 30
  private static let descriptors: UInt64 = 64
  private static let dnsPort: UInt16 = 53

  /// What did not work; the process must not go on to take secrets.
  struct Failure: Error, CustomStringConvertible {
    let step: String
    let code: Int32
    var description: String { "\(step): \(String(cString: strerror(code)))" }
  }

  /// Locks in for ever.
  /// - Returns: the kernel's Landlock version in force; `nil` where the kernel has none.
  func enter() throws(Failure) -> Int32? {
    try Self.check("forbid privileges and dumps", nija_forbid_privileges_and_dumps())
    try Self.check("limit the process", nija_limit_process(Self.addressSpace, Self.descriptors))
    let abi = nija_landlock_abi()
    guard abi > 0 else { return nil }
    let rules = nija_landlock_create(abi)
    try Self.check("create Landlock rules", rules)
    defer { close(rules) }
    for path in writable { try Self.check("allow \(path)", nija_landlock_allow_path(rules, abi, path, 1)) }
    // A file that this machine does not have needs no rule.
    for path in readable where access(path, F_OK) == 0 {
      try Self.check("allow \(path)", nija_landlock_allow_path(rules, abi, path, 0))
    }
    for port in [venuePort, Self.dnsPort] {
      try Self.check("allow port \(port)", nija_landlock_allow_connect(rules, abi, port))
    }
    try Self.check("put Landlock in force", nija_landlock_restrict(rules))
    return abi
  }

  private static func check(_ step: String, _ result: Int32) throws(Failure) {
    guard result < 0 else { return }
    throw Failure(step: step, code: errno)
  }
}
