public import Broker
public import Core

/// What a venue's ledger holds of one account: the truth that a plugin's answers are compared with.
public struct AccountFacts: Hashable, Sendable {
  /// An order as the venue keeps it.
  public struct Order: Hashable, Sendable {
    /// The venue's name.
    public var id: VenueOrderID
    /// Our name, where it is of our form.
    public var clientOrderID: ClientOrderID?
    /// Our name as it was sent.
    public var clientText: String?
    /// The market.
    public var symbol: Symbol?
    /// Buy or sell.
    public var side: Side?
    /// In coins; `nil` where the venue counts it otherwise.
    public var quantity: ExactDecimal?
    /// The limit, where it has one.
    public var limit: ExactDecimal?
    /// In coins.
    public var filled: ExactDecimal
    /// The venue's word, `open` while it rests.
    public var status: String

    /// An order as kept.
    public init(
      id: VenueOrderID, clientOrderID: ClientOrderID?, clientText: String? = nil, symbol: Symbol?, side: Side?,
      quantity: ExactDecimal?, limit: ExactDecimal?, filled: ExactDecimal, status: String
    ) {
      self.id = id
      self.clientOrderID = clientOrderID
      self.clientText = clientText
      self.symbol = symbol
      self.side = side
      self.quantity = quantity
      self.limit = limit
      self.filled = filled
      self.status = status
    }

    /// Whether it can still fill.
    public var isOpen: Bool { status == "open" || status == "pending" || status == "untriggered" }
  }

  /// An execution as the venue keeps it.
  public struct Fill: Hashable, Sendable {
    /// The venue's name of it.
    public var id: String
    /// The order it belongs to.
    public var order: VenueOrderID
    /// Per coin.
    public var price: ExactDecimal
    /// In coins.
    public var quantity: ExactDecimal
    /// What the venue took.
    public var fee: ExactDecimal
    /// The currency the fee was taken in.
    public var feeCurrency: String

    /// An execution as kept.
    public init(
      id: String, order: VenueOrderID, price: ExactDecimal, quantity: ExactDecimal, fee: ExactDecimal,
      feeCurrency: String
    ) {
      self.id = id
      self.order = order
      self.price = price
      self.quantity = quantity
      self.fee = fee
      self.feeCurrency = feeCurrency
    }
  }

  /// Every order, oldest first.
  public var orders: [Order]
  /// Every execution, oldest first.
  public var fills: [Fill]
  /// All of each currency, what is held included.
  public var totals: [String: ExactDecimal]

  /// Facts as kept.
  public init(orders: [Order], fills: [Fill], totals: [String: ExactDecimal]) {
    self.orders = orders
    self.fills = fills
    self.totals = totals
  }

  /// The orders that bear our name, which goes over the wire by this rule.
  public func orders(named id: ClientOrderID, _ rule: ClientOrderIDRule? = nil) -> [Order] {
    let text = rule?.render(id)
    return orders.filter { $0.clientOrderID == id || text != nil && $0.clientText == text }
  }
  /// The orders that can still fill.
  public var open: [Order] { orders.filter(\.isOpen) }
}
