import Core

/// One level as it lies in a key's file: a line of fixed width, with a check so that damage is seen.
struct LevelSlot: Hashable, Sendable {
  var name: String
  var level: Int
  /// From when on it falls.
  var time: MachineTime
  /// Whether it was written to last beyond the machine's power.
  var isDurable: Bool

  static let bootDigits = 16
  private static let width = 20
  private static let checkDigits = 16
  /// Bytes of a line, its end included.
  static let length = LevelChange.nameLimit + bootDigits + 3 * width + 1 + checkDigits + 7
  /// A line that holds nothing.
  static let blank = [UInt8](repeating: 32, count: length - 1) + [10]
  /// A line of which nobody knows what it held.
  static let unknown = [UInt8](repeating: 63, count: length - 1) + [10]

  /// Its line.
  var encoded: [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(Self.length)
    Self.append(name, LevelChange.nameLimit, to: &line)
    Self.append(String(level), Self.width, to: &line)
    Self.append(time.boot, Self.bootDigits, to: &line)
    Self.append(String(time.sinceBoot), Self.width, to: &line)
    Self.append(String(time.wall.nanoseconds), Self.width, to: &line)
    Self.append(isDurable ? "d" : "-", 1, to: &line)
    Self.append(Self.check(line), Self.checkDigits, to: &line)
    line[line.count - 1] = 10
    return line
  }

  /// Reads a line; `nil` when one byte of it is not as written.
  init?(_ line: ArraySlice<UInt8>) {
    var rest = line
    func field(_ width: Int) -> String {
      defer { rest = rest.dropFirst(width + 1) }
      return String(decoding: rest.prefix(width).reversed().drop { $0 == 32 }.reversed(), as: UTF8.self)
    }
    name = field(LevelChange.nameLimit)
    guard let level = Int(field(Self.width)) else { return nil }
    let boot = field(Self.bootDigits)
    guard let sinceBoot = Int64(field(Self.width)), let wall = Int64(field(Self.width)) else { return nil }
    self.level = level
    time = MachineTime(boot: boot, sinceBoot: sinceBoot, wall: Timestamp(nanoseconds: wall))
    isDurable = field(1) == "d"
    guard encoded.elementsEqual(line) else { return nil }
  }

  init(name: String, level: Int, time: MachineTime, isDurable: Bool) {
    self.name = name
    self.level = level
    self.time = time
    self.isDurable = isDurable
  }

  private static func append(_ text: String, _ width: Int, to line: inout [UInt8]) {
    let end = line.count + width + 1
    line.append(contentsOf: text.utf8.prefix(width))
    while line.count < end { line.append(32) }
  }

  /// FNV-1a: any one changed byte changes it. Against accidents, not against people.
  private static func check(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return Hex.encode(hash, digits: checkDigits)
  }
}
