public import Core

/// The vocabulary: what a brokerage can be asked.
public enum OperationName: String, Hashable, Sendable, CaseIterable {
  case serverTime = "server_time"
  case instruments, tickers, ticker
  case orderBook = "order_book"
  case candles, balances, fees, permissions, place, cancel
  case cancelByClientID = "cancel_by_client_id"
  case cancelAll = "cancel_all"
  case openOrders = "open_orders"
  case closedOrders = "closed_orders"
  case order
  case orderByClientID = "order_by_client_id"
  case fills
  case fillsOfOrder = "fills_of_order"
  case deadManSwitch = "dead_man_switch"
}

/// What doing it twice does.
public enum Effect: String, Hashable, Sendable, CaseIterable {
  /// Nothing: it only asks.
  case safe
  /// No more than doing it once.
  case idempotent
  /// It again: never sent twice.
  case unsafe
}

/// One operation: the calls it makes and what is read from their answers.
public struct Operation: Hashable, Sendable {
  /// Which one.
  public var name: OperationName
  /// What doing it twice does.
  public var effect: Effect
  /// The call and what is read from its answer.
  public var call: Call
  /// Further calls whose rows are added.
  public var also: [Call]
  /// One call for each of these.
  public var each: FanOut?
  /// The lists that are searched when `order_by_client_id` finds none.
  public var then: [OperationName]
}

/// One call: the request it makes, and how its answer is read.
public struct Call: Hashable, Sendable {
  /// The host by its place in ``Descriptor/hosts``.
  public var host: Int
  /// `GET`, `POST`, `PUT`, `DELETE`.
  public var method: String
  /// From `/` on.
  public var path: Template
  /// Whether it is signed.
  public var isSigned: Bool
  /// Parameters behind the `?`.
  public var query: [Parameter]
  /// Whether the query is sent without percent-encoding.
  public var isRawQuery: Bool
  /// What is sent as the body or handed to signing.
  public var carrier: Carrier
  /// Further headers.
  public var headers: [Parameter]
  /// What it adds to which counters, by name.
  public var cost: [String: Int]
  /// Where its rows are; `nil` when the answer is one thing.
  public var rows: Path?
  /// Which rows count.
  public var filter: [Condition]
  /// Whether candles come newest first.
  public var isNewestFirst: Bool
  /// What is read, by the field's name. `order_book` has `bids` and `asks`, whose rows ``levelFields`` reads.
  public var fields: [String: Reading]
  /// Of an order book: `price` and `quantity` of a row.
  public var levelFields: [String: Reading]
  /// Of an order book: where what others pay is.
  public var bids: Path?
  /// Of an order book: where what others ask is.
  public var asks: Path?
  /// How further pages are asked for.
  public var paging: Paging?
  /// How far on from its beginning the venue looks at most: longer spans are asked for in pieces.
  public var window: Duration? = nil
  /// The most candles that one call gives, where the venue has a bound.
  public var most: Int? = nil
}

/// A parameter by name.
public struct Parameter: Hashable, Sendable {
  /// As the venue calls it.
  public var name: String
  /// Its text.
  public var value: Template

  /// A parameter.
  public init(name: String, value: Template) {
    self.name = name
    self.value = value
  }
}

/// What a call carries besides its query.
public enum Carrier: Hashable, Sendable {
  /// Nothing.
  case none
  /// `a=1&b=2` as the body.
  case form([Parameter])
  /// A JSON document as the body.
  case json(Tree)
  /// A JSON object that signing places.
  case payload(Tree)
}

/// A JSON document with variables in it.
public indirect enum Tree: Hashable, Sendable {
  /// Text, or a variable that keeps its type.
  case text(Template)
  /// A literal that is no text: a number as written, `true`, `false`, `null`.
  case literal(String)
  /// `[…]`; elements whose variables are absent are left out.
  case list([Tree])
  /// `{…}` in the order written; members whose variables are absent are left out.
  case object([Member])

  /// A member of an object.
  public struct Member: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: Tree

    /// A member.
    public init(name: String, value: Tree) {
      self.name = name
      self.value = value
    }
  }
}

/// Text with variables in it.
public struct Template: Hashable, Sendable {
  /// A piece of it.
  public enum Piece: Hashable, Sendable {
    /// As it is.
    case text(String)
    /// The variable of this name.
    case variable(String, Filter)
  }
  /// What is done to a variable's text.
  public enum Filter: String, Hashable, Sendable, CaseIterable {
    /// Nothing.
    case none = ""
    /// `{name:upper}`
    case upper
    /// `{name:lower}`
    case lower
    /// `{name:number}`: a JSON number.
    case number
  }
  /// Its pieces in order.
  public var pieces: [Piece]

  /// A text of these pieces.
  public init(pieces: [Piece]) { self.pieces = pieces }

  /// The names of its variables.
  public var variables: [String] {
    pieces.compactMap { if case .variable(let name, _) = $0 { name } else { nil } }
  }
}

/// One call for each row of another call's answer, or for each market of the account.
public enum FanOut: Hashable, Sendable {
  /// The rows of a first call, at most so many; each is the variable `each`.
  case rows(Call, most: Int)
  /// Every market that the account has to do with.
  case followed
}

/// How the pages of a list are asked for; more than ``most`` pages are an error.
public struct Paging: Hashable, Sendable {
  /// What tells the next page.
  public enum Method: Hashable, Sendable {
    /// A value of the answer, or a header, until it is absent or empty: the variable `page`.
    case cursor(Path)
    /// How many rows were read before: the variable `offset`; ends at this total, or with a page that is not full.
    case offset(total: Path?, size: Int?)
    /// The page's number from 1 on: the variable `page`; ends with a page that is not full.
    case page(size: Int)
    /// A value of the last row: the variable `last`; ends with a page that is not full.
    case last(Path, size: Int)
  }
  /// What tells the next page.
  public var method: Method
  /// Parameters of pages after the first, put to the query, form or JSON object of the call.
  public var send: [Parameter]
  /// The most pages.
  public var most: Int
  /// Rows of a full page where a cursor tells the next, for `{limit}`.
  public var cursorSize: Int? = nil
}

/// An order kind, and the side it is for when it differs between them.
public struct OrderKindKey: Hashable, Sendable {
  /// Kinds that have forms of their own.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case limit
    case limitImmediateOrCancel = "limit_ioc"
    case limitFillOrKill = "limit_fok"
    case limitGoodTillDate = "limit_gtd"
    case limitPostOnly = "limit_post_only"
    case market
    case marketQuote = "market_quote"
    case stopLoss = "stop_loss"
    case stopLossLimit = "stop_loss_limit"
    case takeProfit = "take_profit"
    case takeProfitLimit = "take_profit_limit"
  }
  /// The kind.
  public var kind: Kind
  /// The side; `nil` for both.
  public var side: Side?

  /// A kind for one side, or for both.
  public init(kind: Kind, side: Side? = nil) {
    self.kind = kind
    self.side = side
  }
}

/// What a kind of order adds to the variables of `place`.
public struct OrderKindForm: Hashable, Sendable {
  /// Texts, templates or whole trees by variable.
  public var variables: [String: Tree]
}
