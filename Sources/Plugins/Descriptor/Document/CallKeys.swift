internal import Broker
internal import Core

/// The keys of operations and of the calls they make.
enum CallKeys {
  static let effect = FieldSpec(
    "effect", .choice(Effect.allCases.map(\.rawValue)), required: true,
    doc: "What doing it twice does: safe for asking, idempotent for cancelling, unsafe for placing.")
  static let process = FieldSpec(
    "process", .text,
    doc: "The program that carries it out; a call beside it says what the stand-in venue takes and answers.")
  static let signed = FieldSpec("signed", .boolean, default: "false", doc: "Whether the call is signed.")
  static let call = FieldSpec(
    "call", .either([.text, .list(of: .text)]), maximumCount: 2, required: true,
    doc: "METHOD PATH, or [HOST, METHOD PATH].")
  static let query = FieldSpec("query", .map(of: .text), doc: "Parameters behind the question mark.")
  static let encoding = FieldSpec(
    "encoding", .choice(["percent", "raw"]), default: "percent", doc: "Whether the query is percent-encoded.")
  static let form = FieldSpec("form", .map(of: .text), doc: "Parameters of a form, the body.")
  static let json = FieldSpec("json", .tree, doc: "A JSON document, the body.")
  static let payload = FieldSpec("payload", .tree, doc: "A JSON object that signing places.")
  static let headers = FieldSpec("headers", .map(of: .text), doc: "Further headers.")
  static let cost = FieldSpec(
    "cost", .table(of: .integer),
    doc: "What the call adds to which limits; {} for none. Needed where there are limits.")
  static let rows = FieldSpec("rows", .text, doc: "Where the rows are.")
  static let filter = FieldSpec("where", .map(of: .text), doc: "Which rows count: conditions on the row.")
  static let order = FieldSpec(
    "order", .choice(["newest_first", "oldest_first"]), default: "oldest_first", doc: "How candles are sorted.")
  static let fixed = FieldSpec(
    "fixed",
    .block([
      FieldSpec("maker", .share, required: true, doc: "Of orders that rest first."),
      FieldSpec("taker", .share, required: true, doc: "Of orders that take."),
    ]), doc: "Shares that the venue takes, in place of a call.")
  static let each = "each"
  static let kinds = FieldSpec(
    "kinds", .map(of: .map(of: .tree)), required: true,
    doc: "What each kind of order adds to the variables; KIND, or KIND.buy and KIND.sell.")
  static let then = FieldSpec(
    "then", .list(of: .choice([OperationName.openOrders.rawValue, OperationName.closedOrders.rawValue])),
    doc: "The lists that are searched when it finds none.")

  /// The request alone.
  static let request = [call, signed, query, encoding, form, json, payload, headers, cost]

  static let caseThen = FieldSpec(
    "then", .text, required: true, doc: "What the field is when all conditions hold: a word of ours, or how it is read."
  )
  private static let reading = FieldType.either([.text, .list(of: .map(of: .text, fields: [caseThen]))])

  static func read(_ rule: OperationRule) -> FieldSpec {
    FieldSpec(
      "read", .block(rule.fields.map { FieldSpec($0.name, reading, required: $0.isRequired, doc: $0.doc) }),
      doc: "Where each field stands, from the row or the answer.")
  }

  static let bids = FieldSpec("bids", .text, required: true, doc: "Where the rows of bids are.")
  static let asks = FieldSpec("asks", .text, required: true, doc: "Where the rows of asks are.")
  static let level = FieldSpec(
    "level",
    .block([
      FieldSpec("price", reading, required: true, doc: "The price, from the row."),
      FieldSpec("quantity", reading, required: true, doc: "The base quantity, from the row."),
    ]), required: true, doc: "What is read of each row of bids and asks.")

  static let book = [bids, asks, level]

  /// What a call of this operation has.
  private static func callFields(_ rule: OperationRule) -> [FieldSpec] {
    request + [rows, filter] + (rule.fields.isEmpty ? [] : [read(rule)])
  }

