internal import Core

/// What `POST /orders` answered with status 200.
enum CoinbasePlaced {
  case accepted(VenueOrderID)
  /// Refused: the word that says why, and all of the venue's words.
  case refused(word: String?, text: String)

  /// - Throws: when the answer is for another order than `clientOrderID`, or neither yes nor no.
  init(_ answer: JSON, clientOrderID: String) throws(JSONError) {
    guard try answer.boolean("success") else {
      self = try Self.refusal(answer)
      return
    }
    let success = try answer.object("success_response")
    let id = try success.string("order_id")
    guard !id.isEmpty else { throw .wrongType("order_id", expected: "an order's id") }
    guard try success.optionalString("client_order_id") ?? clientOrderID == clientOrderID else {
      throw .wrongType("client_order_id", expected: "the id that was sent")
    }
    self = .accepted(VenueOrderID(id))
  }

  /// Which field carries the real reason varies: the first that says something.
  private static func refusal(_ answer: JSON) throws(JSONError) -> CoinbasePlaced {
    let response = answer["error_response"]?.kind == .object ? try answer.object("error_response") : answer
    let enums = try response.words(["new_order_failure_reason", "preview_failure_reason", "error", "failure_reason"])
    let sentences = try response.words(["message", "error_details"])
    let telling = enums.first { !$0.hasPrefix("UNKNOWN_") }
    let word = telling ?? sentences.first { CoinbaseReasons.ofOrder($0) != nil } ?? enums.first ?? sentences.first
    return .refused(word: word, text: (enums.prefix(1) + sentences).joined(separator: ": "))
  }
}

/// What `POST /orders/edit` answered with status 200.
enum CoinbaseEdited {
  /// Taken; the order is then `EDIT_QUEUED`.
  case accepted
  /// Refused: words that say why, the telling ones first, and all of the venue's words.
  case refused(words: [String], text: String)

  /// - Throws: when the answer is neither yes nor no.
  init(_ answer: JSON) throws(JSONError) {
    // Beside a success stand reasons too: "unknown", all of them.
    guard try !answer.boolean("success") else {
      self = .accepted
      return
    }
    var responses = answer["errors"]?.elements?.filter { $0.kind == .object } ?? []
    if let response = answer["error_response"], response.kind == .object { responses.append(response) }
    var words: [String] = []
    for response in responses {
      words += try response.words(["edit_failure_reason", "preview_failure_reason", "error", "message"])
    }
    let telling = words.filter { !$0.hasPrefix("UNKNOWN_") }
    self = .refused(words: telling, text: (telling.isEmpty ? words : telling).joined(separator: ": "))
  }
}

extension JSON {
  /// What stands under those keys, in their order, where something does.
  func words(_ keys: [String]) throws(JSONError) -> [String] {
    var words: [String] = []
    for key in keys {
      if let word = try optionalString(key), !word.isEmpty { words.append(word) }
    }
    return words
  }
}
