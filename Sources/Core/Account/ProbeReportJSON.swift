// As it travels from worker to host, and from host to whoever asked.

extension ProbeReport {
  /// The whole look.
  public var json: JSONValue {
    [
      "clock": clock.json(\.json), "permissions": permissions.json(\.json),
      "balances": balances.json { .array($0.map(\.probeJSON)) },
      "currency_names": .object(
        currencyNames.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }),
    ]
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    self.init(
      clock: try ProbeOutcome(try json.object("clock")) { fact throws(JSONError) in try ClockOffset(fact) },
      permissions: try ProbeOutcome(try json.object("permissions")) { fact throws(JSONError) in
        try KeyPermissions(fact)
      },
      balances: try ProbeOutcome(try json.object("balances")) { fact throws(JSONError) in
        var balances: [Balance] = []
        for element in fact.elements ?? [] { balances.append(try Balance(probe: element)) }
        return balances
      })
    for (name, usual) in try json.object("currency_names").members ?? [] { currencyNames[name] = usual.text }
  }
}

extension ProbeOutcome {
  fileprivate func json(_ fact: (Fact) -> JSONValue) -> JSONValue {
    switch self {
    case .observed(let observed): ["observed": fact(observed)]
    case .failed(let failure):
      [
        "failed": [
          "code": .string(failure.code), "message": .string(failure.message),
          "next_step": .optional(failure.nextStep),
        ]
      ]
    case .notAsked(let reason): ["not_asked": .string(reason)]
    }
  }

  fileprivate init(_ json: JSON, _ fact: (JSON) throws(JSONError) -> Fact) throws(JSONError) {
    if let observed = json["observed"] {
      self = .observed(try fact(observed))
    } else if let failed = json["failed"] {
      self = .failed(
        ProbeFailure(
          code: try failed.string("code"), message: try failed.string("message"),
          nextStep: try failed.optionalString("next_step")))
    } else {
      self = .notAsked(try json.string("not_asked"))
    }
  }
}

extension ClockOffset {
  /// Both in milliseconds.
  public var json: JSONValue {
    ["offset_ms": .integer(milliseconds), "uncertainty_ms": .integer(uncertaintyMilliseconds)]
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    self.init(
      milliseconds: try json.integer("offset_ms"), uncertaintyMilliseconds: try json.integer("uncertainty_ms"))
  }
}

extension KeyPermissions {
  /// `withdraw` is `null` where the venue does not tell.
  public var json: JSONValue {
    [
      "query": .boolean(canQuery), "trade": .boolean(canTrade), "withdraw": canWithdraw.map(JSONValue.boolean) ?? .null,
      "withdrawing": .array(withdrawing.map(JSONValue.string)), "missing": .array(missing.map(JSONValue.string)),
    ]
  }

  /// Reads what ``json`` wrote.
  public init(_ json: JSON) throws(JSONError) {
    let withdraw = try json.member("withdraw")
    self.init(
      canQuery: try json.boolean("query"), canTrade: try json.boolean("trade"),
      canWithdraw: withdraw.isNull ? nil : try json.boolean("withdraw"),
      withdrawing: try json.array("withdrawing").compactMap(\.text),
      missing: try json.array("missing").compactMap(\.text))
  }
}

extension Balance {
  fileprivate var probeJSON: JSONValue {
    [
      "currency": .string(currency), "total": .optional(total), "held": .optional(held),
      "available": .optional(available),
    ]
  }

  fileprivate init(probe json: JSON) throws(JSONError) {
    self.init(
      currency: try json.string("currency"), total: try json.decimal("total"), held: try json.decimal("held"),
      available: try json.decimal("available"))
  }
}
