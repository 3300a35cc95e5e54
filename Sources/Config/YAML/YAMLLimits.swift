/// How much a YAML file may ask for; whatever is beyond is refused with a word, so that no file can exhaust memory.
public struct YAMLLimits: Hashable, Sendable {
  /// Bytes of the file.
  public var bytes = 8 << 20
  /// Lists and mappings inside each other.
  public var depth = 32
  /// Scalars, lists and mappings together, keys included.
  public var nodes = 1_000_000
  /// Bytes of one scalar.
  public var scalarBytes = 64 << 10

  /// What manifests, user files and descriptors are read with.
  public init() {}
}

/// Why a file is not read, and where.
public struct YAMLError: Error, Hashable, Sendable {
  /// Where reading stopped.
  public let mark: Mark
  /// What is wrong and what to write instead; never text of the file.
  public let message: String
}
