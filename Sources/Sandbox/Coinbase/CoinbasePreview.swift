import Core

extension CoinbaseOrderDesk {
  /// `POST /orders/preview`: what an order would cost; problems are in `errs`. Nothing is kept.
  func preview(_ body: [UInt8]) throws(CoinbaseError) -> JSONValue {
    let form = try CoinbaseOrderForm(body, isPreview: true)
    var problem: CoinbaseRejection?
    var estimate = Estimate()
    do throws(CoinbaseRejection) {
      if wantedError == "PreviewOrder_insufficient_fund" { throw .insufficientFund }
      let ticket = try form.ticket(rules, now: exchange.now(at: rules.name))
      estimate = self.estimate(ticket)
      try check(ticket, sizedInQuote: form.configuration.isSizedInQuote)
    } catch {
      problem = error
    }
    return shown(form, estimate, problem)
  }

  private func check(_ ticket: OrderTicket, sizedInQuote: Bool) throws(CoinbaseRejection) {
    try checkConditions(ticket)
    do throws(OrderRefusal) {
      try exchange.check(ticket, account: account.name)
    } catch {
      throw CoinbaseRejection(error, sizedInQuote: sizedInQuote)
    }
  }

  /// What the book would give now, the rest resting at its limit.
  struct Estimate {
    var quantity = ExactDecimal.zero
    var cost = ExactDecimal.zero
    var fees = ExactDecimal.zero
    var bid: ExactDecimal?
    var ask: ExactDecimal?
    var total: ExactDecimal?
    var averagePrice: ExactDecimal? {
      quantity.isPositive ? try? cost.divided(by: quantity, places: CoinbaseText.pricePlaces, .nearest) : nil
    }
  }

  /// Amounts too large to be computed are left out: `check` says what is wrong with them.
  func estimate(_ ticket: OrderTicket) -> Estimate {
    guard let listing = rules.listing(ticket.symbol),
      let book = exchange.book(listing, venue: rules.name, depth: ExchangeCore.matchingDepth)
    else { return Estimate() }
    var estimate = Estimate(bid: book.bids.first?.price, ask: book.asks.first?.price)
    let matching = Matching(money: Money(rules: rules), listing: listing, ticket: ticket)
    do throws(DecimalError) {
      var executions = ticket.postOnly ? [] : try matching.take(from: book.opposite(of: ticket.side))
      if case .base(let wanted) = ticket.size, let limit = ticket.limit {
        var rest = wanted
        for execution in executions { rest = try rest - execution.quantity }
        if rest.isPositive { executions.append(try matching.execute(rest, at: limit, isMaker: true)) }
      }
      for execution in executions {
        estimate.quantity = try estimate.quantity + execution.quantity
        estimate.cost = try estimate.cost + execution.cost
        estimate.fees = try estimate.fees + execution.fee
      }
      estimate.total = ticket.side == .buy ? try estimate.cost + estimate.fees : try estimate.cost - estimate.fees
    } catch {
      return Estimate(bid: estimate.bid, ask: estimate.ask)
    }
    return estimate
  }

  private func shown(
    _ form: CoinbaseOrderForm, _ estimate: Estimate, _ problem: CoinbaseRejection?
  ) -> JSONValue {
    let now = exchange.now(at: rules.name)
    let id = IDText.uuid(Noise(seed: UInt64(bitPattern: now.nanoseconds), name: account.identity).key, salt: 5)
    return [
      "order_total": .string(estimate.total?.description ?? "0"), "commission_total": .string("\(estimate.fees)"),
      "errs": .array(problem.map { [.string($0.previewReason)] } ?? []), "warning": [],
      "quote_size": .string("\(estimate.cost)"), "base_size": .string("\(estimate.quantity)"),
      "best_bid": .string(estimate.bid?.description ?? ""), "best_ask": .string(estimate.ask?.description ?? ""),
      "is_max": .boolean(false), "order_margin_total": "0", "leverage": "", "long_leverage": "", "short_leverage": "",
      "slippage": "0", "preview_id": .string(problem == nil ? id : ""),
      "est_average_filled_price": .string(estimate.averagePrice?.description ?? ""),
    ]
  }
}
