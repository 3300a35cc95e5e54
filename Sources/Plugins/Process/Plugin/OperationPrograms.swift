public import Broker

/// The programs that carry out single operations of one descriptor.
public struct OperationPrograms: Sendable {
  /// One of them: what it offers, and where its processes come from.
  public struct Program: Sendable {
    var offer: ProgramOffer
    var source: any ProgramSource

    /// A program that offered this.
    public init(offer: ProgramOffer, source: any ProgramSource) {
      self.offer = offer
      self.source = source
    }
  }

  private let programs: [String: Program]
  private let bounds: ProgramBounds
  private let events: ProgramEvents

  /// Programs by their names in the descriptor.
  public init(
    _ programs: [String: Program], bounds: ProgramBounds = ProgramBounds(), events: ProgramEvents = ProgramEvents()
  ) {
    self.programs = programs
    self.bounds = bounds
    self.events = events
  }

  /// Starts the program that is called `name`.
  /// - Throws: ``BrokerError/Code/misconfigured`` when there is none; an error of a ``ProgramFault``.
  @Sendable public func carrier(_ name: String, _ context: CarrierContext) throws(BrokerError) -> any BrokerPlugin {
    guard let program = programs[name] else {
      throw BrokerError(
        .misconfigured, scope: .account, recovery: .never, message: "there is no program \(name)")
    }
    return try ProcessPlugin(program.offer, context, source: program.source, bounds: bounds, events: events)
  }
}
