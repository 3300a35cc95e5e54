/// Why a key's file cannot be used.
public enum KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another process uses this key.
  case held(byProcess: Int32?)
  /// The file is not as it was written; its numbers cannot be trusted.
  case damaged(path: String)
  /// The key counts in another scale.
  case otherScale(inFile: NonceScale, asked: NonceScale)
  /// The folder lets others in, or is no folder of ours.
  case unsafeFolder(path: String)
  /// The file was removed or replaced while it was in use.
  case removed(path: String)
  /// There is no number above the last one used.
  case exhausted(path: String)
  /// The system refuses.
  case system(operation: String, path: String, code: Int32)
  /// libcrypto refuses.
  case crypto(String)

  /// Cause and next step, one line.
  public var description: String {
    switch self {
    case .held(let process):
      "this key is in use by \(process.map { "process \($0)" } ?? "another process"): stop it or give it a key of its own"
    case .damaged(let path):
      "\(path) is damaged: nobody knows which nonces were used. Make a new key, or, when sure that the clock is past every one used, remove the file"
    case .otherScale(let inFile, let asked):
      "this key counts in \(inFile.rawValue), not \(asked.rawValue): set the option nonce: \(inFile.rawValue)"
    case .unsafeFolder(let path): "\(path) must be a folder of this user's own with mode 0700"
    case .removed(let path): "\(path) was removed while in use: restart to lock the key again"
    case .exhausted(let path): "\(path): this key has used its last nonce; make a new key"
    case .system(let operation, let path, let code): "\(operation) \(path): \(SystemText.of(code))"
    case .crypto(let text): text
    }
  }
}
