import ArgumentParser
import Core

/// `nija-sandbox ledger`
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Show what the venues hold; the sandbox may be running or not.")

  @Option(help: "The sandbox's state directory.")
  var state: String
  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    do throws(LedgerError) {
      let ledger = try LedgerReport.state(try LedgerReader.read(directory: state).entries)
      print(json ? LedgerReport.value(ledger).encoded : LedgerTable.text(ledger))
    } catch {
      StandardError.write("nija-sandbox: \(error)\n")
      throw ExitCode(1)
    }
  }
}

/// The ledger for human eyes.
enum LedgerTable {
  static func text(_ state: ExchangeState) -> String {
    state.accountNames.compactMap { state.accounts[$0] }.map { account($0, state) }.joined(separator: "\n")
  }

  private static func account(_ account: VenueAccount, _ state: ExchangeState) -> String {
    let balances = account.totals.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    var lines = ["\(account.name) (\(account.identity)): \(balances.joined(separator: ", "))"]
    lines += account.orders.map { order(state.orders[$0]) }
    lines += account.fills.map { fill(state.fills[$0]) }
    return lines.joined(separator: "\n")
  }

  private static func order(_ order: VenueOrder) -> String {
    let limit = order.ticket.limit.map { " at \($0)" } ?? " at market"
    return "  order \(order.id) \(order.ticket.side.rawValue) \(order.quantity) \(order.ticket.symbol)\(limit): "
      + "\(order.status.rawValue), filled \(order.filled)"
  }

  private static func fill(_ fill: VenueFill) -> String {
    "  fill  \(fill.id) \(fill.side.rawValue) \(fill.quantity) \(fill.symbol) at \(fill.price), "
      + "fee \(fill.fee) \(fill.feeCurrency)"
  }
}
