import Core

/// Puts values into words, one behind the other.
struct WordEncoder {
  private(set) var words: [UInt64] = []

  mutating func put(_ word: UInt64) { words.append(word) }
  mutating func put(_ time: Timestamp) { put(UInt64(bitPattern: time.nanoseconds)) }

  /// Three words: the coefficient's low and high half, and 1 + the scale; 0 there says that there is none.
  mutating func put(_ number: ExactDecimal?) {
    guard let number else { return words.append(contentsOf: [0, 0, 0]) }
    put(UInt64(truncatingIfNeeded: number.coefficient))
    put(UInt64(truncatingIfNeeded: number.coefficient >> 64))
    put(UInt64(number.scale) + 1)
  }

  /// A count byte and each text behind its length, in exactly `size` words; `false` when they do not fit.
  mutating func put(texts: [String], size: Int) -> Bool {
    guard texts.count <= 255, texts.allSatisfy({ $0.utf8.count <= 255 }) else { return false }
    var bytes = [UInt8(texts.count)]
    for text in texts {
      bytes.append(UInt8(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
    }
    guard bytes.count <= size * 8 else { return false }
    words.append(contentsOf: Self.packed(bytes, words: size))
    return true
  }

  /// Bytes, lowest first, in so many words, zeros behind them.
  static func packed(_ bytes: [UInt8], words count: Int) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: count)
    for (index, byte) in bytes.prefix(count * 8).enumerated() {
      words[index / 8] |= UInt64(byte) << (8 * UInt64(index % 8))
    }
    return words
  }
}

/// Takes values out of words, and believes none of them.
struct WordDecoder {
  private let words: [UInt64]
  private var index = 0

  init(_ words: [UInt64]) { self.words = words }

  /// Copies `count` words of a book.
  init(_ map: borrowing MappedWords, at start: Int, count: Int) {
    var copy: [UInt64] = []
    copy.reserveCapacity(count)
    for offset in 0..<count { copy.append(map.load(start + offset)) }
    self.words = copy
  }

  mutating func word() throws(FeedBookError) -> UInt64 {
    guard index < words.count else { throw .damaged("an entry") }
    defer { index += 1 }
    return words[index]
  }

  mutating func time() throws(FeedBookError) -> Timestamp {
    Timestamp(nanoseconds: Int64(bitPattern: try word()))
  }

  mutating func optionalDecimal() throws(FeedBookError) -> ExactDecimal? {
    let low = try word()
    let high = try word()
    let mark = try word()
    guard mark != 0 else { return nil }
    return try Self.decimal(Int128(Int64(bitPattern: high)) << 64 | Int128(low), scale: mark - 1)
  }

  mutating func decimal() throws(FeedBookError) -> ExactDecimal {
    guard let number = try optionalDecimal() else { throw .damaged("a number") }
    return number
  }

  static func decimal(_ coefficient: Int128, scale: UInt64) throws(FeedBookError) -> ExactDecimal {
    guard scale <= UInt64(ExactDecimal.maximumScale),
      let number = try? ExactDecimal(coefficient: coefficient, scale: Int(scale))
    else { throw .damaged("a number") }
    return number
  }

  mutating func texts(size: Int) throws(FeedBookError) -> [String] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size * 8)
    for _ in 0..<size { bytes.append(contentsOf: Self.bytes(of: try word())) }
    var rest = bytes[...]
    guard let count = rest.popFirst() else { throw .damaged("a name") }
    var texts: [String] = []
    for _ in 0..<count {
      guard let length = rest.popFirst(), Int(length) <= rest.count else { throw .damaged("a name") }
      texts.append(try Self.text(rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
    return texts
  }

  static func bytes(of word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
  }

  static func text(_ bytes: some Sequence<UInt8>) throws(FeedBookError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .damaged("a name") }
    return text
  }
}
