import Glibc

/// Numbers nobody can predict, from the kernel's generator.
public enum SecureRandom {
  /// So many bytes; `count` must not be negative.
  public static func bytes(_ count: Int) throws(SigningError) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "no such number of random bytes")
    var result = [UInt8](repeating: 0, count: count)
    // The kernel gives 256 at a time.
    for start in stride(from: 0, to: count, by: 256) {
      let isDone = unsafe result.withUnsafeMutableBytes { space in
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: space[start..<min(start + 256, count)])
        return unsafe getentropy(part.baseAddress, part.count) == 0
      }
      guard isDone else { throw .library("make random bytes") }
    }
    return result
  }
}
