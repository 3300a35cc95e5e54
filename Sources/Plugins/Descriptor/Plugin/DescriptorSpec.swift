internal import Broker
internal import Core

/// What a descriptor's plugin declares, and what an account's settings make of it.
enum DescriptorSpec {
  /// How many candles are asked for where the venue has no bound.
  static let candleLimit = 1_000

  static func spec(_ descriptor: Descriptor) -> PluginSpec {
    PluginSpec(
      declaration: PluginDeclaration(
        name: descriptor.name, title: descriptor.title, credentials: descriptor.credentials,
        options: options(descriptor), capabilities: capabilities(descriptor).map(\.rawValue).sorted(),
        defaultEndpoint: descriptor.hosts.first?.endpoint.description, candles: descriptor.words.intervals.keys.sorted()
      ),
      clientOrderIDs: descriptor.clientIDs, candleLimit: descriptor[.candles]?.call.most ?? candleLimit,
      neededPermissions: needed(descriptor), visibilityBound: descriptor.visibilityBound,
      orderLifetime: descriptor.orderLifetime)
  }

  /// Orders are found by our ids in every case: by a call, or in the lists that a descriptor must have then.
  private static func capabilities(_ descriptor: Descriptor) -> Set<Capability> {
    descriptor.capabilities.union([.orderByClientID])
  }

  static let query = "query"
  static let trade = "trade"
  static let withdraw = "withdraw"

  /// The names of the rights that the descriptor reads.
  private static func needed(_ descriptor: Descriptor) -> [String] {
    // A program names them by the same words.
    if descriptor.delegations[.permissions] != nil { return [query, trade] }
    let fields = descriptor[.permissions]?.call.fields ?? [:]
    return [query, trade].filter { fields[$0] != nil }
  }

  /// The option that says where a further host is.
  static func endpointOption(_ host: Descriptor.Host) -> String { host.name + "_endpoint" }

  private static func options(_ descriptor: Descriptor) -> [FieldSpec] {
    var options = descriptor.hosts.dropFirst().map { host in
      FieldSpec(
        endpointOption(host), .word(.endpoint), default: host.endpoint.description,
        doc: "The base address of \(descriptor.title)'s host \(host.name).")
    }
    if let scale = descriptor.nonceScale {
      options.append(
        FieldSpec(
          NonceScale.optionName, .choice(NonceScale.allCases.map(\.rawValue)), default: scale.rawValue,
          doc: "What the key's nonces count: change it only for a key that another program used, for ever."))
    }
    return options
  }

  /// The hosts' addresses for one account. An account that was sent to this machine, to a sandbox, finds all hosts there
  /// unless it says otherwise: no call of it leaves for the real venue.
  static func endpoints(_ descriptor: Descriptor, _ context: PluginContext) throws(BrokerError) -> [Broker.Endpoint] {
    var endpoints = [context.endpoint]
    for host in descriptor.hosts.dropFirst() {
      if let text = context.options[endpointOption(host)] {
        let endpoint = try Broker.Endpoint(parsing: text)
        let isDefault = endpoint.description == host.endpoint.description
        endpoints.append(isDefault && context.endpoint.isLoopback ? context.endpoint : endpoint)
      } else {
        endpoints.append(context.endpoint.isLoopback ? context.endpoint : host.endpoint)
      }
    }
    return endpoints
  }

  /// All slots or none.
  static func check(_ descriptor: Descriptor, _ credentials: [String: Secret]) throws(BrokerError) {
    guard !credentials.isEmpty else { return }
    let missing = descriptor.credentials.map(\.name).filter { credentials[$0]?.isEmpty ?? true }
    guard missing.isEmpty else {
      throw BrokerError(
        .misconfigured, scope: .account, recovery: .never,
        message: "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing",
        nextStep: "give all credentials of one key")
    }
  }
}
