internal import Broker
internal import Core

extension Descriptor {
  /// Whether both do the same: everything is alike but the words for people and the tests.
  public func behaves(as other: Descriptor) -> Bool {
    guard name == other.name, hosts == other.hosts, slots == other.slots, capabilities == other.capabilities,
      naming == other.naming, clientIDs == other.clientIDs, orderLifetime == other.orderLifetime,
      visibilityBound == other.visibilityBound, nonceScale == other.nonceScale, signing == other.signing
    else { return false }
    return operations == other.operations && fees == other.fees && orderKinds == other.orderKinds
      && words == other.words && failures == other.failures && limits == other.limits
      && programs == other.programs && delegations == other.delegations
  }

  private var slots: [[String]] { credentials.map { [$0.name] + $0.formats.map(\.rawValue) } }

  /// Fixed fees in digits.
  private var fees: [String] {
    guard let fixedFees else { return [] }
    return [fixedFees.maker.description, fixedFees.taker.description]
  }
}

extension Descriptor {
  /// The operations that the feed of the brokerage asks and that are signed. It has no key, so that an account would wait
  /// for it for ever.
  public var keyedFeed: [OperationName] {
    let asked: [OperationName] = [.serverTime, .instruments, .tickers, .ticker, .candles]
    return asked.filter { name in operations[name]?.calls.contains { $0.call.isSigned } == true }
  }
}
