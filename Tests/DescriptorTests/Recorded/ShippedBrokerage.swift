import Config
import Core
import Descriptor
import Foundation

/// A brokerage that ships as a file, and what other people's programs recorded of it.
struct ShippedBrokerage: Sendable {
  /// The file's name without `.yaml`, which is also the material's.
  let name: String
  let descriptor: Descriptor
  /// Lines of the file that are neither empty nor a comment.
  let lines: Int

  static let names = [
    "alpaca", "binance", "bitfinex", "bitstamp", "bybit", "coinbase", "coinbaseexchange", "gate", "gemini", "kraken",
    "okx",
  ]

  /// The project's own folder.
  static let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL

  /// - Throws: when the file is not there, or its reading is not without a word.
  init(_ name: String) throws {
    let url = Self.root.appending(path: "brokers/\(name).yaml")
    let bytes = try Array(Data(contentsOf: url))
    let reading = DescriptorReader(files: .system).read(bytes, file: url.path)
    guard let descriptor = reading.descriptor, reading.errors.isEmpty else {
      throw MaterialError(text: reading.diagnostics.map(\.description).joined(separator: "\n"))
    }
    self.name = name
    self.descriptor = descriptor
    lines =
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { line in
        let text = line.drop { $0 == " " }
        return !text.isEmpty && !text.hasPrefix("#")
      }.count
  }
}

/// Where the recorded material lies.
struct RecordedMaterial: Sendable {
  let folder: URL
  /// Whether it is the folder beside the project, of which the page tells.
  let isDefault: Bool

  static var current: RecordedMaterial {
    if let folder = ProcessInfo.processInfo.environment["NIJA_FIXTURES"] {
      return RecordedMaterial(folder: URL(filePath: folder), isDefault: false)
    }
    return RecordedMaterial(
      folder: ShippedBrokerage.root.appending(path: "../shared/fixtures").standardizedFileURL, isDefault: true)
  }

  /// A file's bytes; `nil` when there is none.
  func read(_ name: String) -> [UInt8]? { (try? Data(contentsOf: folder.appending(path: name))).map(Array.init) }
}

/// What is wrong with what the tests need.
struct MaterialError: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}
