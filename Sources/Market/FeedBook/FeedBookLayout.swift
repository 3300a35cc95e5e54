/// How much a feed book holds; fixed when the book is made and written in its header.
///
/// A book is one file of 8-byte words: a header page, a directory with one entry an instrument, and one block of
/// candles an instrument. An untouched block takes no memory, so room for markets that never come costs nothing.
public struct FeedBookLayout: Hashable, Sendable {
  /// The most instruments the book has room for, 1…65,536.
  public let maxInstruments: Int
  /// The most candles it keeps of each, 1…4,096; of more, the newest are kept.
  public let candlesPerInstrument: Int

  /// A layout; numbers outside the stated ranges are held at their ends.
  public init(maxInstruments: Int = 256, candlesPerInstrument: Int = 720) {
    self.maxInstruments = max(1, min(maxInstruments, 65_536))
    self.candlesPerInstrument = max(1, min(candlesPerInstrument, 4_096))
  }

  /// How large the file is, and so how much address space a reader needs: bytes, a whole number of words.
  public var requiredBytes: Int { words * 8 }
}

// MARK: Where things stand, counted in words

extension FeedBookLayout {
  /// One page for the header.
  static let headerWords = 512
  /// One instrument with its ticker and quote: 640 bytes.
  static let entryWords = 80
  /// What stands before the candles in a block: 128 bytes.
  static let blockHeaderWords = 16
  /// One candle: 64 bytes.
  static let candleWords = 8

  var blockWords: Int { Self.blockHeaderWords + candlesPerInstrument * Self.candleWords }
  var words: Int { Self.headerWords + maxInstruments * (Self.entryWords + blockWords) }

  func entry(_ slot: Int) -> Int { Self.headerWords + slot * Self.entryWords }
  func block(_ slot: Int) -> Int { Self.headerWords + maxInstruments * Self.entryWords + slot * blockWords }

  /// Both numbers in one word, as the header has them.
  var fingerprint: UInt64 { UInt64(maxInstruments) << 32 | UInt64(candlesPerInstrument) }

  /// The layout that a header states; `nil` when it states none that could be.
  init?(fingerprint: UInt64) {
    self.init(maxInstruments: Int(fingerprint >> 32), candlesPerInstrument: Int(fingerprint & 0xffff_ffff))
    guard self.fingerprint == fingerprint else { return nil }
  }
}

/// Words of the header page.
enum HeaderWord {
  /// `nijafeed`: written last, when the rest of the header stands.
  static let magic = 0
  static let version = 1
  static let layout = 2
  /// Even when the list of instruments stands; odd while it is being changed.
  static let generation = 3
  /// Nanoseconds of the protocol clock, or ``never``.
  static let beat = 4
  /// The sequence lock of the two below.
  static let faultLock = 5
  static let faultLength = 6
  static let faultText = 8

  static let magicValue: UInt64 = 0x6465_6566_616a_696e
  static let versionValue: UInt64 = 1
  static let never = UInt64(bitPattern: Int64.min)
  static let faultTextWords = 64
}

/// Words of a directory entry, counted from its start.
enum EntryWord {
  static let lock = 0
  static let state = 1
  static let symbol = 2
  static let status = 10
  static let numbers = 11
  static let texts = 29
  static let textWords = 31
  static let ticker = 60
  static let quote = 73

  /// Never used: a search for a symbol ends here.
  static let free: UInt64 = 0
  static let occupied: UInt64 = 1
  /// Used once: a search goes on behind it.
  static let vacated: UInt64 = 2
}

/// Words of a block of candles, counted from its start.
enum BlockWord {
  static let lock = 0
  static let symbol = 1
  static let interval = 9
  static let asOf = 10
  static let count = 11
}
