import Broker
import Core
import Foundation

/// The two brokerages whose material is replayed.
enum Venue: String, CaseIterable, Sendable { case kraken, coinbase }

/// What a file of the material holds.
enum Family: Sendable {
  case sign, jwt, legacySignature, brokerRequest, staticRequest, staticResponse, comment, capture, document
}

/// One case: what somebody else's program sent, got, read or signed.
struct ReplayCase: Sendable {
  /// The id that the file gives it; for documents, which give none, page and digest of the example.
  let id: String
  let venue: Venue
  let family: Family
  /// Relative to the shared folder.
  let file: String
  let content: JSONValue
  /// The whole file without its cases: keys, clock, market.
  let context: JSONValue
}

/// A file that a folder of the material may have.
struct MaterialFile: Sendable {
  let venue: Venue
  let family: Family
  let folder: String
  let path: String
  var name: String { "\(folder)/\(path)" }

  static let all: [MaterialFile] =
    [
      MaterialFile(venue: .kraken, family: .sign, folder: "vectors", path: "kraken-api-sign.json"),
      MaterialFile(venue: .coinbase, family: .jwt, folder: "vectors", path: "coinbase-jwt.json"),
      MaterialFile(
        venue: .coinbase, family: .legacySignature, folder: "vectors", path: "coinbase-legacy-hmac.json"),
    ]
    + Venue.allCases.flatMap { venue in
      let name = venue.rawValue
      let families: [(Family, String)] = [
        (.brokerRequest, "broker-requests-\(name).json"), (.staticRequest, "ccxt-static-\(name)-request.json"),
        (.staticResponse, "ccxt-static-\(name)-response.json"), (.comment, "ccxt-comments-\(name).json"),
        (.capture, "captures-\(name).json"), (.document, "doc-examples/\(name)-doc-examples.json"),
      ]
      return families.map { MaterialFile(venue: venue, family: $0.0, folder: "fixtures", path: $0.1) }
    }

  /// The cases in the order written.
  func cases(_ content: JSONValue) throws -> [ReplayCase] {
    switch family {
    case .sign: try cases(content, lists: [("api-sign", ["vectors"]), ("api-sign", ["negative"])])
    case .jwt: try cases(content, lists: [("jwt", ["vectors"]), ("jwt", ["reject"])])
    case .legacySignature:
      try cases(content, lists: [("legacy-hmac", ["legacy", "vectors"]), ("legacy-hmac", ["exchange", "vectors"])])
    case .document: try (content.list ?? []).map { try document($0) }
    default: try cases(content, lists: [(nil, ["cases"])])
    }
  }

  private func cases(_ content: JSONValue, lists: [(kind: String?, keys: [String])]) throws -> [ReplayCase] {
    var cases: [ReplayCase] = []
    for (kind, keys) in lists {
      let list = keys.reduce(Optional(content)) { $0?[$1] }
      for entry in list?.list ?? [] {
        guard let id = entry["id"]?.text else { throw MaterialError(file: name, text: "a case without an id") }
        let full = kind.map { "\(venue.rawValue)/\($0)/\(id)" } ?? id
        cases.append(
          ReplayCase(id: full, venue: venue, family: family, file: name, content: entry, context: content))
      }
    }
    return cases
  }

  private func document(_ example: JSONValue) throws -> ReplayCase {
    guard let page = example["page"]?.text, let json = example["json"] else {
      throw MaterialError(file: name, text: "an example without page or json")
    }
    let slug = page.split(separator: "/").last.map(String.init) ?? page
    let digest = Hex.encode(try SHA256.digest(Array(json.encoded.utf8)).prefix(4))
    return ReplayCase(
      id: "\(venue.rawValue)/doc-example/\(slug)/\(digest)", venue: venue, family: family, file: name,
      content: example, context: .null)
  }
}

/// A file of the material that is not what it must be.
struct MaterialError: Error, CustomStringConvertible {
  let file: String
  let text: String
  var description: String { "\(file): \(text)" }
}

/// Where the material lies.
struct Folders: Sendable {
  var vectors: URL
  var fixtures: URL
  /// Whether both are the folders beside the project, which the list of what does not apply names case by case.
  var isDefault: Bool

  /// Beside the project, or where `NIJA_VECTORS` and `NIJA_FIXTURES` point.
  static var current: Folders {
    let environment = ProcessInfo.processInfo.environment
    var folders = beside
    if let vectors = environment["NIJA_VECTORS"] { folders.vectors = URL(filePath: vectors) }
    if let fixtures = environment["NIJA_FIXTURES"] { folders.fixtures = URL(filePath: fixtures) }
    folders.isDefault = environment["NIJA_VECTORS"] == nil && environment["NIJA_FIXTURES"] == nil
    return folders
  }

  static var beside: Folders {
    let shared = URL(filePath: #filePath).appending(path: "../../../../../shared").standardizedFileURL
    return Folders(
      vectors: shared.appending(path: "vectors"), fixtures: shared.appending(path: "fixtures"), isDefault: true)
  }

  func url(_ file: MaterialFile) -> URL {
    (file.folder == "vectors" ? vectors : fixtures).appending(path: file.path)
  }

  /// The file's content; `nil` when there is no such file.
  func read(_ file: MaterialFile) throws -> JSONValue? {
    guard let data = try? Data(contentsOf: url(file)) else { return nil }
    do {
      return try JSON(parsing: Array(data)).value
    } catch {
      throw MaterialError(file: file.name, text: "\(error)")
    }
  }
}
