import Core

/// Answers the control socket's requests: one JSON object in, one out.
struct ControlDesk: Sendable {
  let exchange: Exchange
  let venues: [String: any VenueHandler]
  let faults: FaultTable
  let clock: SteppableClock

  /// The answer to one line, without its line feed.
  func answer(_ line: [UInt8]) -> JSONValue {
    do throws(ControlError) {
      let request = try json(line)
      return .object([("ok", .boolean(true))] + (try perform(request)))
    } catch {
      return ["ok": .boolean(false), "error": .string(error.text)]
    }
  }

  typealias Members = [(key: String, value: JSONValue)]

  private func json(_ line: [UInt8]) throws(ControlError) -> JSON {
    do throws(JSONError) { return try JSON(parsing: line) } catch { throw ControlError(error.description) }
  }

  private func perform(_ request: JSON) throws(ControlError) -> Members {
    switch try field(request, "do") {
    case "open_account": return try openAccount(request)
    case "revoke_key": return try revokeKey(request)
    case "deposit": return try move(request, incoming: true)
    case "withdraw": return try move(request, incoming: false)
    case "ledger":
      let account = try optionalField(request, "account")
      return [("ledger", exchange.read { LedgerReport.value($0, account: account) })]
    case "fault": return [("id", .integer(try setFault(request)))]
    case "set_faults": return [("set", .integer(try setFaults(request)))]
    case "faults": return [("faults", faults.listing(at: clock.now))]
    case "clear_faults": return [("cleared", .integer(faults.clear(try integer(request, "id"))))]
    case "step_clock": return try stepClock(request)
    case let unknown: throw ControlError("nothing is called \(unknown)")
    }
  }

  func field(_ request: JSON, _ key: String) throws(ControlError) -> String {
    guard let text = try optionalField(request, key) else { throw ControlError("\(key) is missing") }
    return text
  }

  func optionalField(_ request: JSON, _ key: String) throws(ControlError) -> String? {
    do throws(JSONError) { return try request.optionalString(key) } catch { throw ControlError(error.description) }
  }

  func integer(_ request: JSON, _ key: String) throws(ControlError) -> Int? {
    do throws(JSONError) { return try request.optionalInteger(key) } catch { throw ControlError(error.description) }
  }

  // MARK: Faults

  private func setFault(_ request: JSON) throws(ControlError) -> Int {
    let rule = try rule(request.members?.filter { $0.key != "do" } ?? [])
    do throws(FaultProblem) { return try faults.add(rule, at: clock.now) } catch {
      throw ControlError(error.description)
    }
  }

  private func setFaults(_ request: JSON) throws(ControlError) -> Int {
    guard let elements = request["faults"]?.elements else { throw ControlError("faults is not a list") }
    var rules: [FaultRule] = []
    for (index, element) in elements.enumerated() {
      do throws(ControlError) {
        rules.append(try rule(element.members ?? []))
      } catch {
        throw ControlError("faults[\(index)]: \(error.text)")
      }
    }
    do throws(FaultProblem) { try faults.replace(rules, at: clock.now) } catch { throw ControlError(error.description) }
    return rules.count
  }

  private func rule(_ members: [(key: String, value: JSON)]) throws(ControlError) -> FaultRule {
    var texts: [(name: String, text: String)] = []
    for (key, value) in members where !value.isNull {
      guard let text = value.text else { throw ControlError("\(key): expected one value") }
      texts.append((key, text))
    }
    do throws(FaultProblem) {
      let rule = try FaultRule(members: texts, derived: Set(venues.keys))
      try rule.checkAccount(among: exchange.read { $0.accounts.keys.sorted() })
      return rule
    } catch { throw ControlError(error.description) }
  }

  // MARK: Clock

  private func stepClock(_ request: JSON) throws(ControlError) -> Members {
    guard let seconds = try integer(request, "seconds"), abs(seconds) <= SteppableClock.limit.components.seconds,
      clock.step(by: .seconds(seconds))
    else { throw ControlError("seconds is a whole number that keeps the clock within a year of the wall") }
    exchange.advance()
    for venue in venues.values { venue.advance() }
    return [("now", .string(clock.now.description))]
  }
}

/// Why a control request was not done.
struct ControlError: Error {
  let text: String
  /// Whether nobody was there to do it.
  let isUnreachable: Bool

  init(_ text: String, isUnreachable: Bool = false) {
    self.text = text
    self.isUnreachable = isUnreachable
  }

  static func unreachable(_ directory: String) -> ControlError {
    ControlError("no sandbox runs on \(directory)", isUnreachable: true)
  }
}
