/// The best bid and ask of an instrument at an instant.
public struct Quote: Hashable, Sendable {
  /// The market.
  public var symbol: Symbol
  /// The best price somebody pays.
  public var bid: Price
  /// The best price somebody asks.
  public var ask: Price
  /// When we received it (protocol clock), since not every venue says.
  public var asOf: Timestamp

  /// A quote as received at `asOf`.
  public init(symbol: Symbol, bid: Price, ask: Price, asOf: Timestamp) {
    self.symbol = symbol
    self.bid = bid
    self.ask = ask
    self.asOf = asOf
  }
}

/// One row of a venue's all-markets ticker: enough to choose the markets worth a candle call.
public struct Ticker: Hashable, Sendable {
  /// The market.
  public var symbol: Symbol
  /// The best bid, where the venue's all-markets call tells it.
  public var bid: Price?
  /// The best ask, where the venue's all-markets call tells it.
  public var ask: Price?
  /// The price of the last trade.
  public var last: Price
  /// Base quantity traded in the last 24 hours.
  public var volume24h: Quantity
  /// When we received it (protocol clock).
  public var asOf: Timestamp

  /// A ticker row as received at `asOf`.
  public init(symbol: Symbol, bid: Price?, ask: Price?, last: Price, volume24h: Quantity, asOf: Timestamp) {
    self.symbol = symbol
    self.bid = bid
    self.ask = ask
    self.last = last
    self.volume24h = volume24h
    self.asOf = asOf
  }

  /// Bid and ask, when the ticker has both.
  public var quote: Quote? {
    guard let bid, let ask else { return nil }
    return Quote(symbol: symbol, bid: bid, ask: ask, asOf: asOf)
  }
}

/// The best offers of a market, as the venue aggregates them.
public struct OrderBook: Hashable, Sendable {
  /// So much at one price.
  public struct Level: Hashable, Sendable {
    /// The price.
    public var price: Price
    /// All that is offered there, in base units.
    public var quantity: Quantity

    /// A level.
    public init(price: Price, quantity: Quantity) {
      self.price = price
      self.quantity = quantity
    }
  }

  /// The market.
  public var symbol: Symbol
  /// What others pay, the highest first.
  public var bids: [Level]
  /// What others ask, the lowest first.
  public var asks: [Level]
  /// When we received it (protocol clock).
  public var asOf: Timestamp

  /// A book as received at `asOf`.
  public init(symbol: Symbol, bids: [Level], asks: [Level], asOf: Timestamp) {
    self.symbol = symbol
    self.bids = bids
    self.asks = asks
    self.asOf = asOf
  }
}

/// What a market did in one interval. Lists of candles are oldest first and hold completed candles only.
public struct Candle: Hashable, Sendable {
  /// When the interval began (market clock).
  public var start: Timestamp
  /// First price.
  public var open: Price
  /// Highest price.
  public var high: Price
  /// Lowest price.
  public var low: Price
  /// Last price.
  public var close: Price
  /// Base quantity traded.
  public var volume: Quantity

  /// A candle that began at `start`.
  public init(start: Timestamp, open: Price, high: Price, low: Price, close: Price, volume: Quantity) {
    self.start = start
    self.open = open
    self.high = high
    self.low = low
    self.close = close
    self.volume = volume
  }
}
