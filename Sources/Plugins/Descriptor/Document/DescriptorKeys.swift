internal import Broker
package import Core

/// The keys at the top of a descriptor.
package enum DescriptorKeys {
  static let format = FieldSpec(
    "format", .format("nija-broker/1"), required: true, doc: "The format of this file, nija-broker/1.")
  static let name = FieldSpec(
    "name", .word(.identifier), required: true,
    doc: "What `plugin:` says; the file's name without .yaml.")
  static let title = FieldSpec("title", .text, required: true, doc: "How people call the brokerage.")
  static let source = FieldSpec("source", .text, doc: "Where what the file says was read.")
  static let hosts = FieldSpec(
    "hosts", .table(of: .word(.endpoint)), required: true,
    doc: "The venue's addresses; the first is the account's endpoint, each further NAME is overridden by NAME_endpoint."
  )
  static let credentials = FieldSpec(
    "credentials", .table(of: .block(CredentialKeys.all)), doc: "What accounts give to sign with.")
  static let capabilities = FieldSpec(
    "capabilities", .list(of: .choice(CapabilityBacking.offered.map(\.rawValue))),
    doc: "What it can do beyond what every brokerage can; must agree with the operations and order kinds.")
  static let symbols = FieldSpec(
    "symbols", .text, doc: "What requests call a market, from {base} and {quote}, where `instruments` reads no id.")
  static let aliases = FieldSpec("aliases", .list(of: .text), doc: "Further spellings of a market in answers.")
  static let currencies = FieldSpec(
    "currencies", .map(of: .word(.asset)),
    doc: "Usual names of currencies by the venue's; others are taken in capitals.")
  static let clientID = FieldSpec(
    "client_id", .block(ClientIDKeys.all), required: true, doc: "How our names of orders are written.")
  static let orders = FieldSpec(
    "orders", .block(OrderKeys.all), required: true, doc: "How long an unknown order stays unknown.")
  static let nonce = FieldSpec(
    "nonce", .choice(NonceScale.allCases.map(\.rawValue)),
    doc: "What a nonce counts unless the account's option `nonce` says otherwise; only where signing uses `nonce`.")
  static let signing = FieldSpec("signing", .block(SigningKeys.all), doc: "How calls are signed.")
  static let programs = FieldSpec(
    "programs", .table(of: .block(ProgramKeys.all)),
    doc: "Programs that carry out single operations, which name them under `process`.")
  static let operations = FieldSpec(
    "operations", .block(OperationName.allCases.map(CallKeys.operation)), required: true, doc: "What it can be asked.")
  static let enums = FieldSpec("enums", .block(EnumKeys.all), required: true, doc: "Closed sets of words.")
  static let errors = FieldSpec(
    "errors", .block(ErrorKeys.all), required: true, doc: "What failures look like and mean.")
  static let limits = FieldSpec("limits", .table(of: .block(LimitKeys.all)), doc: "The venue's counters.")
  static let tests = FieldSpec(
    "tests", .either([.word(.path), .list(of: .tree)]),
    doc: "Tests made by something other than the descriptor: a folder beside the file, of *.json, or the list itself.")

  /// All of them, in the order in which they are usually written.
  package static let all = [
    format, name, title, source, hosts, credentials, capabilities, symbols, aliases, currencies, clientID, orders,
    nonce, signing, programs, operations, enums, errors, limits, tests,
  ]
}

/// The keys of one credential.
enum CredentialKeys {
  private static let forms = FieldType.choice(CredentialSlot.Format.allCases.map(\.rawValue))
  static let format = FieldSpec(
    "format", .either([forms, .list(of: forms)]), required: true, doc: "The form that its value has, or several.")
  static let doc = FieldSpec("doc", .text, required: true, doc: "What it is and where to get it.")
  static let all = [format, doc]
}

/// The keys of the client id's rule.
enum ClientIDKeys {
  static let alphabet = FieldSpec(
    "alphabet", .text, doc: "The characters it may have: A-Za-z0-9_-; needed for texts.")
  static let length = FieldSpec(
    "length", .integer, minimum: "1", maximum: "256", doc: "The most characters, without the prefix; needed for texts.")
  static let prefix = FieldSpec("prefix", .text, doc: "What must stand before it.")
  static let `as` = FieldSpec(
    "as", .choice(["text", "integer"]), default: "text", doc: "Whether it is a text or a whole number.")
  static let shape = FieldSpec(
    "shape", .choice(["any", "uuid"]), default: "any", doc: "Whether it must be grouped 8-4-4-4-12.")
  static let unique = FieldSpec(
    "unique", .choice(ClientOrderIDRule.Uniqueness.allCases.map(\.rawValue)), required: true,
    doc:
      "What the venue does with one it has seen: takes it again, refuses it while open, ever or for a day, or answers the first."
  )
  static let all = [alphabet, length, prefix, `as`, shape, unique]
}

