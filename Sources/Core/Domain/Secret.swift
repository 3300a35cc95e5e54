/// Bytes that must never be shown: a credential's value.
///
/// It has no text form: printing, interpolating or reflecting it shows `••••`. The bytes are reached by one named call.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let storage: Storage

  /// Takes the bytes over.
  public init(_ bytes: [UInt8]) { self.storage = Storage(bytes) }

  /// The bytes, for signing and for the message that carries them to the worker; nowhere else.
  public func withExposedBytes<Result>(_ body: ([UInt8]) -> Result) -> Result { body(storage.bytes) }

  /// Whether there are no bytes.
  public var isEmpty: Bool { storage.bytes.isEmpty }

  /// Never the value.
  public var description: String { "••••" }
  /// Never the value.
  public var debugDescription: String { "••••" }
  /// Never the value.
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  private final class Storage: Sendable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
  }
}
