public import Broker
public import Core

/// An answer as paths see it.
public struct AnswerView: Sendable {
  /// The HTTP status.
  public var status: Int
  /// By name in lower case.
  public var headers: [String: String]
  /// The document; `nil` where there is none, or none that can be read.
  public var root: JSON?
  /// Why there is no document although there are bytes.
  public var problem: JSONError?
  /// `symbol`, `base` and `quote` of the market that was asked about, for members that are named by them.
  public var market: CallVariables

  /// Parses an answer's body as far as it is JSON.
  public init(_ answer: HTTPAnswer, market: CallVariables = CallVariables()) {
    self.market = market
    status = answer.status
    headers = answer.headers
    guard answer.body.contains(where: { ![9, 10, 13, 32].contains($0) }) else { return }
    do throws(JSONError) {
      root = try JSON(parsing: answer.body)
    } catch {
      // A text or a number alone is an answer too: some venues confirm with the order's id.
      let list = try? JSON(parsing: [UInt8(ascii: "[")] + answer.body + [UInt8(ascii: "]")])
      if let elements = list?.elements, elements.count == 1, let scalar = elements.first, scalar.plainText != nil {
        root = scalar
      } else {
        problem = error
      }
    }
  }

  /// How long a header says to wait, in seconds; a ban of days is one of days.
  func wait(_ header: String) -> Duration? {
    guard let text = headers[header.lowercased()], !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    return min(.seconds(max(Int(text) ?? .max, 1)), CallBudget.longestSilence)
  }
}

/// A row of an answer: what it is, and the key that it stood under where it came out of an object.
public struct AnswerRow: Sendable {
  /// The row's own value; `nil` for an answer without a document.
  public var value: JSON?
  /// The key of the object's member that `*` came through.
  public var key: String?

  /// A row.
  public init(_ value: JSON?, key: String? = nil) {
    self.value = value
    self.key = key
  }
}
