import Broker
import Core

@testable import Conformance

/// An operation of the matrix: what must be there first, what is done under the fault, what must be true afterwards.
struct MatrixOperation: Sendable {
  enum Nature: Sendable {
    /// Asks without a key.
    case publicQuestion
    /// Asks about an account that was prepared for all.
    case question
    /// Changes an account of its own.
    case change
  }

  let name: String
  let nature: Nature
  var capability: Capability?
  let prepare: @Sendable (MatrixTrial) async throws -> Prepared

  /// What is ready to be done.
  struct Prepared: Sendable {
    /// Under the fault; what it answers, in words.
    let perform: @Sendable () async throws(BrokerError) -> String
    /// Which rules the outcome breaks, by the venue's ledger.
    let judge: @Sendable (Result<String, BrokerError>) async throws -> [String]
  }
}

/// What a cell works with.
struct MatrixTrial: Sendable {
  let trial: Trial
  /// The account whose calls are struck.
  let account: TrialAccount
  let fault: MatrixFault
  /// What the question is answered with when nothing is wrong.
  let baseline: String
  /// Whether the operation places orders.
  var isOrder = false

  var plugin: any BrokerPlugin { account.plugin }
  /// The filled order of an account that questions are about.
  func prepared() async throws -> AccountFacts.Order {
    guard let order = try await account.facts().orders.first(where: { $0.filled.isPositive }) else {
      throw Mismatch(expected: "a filled order", seen: "none")
    }
    return order
  }
  /// Another key of the account, with its own budget and nothing in its way.
  func lookOut() async throws -> TrialAccount { try await account.anotherKey() }
}

extension MatrixOperation {
  static let all = publicQuestions + questions + changes

  // MARK: Questions

  /// A question whose answer is compared with the one without a fault.
  private static func question(
    _ name: String, _ nature: Nature = .question, _ capability: Capability? = nil,
    _ ask: @escaping @Sendable (MatrixTrial) async throws(BrokerError) -> String
  ) -> MatrixOperation {
    MatrixOperation(name: name, nature: nature, capability: capability) { cell in
      comparing(cell) { () throws(BrokerError) in try await ask(cell) }
    }
  }

  private static func comparing(
    _ cell: MatrixTrial, _ ask: @escaping @Sendable () async throws(BrokerError) -> String
  ) -> Prepared {
    Prepared(perform: ask) { outcome in
      switch outcome {
      case .success(let answer): isRight(answer, cell) ? [] : ["an answer that is not right: \(answer.prefix(160))"]
      case .failure(let error): error.mayHaveExecuted ? ["a question that may have executed"] : []
      }
    }
  }

  /// Whether a question may be answered so.
  private static func isRight(_ answer: String, _ cell: MatrixTrial) -> Bool {
    if answer == cell.baseline { return true }
    return switch cell.fault.text {
    // The one word that is exchanged is told as what it is.
    case "garbage:unknown_status": answer.contains("unknown") || answer == "markets that take nothing"
    // "I know no such order" and "I know no such call" are answers.
    case "error:EOrder:Unknown order", "error:EOrder:Invalid order", "error_after:EOrder:Unknown order",
      "error_after:EOrder:Invalid order", "error:NOT_FOUND", "error:INVALID_ARGUMENT",
      "error:EGeneral:Unknown method",
      "unknown_method:GetApiKeyInfo", "unknown_method:GET /key_permissions":
      answer == "[]" || answer.contains("canWithdraw: nil")
    case let text where text.hasPrefix("permission_removed"): answer.contains("missing: [\"")
    case let text where text.hasPrefix("clock_skew"): answer.hasPrefix("time ")
    case "maintenance", "cancel_only", "post_only":
      answer == "status \(cell.fault.text)" || answer.hasPrefix("markets ")
    default: false
    }
  }

