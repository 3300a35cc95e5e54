import Foundation
import Market

/// TA-Lib, asked through Python: another implementation of the same definitions.
///
/// `NIJA_PYTHON` names the interpreter; `python3` otherwise.
enum TALibReference {
  private static let program = """
    import sys, math, numpy, talib
    for row in sys.stdin:
        o, h, l, c, v = numpy.array([float.fromhex(x) for x in row.split()]).reshape(5, -1)
        macd = talib.MACD(c, 12, 26, 9)
        lines = {"ema9": talib.EMA(c, 9), "ema21": talib.EMA(c, 21), "ema50": talib.EMA(c, 50),
          "rsi9": talib.RSI(c, 9), "rsi14": talib.RSI(c, 14), "atr14": talib.ATR(h, l, c, 14),
          "adx14": talib.ADX(h, l, c, 14), "plusDI14": talib.PLUS_DI(h, l, c, 14),
          "minusDI14": talib.MINUS_DI(h, l, c, 14), "macd": macd[0], "macdSignal": macd[1], "macdHistogram": macd[2],
          "volume20": talib.SMA(v, 20)}
        for name, line in lines.items():
            print(name, *[float(x).hex() for x in line])
        print("end", flush=True)
    """

  enum Answer {
    case lines([[String: [Double]]])
    /// Python or TA-Lib is not there.
    case missing(String)
  }

  /// Every line of every series, NaN where TA-Lib gives none.
  static func lines(of series: [[Bar]]) throws -> Answer {
    let python = ProcessInfo.processInfo.environment["NIJA_PYTHON"] ?? "python3"
    let rows = series.map { bars in
      [\Bar.open, \.high, \.low, \.close, \.volume].flatMap { key in bars.map { hex($0[keyPath: key]) } }
        .joined(separator: " ")
    }
    // From a file: a pipe to a program that never started would end this process.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("nija-series-\(UUID().uuidString)")
    try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", program]
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return .missing("\(python) with TA-Lib and numpy") }
    return .lines(parse(String(decoding: data, as: UTF8.self)))
  }

  private static func hex(_ x: Double) -> String { String(format: "%a", x) }

  private static func parse(_ text: String) -> [[String: [Double]]] {
    var all: [[String: [Double]]] = []
    var lines: [String: [Double]] = [:]
    for row in text.split(separator: "\n") {
      let words = row.split(separator: " ")
      if words.first == "end" {
        all.append(lines)
        lines = [:]
      } else if let name = words.first {
        lines[String(name)] = words.dropFirst().map { Double($0) ?? .nan }
      }
    }
    return all
  }
}
