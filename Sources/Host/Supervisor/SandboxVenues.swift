import Config
import Core
import Messages

/// What a running `nija-sandbox` announced, and the accounts it opened for us.
struct SandboxVenues: Sendable {
  /// An account at a venue of the sandbox, with keys that end with the host.
  struct Account: Sendable {
    var credentials: [String: Secret]
  }

  /// Base addresses by plugin.
  var endpoints: [String: String]
  /// The market clock that its candles follow.
  var clock: MarketClock
  /// Its control socket.
  var control: String
  /// By the account's id: open, or why not.
  var accounts: [String: Result<Account, SandboxFault>] = [:]

  /// Reads the line that the sandbox prints when it is ready.
  init(announcement line: String) throws(SandboxFault) {
    do {
      let json = try JSON(parsing: line)
      guard try json.string("format") == "nija-sandbox/1" else {
        throw SandboxFault("nija-sandbox speaks another format; rebuild it with the host")
      }
      endpoints = [:]
      for (venue, _) in try json.object("endpoints").members ?? [] {
        endpoints[venue] = try json.object("endpoints").string(venue)
      }
      clock = try MarketClock(try json.object("market_clock"))
      control = try json.string("control")
    } catch let fault as SandboxFault {
      throw fault
    } catch {
      throw SandboxFault("nija-sandbox announced itself in a way that cannot be read: \(error)")
    }
  }
}

/// Why the sandbox, or an account in it, is not there.
struct SandboxFault: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Asks a running sandbox for accounts. Waits, so it runs where waiting is fine.
struct SandboxControl: ~Copyable {
  private var socket: LineSocket

  init(_ path: String) throws(SandboxFault) {
    do {
      socket = try LineSocket(connectingTo: path, limit: 5)
    } catch {
      throw SandboxFault("the sandbox's control socket: \(error)")
    }
  }

  /// Opens an account at a venue, with play money the first time.
  mutating func open(_ account: SandboxRequest) throws(SandboxFault) -> SandboxVenues.Account {
    let request: JSONValue = [
      "do": "open_account", "venue": .string(account.venue), "account": .string(account.id),
      "funds": .object([(key: account.currency, value: .string(account.funds))]),
    ]
    do {
      let answer = try JSON(parsing: try socket.ask(request.encoded))
      guard answer["ok"]?.boolean == true else {
        throw SandboxFault(try answer.optionalString("error") ?? "the sandbox refused to open the account")
      }
      var credentials: [String: Secret] = [:]
      for (slot, value) in try answer.object("credentials").members ?? [] {
        credentials[slot] = Secret(Array((value.text ?? "").utf8))
      }
      return SandboxVenues.Account(credentials: credentials)
    } catch let fault as SandboxFault {
      throw fault
    } catch {
      throw SandboxFault("the sandbox's answer to open_account: \(error)")
    }
  }
}

/// An account to be opened.
struct SandboxRequest: Hashable, Sendable {
  var id: String
  var venue: String
  var currency: String
  var funds: String

  /// For every account of a manifest that runs on the sandbox: 10000 for a master, 1000 for a user.
  static func all(in manifest: Manifest) -> [SandboxRequest] {
    manifest.accounts.filter { $0.mode == .sandbox && Holds.hold(for: $0, isLive: false) == nil }.map { plan in
      SandboxRequest(
        id: plan.id, venue: plan.sandboxVenue, currency: plan.markets.quote,
        funds: plan.role == .master ? "10000.00" : "1000.00")
    }
  }
}
