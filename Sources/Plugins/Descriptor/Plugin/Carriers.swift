internal import Broker
internal import Core

/// What carries out the operations that a descriptor gives to programs: each as the same operation of another plugin,
/// behind this one's limits and in its order of numbers.
struct Carriers: Sendable {
  private let programs: [any BrokerPlugin]
  private let byOperation: [OperationName: any BrokerPlugin]

  init(
    _ client: DescriptorClient, _ ids: ClientIDs, _ spec: PluginSpec, _ context: PluginContext, _ make: CarrierMaker?
  ) throws(BrokerError) {
    let descriptor = client.descriptor
    var programs: [any BrokerPlugin] = []
    var byOperation: [OperationName: any BrokerPlugin] = [:]
    for program in descriptor.programs {
      guard let make else {
        throw BrokerError(
          .misconfigured, scope: .account, recovery: .never,
          message: "operations of \(descriptor.title) are a program's, and programs are not run here")
      }
      let names = descriptor.operations(of: program.name)
      let carrier = try make(program.name, Self.context(client, ids, spec, context, names))
      programs.append(carrier)
      for name in names { byOperation[name] = carrier }
    }
    self.programs = programs
    self.byOperation = byOperation
  }

  private static func context(
    _ client: DescriptorClient, _ ids: ClientIDs, _ spec: PluginSpec, _ context: PluginContext,
    _ names: Set<OperationName>
  ) -> CarrierContext {
    let (limits, delegations) = (client.limits, client.descriptor.delegations)
    let usual = client.descriptor.naming.currencies
    return CarrierContext(
      spec: spec, plugin: context, operations: Set(names.map(\.rawValue)), gate: limits.gate, line: client.line,
      charges: { operation, market in
        let cost = OperationName(rawValue: operation).flatMap { delegations[$0]?.cost }
        return limits.charges(cost ?? [:], market)
      },
      clientOrderID: ids.parse, currency: { usual[$0] ?? $0.uppercased() })
  }

  /// What carries an operation out; `nil` where the descriptor itself does.
  subscript(name: OperationName) -> (any BrokerPlugin)? { byOperation[name] }

  func learn(_ instruments: [Instrument]) { for program in programs { program.learn(instruments) } }
}

extension DescriptorPlugin {
  /// The same for a list that may be asked for market by market.
  func lister(_ name: OperationName) -> (any BrokerPlugin)? {
    let carrier = carriers[name]
    carrier?.follow(markets.followed ?? [])
    return carrier
  }

  /// One that can do what its operation needs.
  func able<Ability>(_ carrier: any BrokerPlugin, _: Ability.Type, _ name: OperationName) throws(BrokerError) -> Ability
  {
    guard let able = carrier as? Ability else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: name.rawValue,
        message: "what carries out \(name.rawValue) cannot")
    }
    return able
  }
}
