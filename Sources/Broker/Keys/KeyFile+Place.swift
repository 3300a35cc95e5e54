public import Core

extension KeyFile {
  /// Makes the file of a key when it is not there, without locking it: a worker does so before it locks itself in,
  /// after which it can reach this file but make none.
  public static func make(_ place: KeyPlace, scale: NonceScale) throws(KeyFileError) {
    _ = try LockedFile(
      folder: place.folder, name: place.name, initial: try encoded(KeyRecord(scale: scale, reserved: 0, holder: 0)))
  }

  /// Locks the key's file, as ``open(folder:name:scale:wait:clock:)``.
  public static func open(
    _ place: KeyPlace, scale: NonceScale, wait: Duration, clock: any ProtocolClock
  ) async throws(KeyFileError) -> KeyFile {
    try await open(folder: place.folder, name: place.name, scale: scale, wait: wait, clock: clock)
  }
}
