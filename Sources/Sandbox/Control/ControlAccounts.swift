import Core

/// Accounts, their keys and what moves in and out of them.
extension ControlDesk {
  func openAccount(_ request: JSON) throws(ControlError) -> Members {
    let name = try field(request, "venue")
    guard let venue = venues[name] else { throw ControlError("no venue is called \(name)") }
    let wanted = try field(request, "account")
    let funds = try funds(request)
    let permissions = try permissions(request, venue.permissionNames)
    let tier = try optionalField(request, "tier")
    let account: VenueAccount
    do throws(AccountRefusal) {
      account = try exchange.openAccount(wanted, venue: name, funds: funds)
    } catch {
      throw ControlError("the account was not opened: \(error)")
    }
    if let tier, !venue.setTier(tier, account: account.name) { throw ControlError("\(name) has no tier \(tier)") }
    let credentials = venue.issueKey(account: account.name, permissions: permissions).credentials.map {
      ($0.slot, JSONValue.string($0.value))
    }
    guard !credentials.isEmpty else { throw ControlError("no key could be made") }
    return [("credentials", .object(credentials)), ("identity", .string(account.identity))]
  }

  /// The rights of the new key; `nil` where nothing is said.
  private func permissions(_ request: JSON, _ known: [String]) throws(ControlError) -> Set<String>? {
    guard let list = request["permissions"] else { return nil }
    var names: Set<String> = []
    for element in list.elements ?? [] {
      guard let name = element.text, known.contains(name) else {
        throw ControlError(
          "no permission is called \(element.text ?? "so"); there are " + known.joined(separator: ", "))
      }
      names.insert(name)
    }
    return names
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

  func revokeKey(_ request: JSON) throws(ControlError) -> Members {
    let name = try field(request, "account")
    guard let account = exchange.account(name), let venue = venues[account.venue] else {
      throw ControlError("no account is called \(name)")
    }
    return [("revoked", .integer(venue.revokeKeys(account: name)))]
  }

  /// Moves money or coins into an account or out of it.
  func move(_ request: JSON, incoming: Bool) throws(ControlError) -> Members {
    let name = try field(request, "account")
    let currency = try field(request, "currency")
    guard exchange.account(name) != nil else { throw ControlError("no account is called \(name)") }
    let amount: ExactDecimal
    do throws(JSONError) { amount = try request.decimal("amount") } catch { throw ControlError(error.description) }
    guard amount.isPositive, let signed = try? incoming ? amount : -amount else {
      throw ControlError("amount is not above zero")
    }
    do throws(AccountRefusal) {
      let total = try exchange.move(name, currency: currency, amount: signed)
      return [("total", .string(total.description))]
    } catch {
      throw ControlError("nothing was moved: \(error)")
    }
  }
}