  private static let publicQuestions = [
    question("fetchServerTime", .publicQuestion) { (cell) throws(BrokerError) in
      let told = try await cell.plugin.fetchServerTime()
      let off = (told - cell.trial.now).components.seconds
      return abs(off) <= 5 ? "the time" : "time \(off) s off"
    },
    question("fetchInstruments", .publicQuestion) { (cell) throws(BrokerError) in
      let markets = try await cell.plugin.fetchInstruments().sorted { $0.symbol < $1.symbol }
      let online = markets.filter { $0.status == .online }
      return online.isEmpty ? "markets that take nothing" : "\(markets)"
    },
    question("fetchTickers", .publicQuestion) { (cell) throws(BrokerError) in
      let tickers = try await cell.plugin.fetchTickers()
      guard tickers.allSatisfy({ $0.last.value.isPositive && $0.volume24h.value.isPositive }) else { return "zero" }
      return "\(tickers.map(\.symbol).sorted())"
    },
    question("fetchQuote", .publicQuestion) { (cell) throws(BrokerError) in
      let quote = try await cell.plugin.fetchQuote(cell.trial.market.symbol)
      return quote.bid.value.isPositive && quote.bid < quote.ask ? "a quote" : "\(quote)"
    },
    question("fetchOrderBook", .publicQuestion) { (cell) throws(BrokerError) in
      let book = try await cell.plugin.fetchOrderBook(cell.trial.market.symbol, depth: 5)
      let levels = book.bids + book.asks
      return levels.allSatisfy { $0.price.value.isPositive && $0.quantity.value.isPositive }
        ? "\(book.bids.count) bids, \(book.asks.count) asks" : "\(book)"
    },
    question("fetchCandles", .publicQuestion) { (cell) throws(BrokerError) in
      let now = cell.trial.venue.marketClock.time(atWall: WallClock().now)
      let candles = try await cell.plugin.fetchCandles(
        cell.trial.market.symbol, interval: .seconds(86_400), limit: 5, marketNow: now)
      return "\(candles)"
    },
  ]

  private static let questions = [
    question("fetchPermissions", .question, .permissions) { (cell) throws(BrokerError) in
      "\(try await cell.plugin.fetchPermissions())"
    },
    question("fetchBalances") { (cell) throws(BrokerError) in
      "\(try await cell.plugin.fetchBalances().sorted { $0.currency < $1.currency })"
    },
    question("fetchFees") { (cell) throws(BrokerError) in
      "\(try await cell.plugin.fetchFees(cell.trial.market.symbol))"
    },
    question("fetchOpenOrders") { (cell) throws(BrokerError) in "\(try await cell.plugin.fetchOpenOrders())" },
    question("fetchClosedOrders") { (cell) throws(BrokerError) in
      "\(try await cell.plugin.fetchClosedOrders(since: cell.account.began - .seconds(7_200)))"
    },
    question("fetchFills(since:)") { (cell) throws(BrokerError) in
      "\(try await cell.plugin.fetchFills(since: cell.account.began - .seconds(7_200)))"
    },
    question("fetchLedger", .question, .ledger) { (cell) throws(BrokerError) in
      guard let plugin = cell.plugin as? any ReadsLedger else { return "no ability" }
      return "\(try await plugin.fetchLedger(since: cell.account.began - .seconds(7_200)))"
    },
    question("fetchVenueStatus", .question, .venueStatus) { (cell) throws(BrokerError) in
      guard let plugin = cell.plugin as? any ReportsVenueStatus else { return "no ability" }
      return "status \(try await plugin.fetchVenueStatus().rawValue)"
    },
    about("fetchOrders(.venue)") { (cell, id) throws(BrokerError) in "\(try await cell.plugin.fetchOrders(.venue(id)))"
    },
    about("fetchFills(of:)") { (cell, id) throws(BrokerError) in "\(try await cell.plugin.fetchFills(of: id))" },
    MatrixOperation(name: "fetchOrders(.client)", nature: .question, capability: .orderByClientID) { cell in
      let order = try await cell.prepared()
      guard let id = order.clientOrderID else { throw Mismatch(expected: "an order of ours", seen: "\(order)") }
      return comparing(cell) { () throws(BrokerError) in
        "\(try await cell.plugin.fetchOrders(.client(id, since: cell.account.began - .seconds(7_200))))"
      }
    },
  ]

  /// A question about the filled order of the prepared account.
  private static func about(
    _ name: String, _ ask: @escaping @Sendable (MatrixTrial, VenueOrderID) async throws(BrokerError) -> String
  ) -> MatrixOperation {
    MatrixOperation(name: name, nature: .question) { cell in
      let id = try await cell.prepared().id
      return comparing(cell) { () throws(BrokerError) in try await ask(cell, id) }
    }
  }
}
