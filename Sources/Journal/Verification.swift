import Core
import SQLite

/// What a check of a whole journal found.
package struct Verification: Hashable, Sendable {
  /// Where and how the journal contradicts itself.
  package struct Problem: Hashable, Sendable {
    /// The segment, counted from 1.
    package let segment: Int
    /// The row's running number, where it is about one.
    package let row: Int64?
    /// Its table, or the file.
    package let place: String
    /// What is wrong.
    package let detail: String
  }

  /// One segment.
  package struct Segment: Hashable, Sendable {
    /// Counted from 1.
    package let number: Int
    /// Own rows checked; 0 for one that was moved away.
    package var rows: Int64
    /// Whether its file is not here, by its seal on purpose.
    package var isAway: Bool
  }

  /// The segments, the oldest first.
  package internal(set) var segments: [Segment] = []
  /// Everything found; none means that what is here is whole.
  package internal(set) var problems: [Problem] = []
  /// What was found and does no harm.
  package internal(set) var remarks: [String] = []

  /// All rows checked.
  package var rows: Int64 { segments.reduce(0) { $0 + $1.rows } }
}

/// Checks chain, sums and files of a journal, whether its writer runs or not. Changes nothing.
package struct JournalVerifier {
  let directory: String
  let chain: RowChain
  private var result = Verification()
  private var sums = VerifiedSums()
  /// The hash that the next segment's first row follows from; `nil` where it is not known.
  private var previous: [UInt8]?
  private var nextRow: Int64 = 1
  /// Whether the rows' sums are checked too.
  private var addsUp = true

  /// Checks the journal in `directory`.
  /// - Parameter hash: the function the journal was written with.
  /// - Throws: when there is no journal, or none that can be read at all.
  package static func verify(
    directory: String, hash: @escaping @Sendable ([UInt8]) throws(JournalError) -> [UInt8]
  ) throws(JournalError) -> Verification {
    var verifier = JournalVerifier(directory: directory, chain: RowChain(function: hash))
    do throws(JournalError) {
      try verifier.run()
    } catch {
      let place = try error.place()
      verifier.note(verifier.result.segments.last?.number ?? 1, place.row, place.name, place.detail)
    }
    return verifier.result
  }

  /// What must hold before a worker goes on from the newest segment: each row of its own, and that it stands on the
  /// seal of the segment before and on what was carried over.
  static func checkNewest(_ reader: JournalReader, _ files: JournalFiles, _ chain: RowChain) throws(JournalError) {
    var verifier = JournalVerifier(directory: files.directory, chain: chain)
    verifier.addsUp = false
    verifier.result.segments = [Verification.Segment(number: reader.segment, rows: 0, isAway: false)]
    (verifier.previous, verifier.nextRow) = (reader.opening?.before, reader.first)
    try verifier.checkRows(reader, files.name)
    guard let problem = verifier.result.problems.first else { return }
    throw .damaged(place: problem.place, detail: problem.detail)
  }

  private init(directory: String, chain: RowChain) {
    self.directory = directory
    self.chain = chain
  }

  private mutating func note(_ segment: Int, _ row: Int64?, _ place: String, _ detail: String) {
    result.problems.append(Verification.Problem(segment: segment, row: row, place: place, detail: detail))
  }

  private mutating func run() throws(JournalError) {
    let files = try JournalFiles(directory: directory).live()
    try scanLog(files)
    var lacking: JournalError?
    let live = try JournalReader.open(directory: directory) { lacking = $0 }
    if case .withoutMark(let path, let detail) = lacking {
      note(files.segment, nil, path, "it \(detail): nothing tells whether acknowledged rows after the last are gone")
    }
    try live.beginSnapshot()
    for number in 1..<max(live.segment, 1) { try checkSealed(JournalFiles(directory: directory, segment: number)) }
    result.segments.append(Verification.Segment(number: live.segment, rows: 0, isAway: false))
    for line in try live.integrity() { note(live.segment, nil, files.name, line) }
    try checkRows(live, files.name)
    for problem in try sums.finish(live) { note(live.segment, problem.row, problem.place, problem.detail) }
  }

  /// A writer may be at work: what is seen while it begins the log anew is looked at again.
  private mutating func scanLog(_ files: JournalFiles) throws(JournalError) {
    var finding = try LogScan.scan(files.log)
    for _ in 0..<3 where finding != .sound { finding = try LogScan.scan(files.log) }
    switch finding {
    case .sound: break
    case .unfinished(let frame, let frames):
      result.remarks.append("the log ends in a commit that was never acknowledged (\(frames) frames from \(frame))")
    case .damaged(let frame):
      let place = frame == 0 ? "the log's header" : "frame \(frame) of the log"
      note(files.segment, nil, files.name + "-wal", "\(place) does not check, though commits follow it")
    }
    switch try HeadMark.read(files) {
    case .unreadable: result.remarks.append("the head mark is unreadable; the next start makes it anew")
    case .accepted:
      result.remarks.append("the head mark was replaced by the operator's word: the next start makes it anew")
    case .none, .at: break
    }
  }

  private mutating func checkSealed(_ files: JournalFiles) throws(JournalError) {
    guard let seal = try Seal.read(files) else {
      return note(files.segment, nil, files.name, "the segment has no seal")
    }
    guard try files.size(files.database) != nil else {
      result.segments.append(Verification.Segment(number: files.segment, rows: 0, isAway: true))
      result.remarks.append("segment \(files.segment) was moved away: its \(seal.rows) rows were not checked")
      (previous, nextRow) = (seal.hash, seal.last + 1)
      return sums.miss()
    }
    result.segments.append(Verification.Segment(number: files.segment, rows: 0, isAway: false))
    let (digest, bytes) = try FileDigest.of(files.database, chain.function)
    if digest != seal.digest || bytes != seal.bytes {
      note(files.segment, nil, files.name, "the file is not the one that was sealed")
    }
    do throws(JournalError) {
      try checkRows(try JournalReader.sealedReader(files), files.name)
    } catch {
      let place = try error.place()
      note(files.segment, place.row, place.name, place.detail)
      // The next segment is checked by what the seal says.
      (previous, nextRow) = (seal.hash, seal.last + 1)
      return sums.miss()
    }
    if nextRow != seal.last + 1 || previous != seal.hash {
      note(files.segment, seal.last, files.seal, "the seal is not that of the segment's last row")
    }
  }

  private mutating func checkRows(_ reader: JournalReader, _ file: String) throws(JournalError) {
    let number = reader.segment
    try checkOpening(reader, file)
    var expected: [UInt8]
    if let previous {
      expected = previous
    } else {
      expected = try chain.genesis(name: reader.name, binding: reader.binding)
    }
    do throws(JournalError) {
      let last = try reader.checkChain(chain, expecting: nextRow, after: expected)
      result.segments[result.segments.count - 1].rows = last.seq - nextRow + 1
      (previous, nextRow) = (last.hash, last.seq + 1)
      guard addsUp else { return }
      for problem in try sums.add(reader) { note(number, problem.row, problem.place, problem.detail) }
    } catch {
      let place = try error.place()
      note(number, place.row, place.name, place.detail)
      (previous, nextRow) = (nil, 1)
      if let head = try JournalOpening.head(reader.database, reader.version) {
        (previous, nextRow) = (head.hash, head.seq + 1)
      }
      sums.miss()
    }
  }

  /// What a segment begins with against the segment before it and what was carried over.
  private mutating func checkOpening(_ reader: JournalReader, _ file: String) throws(JournalError) {
    guard reader.segment > 1 else { return try checkMeta(reader, file) }
    let fields = try reader.openingFields()
    let before = JournalFiles(directory: directory, segment: reader.segment - 1)
    let seal = try Seal.read(before)
    let told = Seal(
      segment: before.segment, first: fields.number("before_first"),
      last: fields.number("before_first") &+ fields.number("before_rows") &- 1, hash: fields.bytes("before_hash"),
      digest: fields.bytes("before_digest"), bytes: Int(clamping: fields.number("before_bytes")),
      sealedAt: Timestamp(nanoseconds: fields.number("before_sealed_at")))
    if told != seal { note(reader.segment, reader.first, "segments", "it tells of another seal than \(before.seal)") }
    let carried = try CarriedRows.digest(reader.database, reader.version, first: reader.first, chain)
    // What sealed fills add up to and the rows of closed orders do not change after the segment was begun.
    if Hex.encode(carried.digest) != fields.text("carried") || carried.rows != fields.number("carried_rows") {
      note(reader.segment, nil, file, "the rows carried over from sealed segments are not those that were carried over")
    }
    try checkMeta(reader, file)
  }

  private mutating func checkMeta(_ reader: JournalReader, _ file: String) throws(JournalError) {
    guard reader.opening != nil else { return }
    let told = try reader.openingFields().text("created_at")
    if try reader.createdAt().description != told { note(reader.segment, nil, "meta", "created_at is not \(told)") }
  }
}

extension JournalError {
  /// Where the journal is damaged, for an error that says so; any other one is thrown.
  fileprivate func place() throws(JournalError) -> (row: Int64?, name: String, detail: String) {
    switch self {
    case .damaged(let place, let detail):
      let words = place.split(separator: " ")
      return (words.count > 1 && words[0] == "row" ? Int64(words[1]) : nil, place, detail)
    // SQLite finds damage to a schema as a statement that does not fit it.
    case .failed(let operation, let cause): return (nil, operation, cause)
    case .withoutMark(let path, let detail): return (nil, path, detail)
    case .gone(let path, _): return (nil, path, description)
    case .contradiction(let subject, let detail): return (nil, subject, detail)
    default: throw self
    }
  }
}