/// The keys that say how long an order may be unknown.
enum OrderKeys {
  static let lifetime = FieldSpec(
    "lifetime", .duration, moreThanZero: true, maximum: "1h", required: true,
    doc: "How long after it was made an order request may still execute, by the venue's own means.")
  static let visibleWithin = FieldSpec(
    "visible_within", .duration, moreThanZero: true, maximum: "1h", required: true,
    doc: "How soon an order is sure to be in the venue's lists.")
  static let all = [lifetime, visibleWithin]
}

/// The keys of signing.
enum SigningKeys {
  static let first = FieldSpec("first", .map(of: .text), doc: "Parameters before the call's own.")
  static let last = FieldSpec("last", .map(of: .text), doc: "Parameters after them.")
  static let values = FieldSpec("values", .map(of: .text), doc: "Named values that later ones may use, in this order.")
  static let append = FieldSpec("append", .map(of: .text), doc: "Parameters added when everything is signed.")
  static let headers = FieldSpec("headers", .map(of: .text), doc: "Headers.")
  static let all = [first, last, values, append, headers]
}

/// The keys of the closed sets.
enum EnumKeys {
  static let side = FieldSpec(
    "side",
    .block([
      FieldSpec("buy", .text, required: true, doc: "The venue's word for buying."),
      FieldSpec("sell", .text, required: true, doc: "The venue's word for selling."),
    ]), required: true, doc: "The sides, both ways.")
  static let interval = FieldSpec(
    "interval", .map(of: .text), required: true, doc: "The venue's word for each length of candle that it has.")
  static let orderStatus = FieldSpec(
    "order_status", .map(of: .choice(OperationRule.orderStatuses.map(\.rawValue))),
    doc: "What each of the venue's words for an order's state means; any other is an error.")
  static let instrumentStatus = FieldSpec(
    "instrument_status", .map(of: .choice(OperationRule.instrumentStatuses.map(\.rawValue))),
    doc: "What each of the venue's words for a market's state means; only here \"*\" may name the rest.")
  static let all = [side, interval, orderStatus, instrumentStatus]
}

/// The keys of failures.
enum ErrorKeys {
  static let failed = FieldSpec(
    "failed", .list(of: .map(of: .text)), required: true,
    doc: "Each makes an answer a failure; the conditions of one must all hold.")
  static let message = FieldSpec("message", .text, doc: "Where the venue's words are.")
  static let rules = FieldSpec(
    "rules", .list(of: .map(of: .text, fields: MeaningKeys.all)), doc: "The first whose conditions all hold counts.")
  static let otherwise = FieldSpec(
    "otherwise", .block(MeaningKeys.all), required: true, doc: "What every other failure means.")
  static let all = [failed, message, rules, otherwise]
}

/// The keys that say what a failure means.
enum MeaningKeys {
  static let classes: [BrokerError.Code] = [
    .invalidKey, .invalidSignature, .invalidNonce, .permissionDenied, .accountRestricted, .rateLimited, .lockedOut,
    .insufficientFunds, .belowMinimum, .invalidAmount, .invalidRequest, .instrumentUnavailable, .unknownOrder,
    .duplicateOrder, .deadlineElapsed, .orderRejected, .venueUnavailable, .malformedAnswer, .unsupported, .unknown,
  ]
  static let scopes: [BrokerError.Scope] = [.order, .instrument, .account, .broker]

  static let `class` = FieldSpec(
    "class", .choice(classes.map(\.rawValue)), required: true, doc: "The class of the failure.")
  static let scope = FieldSpec(
    "scope", .choice(scopes.map(\.rawValue)), required: true, doc: "How far it reaches.")
  static let retry = FieldSpec(
    "retry", .duration, maximum: "7d", doc: "The same may be asked again after this; never where it is left out.")
  static let retryHeader = FieldSpec(
    "retry_header", .text,
    doc: "A header of the answer that says after how many seconds; with retry, which holds without it.")
  static let executed = FieldSpec(
    "executed", .choice(["unknown"]), doc: "That an unsafe call may have been carried out all the same.")
  static let all = [`class`, scope, retry, retryHeader, executed]
}

/// The keys of one counter.
enum LimitKeys {
  static let scope = FieldSpec(
    "scope", .choice(CallLimit.Scope.allCases.map(\.rawValue)), required: true, doc: "What one counter is kept for.")
  static let most = FieldSpec(
    "most", .integer, minimum: "1", maximum: "1000000000", required: true, doc: "The most that it takes.")
  static let per = FieldSpec(
    "per", .duration, moreThanZero: true, maximum: "7d", required: true, doc: "In what time it empties when it is full."
  )
  static let reserve = FieldSpec(
    "reserve", .integer, default: "0", minimum: "0", maximum: "1000000000", doc: "Kept for what is urgent.")
  static let all = [scope, most, per, reserve]
}
