public import Core

/// Why a feed book cannot be opened or read.
public enum FeedBookError: Error, Hashable, Sendable {
  /// The system refused `call` with this `errno`.
  case system(call: String, errno: Int32)
  /// The feed has not written the book's header yet: ask again later.
  case notReady
  /// The file is no feed book of this version, or has become another one; open it anew.
  case notABook(String)
  /// What was read cannot have been written by a feed: the named part is damaged.
  case damaged(String)
  /// A writer was in the middle of it each time it was read; it may have died there. Ask again later.
  case torn
}

extension FeedBookError: CustomStringConvertible {
  /// One line for a log.
  public var description: String {
    switch self {
    case .system(let call, let errno): "feed book: \(call) failed with errno \(errno)"
    case .notReady: "feed book: the feed has not begun it yet"
    case .notABook(let reason): "feed book: \(reason)"
    case .damaged(let part): "feed book: \(part) is damaged"
    case .torn: "feed book: it was being written each time it was read"
    }
  }
}

/// What the feed could not publish, and why; the rest of what was given is published.
public struct FeedBookOmission: Error, Hashable, Sendable {
  /// Why something was left out.
  public enum Reason: Hashable, Sendable {
    /// The book has no such instrument.
    case notListed
    /// The book has no room for another instrument.
    case bookFull
    /// The list has it twice; the first stands.
    case listedTwice
    /// Its names take more bytes than an entry has.
    case namesTooLong
    /// A candle's price has more digits than 64 bits hold.
    case numberTooWide
    /// The candles are not oldest first, each one later than the one before.
    case notOldestFirst
  }

  /// The market.
  public let symbol: Symbol
  /// Why.
  public let reason: Reason
}