  static let window = FieldSpec(
    "window", .duration, moreThanZero: true, maximum: "366d",
    doc: "How far on from its beginning the venue looks at most: longer spans are asked for in pieces.")
  static let mostCandles = FieldSpec(
    "most", .integer, minimum: "1", maximum: "100000", doc: "The most candles that one call gives.")

  static func also(_ rule: OperationRule) -> FieldSpec {
    let block = FieldType.block(callFields(rule) + [window, PagingKeys.paging])
    return FieldSpec(
      "also", .either([block, .list(of: block)]), maximumCount: 4,
      doc: "A further call whose rows are added, or several.")
  }

  static let most = FieldSpec(
    "most", .integer, minimum: "1", maximum: "10000", required: true, doc: "The most rows; more are an error.")

  static func each(_ rule: OperationRule) -> FieldSpec {
    var types: [FieldType] = rule.mayFollow ? [.choice(["followed"])] : []
    if rule.mayRepeat { types.append(.block(request + [rows, filter, PagingKeys.paging, most])) }
    return FieldSpec(
      "each", types.count == 1 ? types.first ?? .text : .either(types),
      doc: rule.mayFollow
        ? "One call for every market that the account has to do with, or for every row of a first call."
        : "One call for every row of a first call.")
  }

  /// One operation.
  static func operation(_ name: OperationName) -> FieldSpec {
    let rule = OperationRule.of(name)
    // What a call needs is asked for where there is one.
    var fields = [effect, process] + callFields(rule).map { $0 == call ? $0.optional : $0 }
    switch name {
    case .fees:
      fields = fields.map { $0 == effect ? $0.optional : $0 } + [fixed]
    case .place: fields.append(kinds)
    case .orderBook: fields += book.map(\.optional)
    case .candles: fields += [order, mostCandles]
    case .orderByClientID: fields.append(then)
    default: break
    }
    if rule.shape == .list { fields += [window, PagingKeys.paging] }
    if rule.shape == .list || name == .order || name == .orderByClientID { fields.append(also(rule)) }
    if rule.mayRepeat { fields.append(each(rule)) }
    return FieldSpec(name.rawValue, .block(fields), doc: rule.doc)
  }
}

extension FieldSpec {
  /// The same key where it may be left out.
  var optional: FieldSpec {
    FieldSpec(name, type, unit: unit, maximumCount: maximumCount, since: since, doc: doc)
  }
}

/// The keys that say how further pages are asked for.
enum PagingKeys {
  static let by = FieldSpec(
    "by", .choice(["cursor", "offset", "page", "last", "header"]), required: true, doc: "What tells the next page.")
  static let send = FieldSpec(
    "send", .map(of: .text), doc: "Parameters of the pages after the first; needed where there may be more than one.")
  static let most = FieldSpec(
    "most", .integer, minimum: "1", maximum: "10000", required: true, doc: "The most pages; more are an error.")
  static let next = FieldSpec("next", .text, required: true, doc: "Where the next page's name stands.")
  static let total = FieldSpec("total", .text, doc: "Where the number of all rows stands; or size.")
  static let last = FieldSpec("last", .text, required: true, doc: "What of the last row names the next page.")
  static func size(required: Bool) -> FieldSpec {
    FieldSpec(
      "size", .integer, minimum: "1", maximum: "100000", required: required, doc: "How many rows a full page has.")
  }

  static let variant = FieldVariant(
    key: "by", common: [by, send, most],
    cases: [
      FieldCase(name: "cursor", fields: [next, size(required: false)]),
      FieldCase(name: "header", fields: [next, size(required: false)]),
      FieldCase(name: "offset", fields: [total, size(required: false)]),
      FieldCase(name: "page", fields: [size(required: true)]),
      FieldCase(name: "last", fields: [last, size(required: true)]),
    ])
  static let paging = FieldSpec("paging", .variant(variant), doc: "How further pages are asked for.")
}
