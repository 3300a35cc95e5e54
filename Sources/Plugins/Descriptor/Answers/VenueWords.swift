internal import Broker
internal import Core

/// What a venue says, as it may be shown: it may echo our request, with all that is secret in it, or answer with a page.
struct VenueWords {
  let redactor: Redactor
  /// What was asked; what signing put into it is taken out of a failure's words, and looked for only then.
  let asked: BuiltRequest

  /// As much of a body is looked at: more than is ever shown, so that nothing secret is cut in two unseen.
  private static let most = 64 << 10
  private static let longestTitle = 80

  func clean(_ text: String) -> String { redactor.clean(text, asked.signed) }

  /// The words of an answer that has none in a place of its own.
  func body(_ answer: HTTPAnswer) -> String {
    var text = clean(String(decoding: answer.body.prefix(Self.most), as: UTF8.self))
    if answer.body.count > Self.most { text = String(text.dropLast(Self.most / 4)) }
    let start = text.drop(while: \.isWhitespace).prefix(200).lowercased()
    let isPage = start.hasPrefix("<!doctype html") || start.hasPrefix("<html") || start.hasPrefix("<head")
    return isPage || answer.headers["content-type"]?.lowercased().hasPrefix("text/html") == true
      ? Self.title(of: text) : text
  }

  /// A page is no message: its title says what there is to say.
  private static func title(of page: String) -> String {
    guard let title = page.firstMatch(of: #/<title[^>]*>([^<]*)</#.ignoresCase()) else { return "a page of HTML" }
    let words = title.output.1.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "a page of HTML: \(words.prefix(longestTitle))"
  }
}
