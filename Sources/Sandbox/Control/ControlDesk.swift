import Core

/// Answers the control socket's requests: one JSON object in, one out.
struct ControlDesk: Sendable {
  let exchange: Exchange
  let venues: [String: any VenueHandler]
  let faults: FaultTable

  /// The answer to one line, without its line feed.
  func answer(_ line: [UInt8]) -> JSONValue {
    do throws(ControlError) {
      let request = try json(line)
      return .object([("ok", .boolean(true))] + (try perform(request)))
    } catch {
      return ["ok": .boolean(false), "error": .string(error.text)]
    }
  }

  private typealias Members = [(key: String, value: JSONValue)]

  private func json(_ line: [UInt8]) throws(ControlError) -> JSON {
    do throws(JSONError) { return try JSON(parsing: line) } catch { throw ControlError(error.description) }
  }

  private func perform(_ request: JSON) throws(ControlError) -> Members {
    switch try field(request, "do") {
    case "open_account": return try openAccount(request)
    case "revoke_key": return try revokeKey(request)
    case "ledger": return [("ledger", exchange.read { LedgerReport.value($0) })]
    case "fault": return try setFault(request)
    case "clear_faults":
      faults.clear()
      return []
    case let unknown: throw ControlError("nothing is called \(unknown)")
    }
  }

  private func field(_ request: JSON, _ key: String) throws(ControlError) -> String {
    guard let text = try optionalField(request, key) else { throw ControlError("\(key) is missing") }
    return text
  }

  private func optionalField(_ request: JSON, _ key: String) throws(ControlError) -> String? {
    do throws(JSONError) { return try request.optionalString(key) } catch { throw ControlError(error.description) }
  }

  private func openAccount(_ request: JSON) throws(ControlError) -> Members {
    let name = try field(request, "venue")
    guard let venue = venues[name] else { throw ControlError("no venue is called \(name)") }
    let wanted = try field(request, "account")
    let funds = try funds(request)
    let account: VenueAccount
    do throws(AccountRefusal) {
      account = try exchange.openAccount(wanted, venue: name, funds: funds)
    } catch {
      throw ControlError("the account was not opened: \(error)")
    }
    let credentials = venue.issueKey(account: account.name).credentials.map { ($0.slot, JSONValue.string($0.value)) }
    guard !credentials.isEmpty else { throw ControlError("no key could be made") }
    return [("credentials", .object(credentials)), ("identity", .string(account.identity))]
  }

  private func funds(_ request: JSON) throws(ControlError) -> [String: ExactDecimal] {
    guard let funds = request["funds"] else { return [:] }
    var amounts: [String: ExactDecimal] = [:]
    for (currency, _) in funds.members ?? [] {
      do throws(JSONError) {
        amounts[currency] = try funds.decimal(currency)
      } catch {
        throw ControlError("funds: \(error.description)")
      }
    }
    return amounts
  }

  private func revokeKey(_ request: JSON) throws(ControlError) -> Members {
    let name = try field(request, "account")
    guard let account = exchange.account(name), let venue = venues[account.venue] else {
      throw ControlError("no account is called \(name)")
    }
    return [("revoked", .integer(venue.revokeKeys(account: name)))]
  }

  private func setFault(_ request: JSON) throws(ControlError) -> Members {
    let text = try field(request, "fault")
    guard let fault = Fault(parsing: text) else { throw ControlError("no fault is written \(text)") }
    var rule = FaultRule(
      venue: try optionalField(request, "venue"), account: try optionalField(request, "account"),
      endpoint: try optionalField(request, "endpoint"), fault: fault)
    do throws(JSONError) {
      rule.first = try request.optionalInteger("nth") ?? 1
      rule.count = try request.optionalInteger("count") ?? 1
    } catch {
      throw ControlError(error.description)
    }
    guard rule.first > 0, rule.count > 0, rule.first < 1_000_000, rule.count <= 1_000_000 else {
      throw ControlError("nth and count are 1 to 1000000")
    }
    guard faults.add(rule) else { throw ControlError("there are \(FaultTable.limit) faults already") }
    return []
  }
}

/// Why a control request was not done.
struct ControlError: Error {
  let text: String

  init(_ text: String) { self.text = text }
}
