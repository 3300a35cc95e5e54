/// Frames on the socket between host and worker: four bytes of length, big-endian, then that many bytes of JSON.
public enum Frame {
  /// The largest frame taken: settings with a descriptor's text fit many times over.
  public static let maximumLength = 4 << 20

  /// The frame that carries `payload`.
  public static func encode(_ payload: String) -> [UInt8] {
    let bytes = Array(payload.utf8)
    precondition(bytes.count <= maximumLength, "a message of ours is larger than a frame")
    let length = UInt32(bytes.count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + bytes
  }
}

/// Puts frames together from whatever pieces a socket delivers.
public struct FrameReader: Sendable {
  private var pending: [UInt8] = []

  /// Nothing received yet.
  public init() {}

  /// Takes in received bytes.
  public mutating func append(_ bytes: some Sequence<UInt8>) { pending.append(contentsOf: bytes) }

  /// The next whole frame's payload; `nil` when more bytes are needed.
  /// - Throws: ``MessageError/frameTooLarge``.
  public mutating func next() throws(MessageError) -> [UInt8]? {
    guard pending.count >= 4 else { return nil }
    let length = pending.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard length <= Frame.maximumLength else { throw .frameTooLarge }
    guard pending.count >= 4 + length else { return nil }
    let payload = Array(pending[4..<(4 + length)])
    pending.removeFirst(4 + length)
    return payload
  }
}

/// Why the other side could not be understood.
public enum MessageError: Error, Hashable, Sendable {
  /// A frame beyond ``Frame/maximumLength``.
  case frameTooLarge
  /// Not a message of this version, with what is wrong.
  case malformed(String)
}
