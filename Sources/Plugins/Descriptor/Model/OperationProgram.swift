/// A program that carries out single operations: docs/process-plugins.md.
public struct OperationProgram: Hashable, Sendable {
  /// What `process` of an operation says.
  public var name: String
  /// The file, relative to the descriptor's own.
  public var file: String
  /// SHA-256 that the file must have.
  public var digest: String
  /// What it is started with.
  public var arguments: [String]
}

/// An operation that a program carries out.
public struct Delegation: Hashable, Sendable {
  /// The program's name.
  public var program: String
  /// What each of its requests adds to which counters.
  public var cost: [String: Int]
  /// The lists that are searched when `order_by_client_id` finds none.
  public var then: [OperationName]
}

extension Descriptor {
  /// The operations that a program carries out.
  public func operations(of program: String) -> Set<OperationName> {
    Set(delegations.filter { $0.value.program == program }.keys)
  }

  /// The operations that a program carries out and of which nothing here says how they look: a venue made from this
  /// descriptor has none of them.
  public var undescribed: Set<OperationName> { Set(delegations.keys).subtracting(operations.keys) }
}

/// What became of asking a program which operations it carries out.
public enum OperationProgramFinding: Hashable, Sendable {
  /// It offers what is wanted; the whole offer, for its workers.
  case offers(String)
  /// What the descriptor says of it is wrong.
  case mistake(String)
  /// It cannot be run as it is now.
  case unusable(String)
}

/// Asks a program; a relative file is relative to the folder.
public typealias OperationProgramInquiry =
  @Sendable (_ program: OperationProgram, _ operations: Set<String>, _ folder: String) -> OperationProgramFinding
