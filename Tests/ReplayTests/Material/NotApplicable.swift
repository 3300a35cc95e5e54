import Core
import Foundation

/// `not-applicable.json`: the cases that cannot apply to a host that trades spot over REST, each with its reason.
///
/// `cases` names them one by one. `vocabulary` names operations, parameters and channels of the material that this host
/// has nothing for; it counts for folders other than the default ones, whose cases nobody could name beforehand.
struct NotApplicable: Sendable {
  /// Reasons by id.
  var cases: [String: String] = [:]
  /// Reasons by subject of ``Unmapped``.
  var vocabulary: [String: String] = [:]

  static func load() throws -> NotApplicable {
    let url = URL(filePath: #filePath).appending(path: "../../not-applicable.json").standardizedFileURL
    let content = try JSON(parsing: Array(Data(contentsOf: url))).value
    var list = NotApplicable()
    for group in content["cases"]?.list ?? [] {
      guard let reason = group["reason"]?.text, let ids = group["ids"]?.list else {
        throw MaterialError(file: "not-applicable.json", text: "a group without reason or ids")
      }
      for id in ids.compactMap(\.text) {
        guard list.cases.updateValue(reason, forKey: id) == nil else {
          throw MaterialError(file: "not-applicable.json", text: "\(id) is named twice")
        }
      }
    }
    for (subject, reason) in content["vocabulary"]?.members ?? [] { list.vocabulary[subject] = reason.text }
    return list
  }
}

/// A case that no operation of ours stands for.
struct Unmapped: Error, CustomStringConvertible {
  /// What of it: `fetchDeposits`, `leverage`, `WebSocket`.
  let subject: String
  init(_ subject: String) { self.subject = subject }
  var description: String { "no mapping for \(subject)" }
}
