import Broker
import Conformance
import Core
import Descriptor
import Foundation
import Testing

@testable import Host
@testable import ProcessPlugins

/// Single operations of a descriptor as programs: proven by the suite that proves whole plugins.
@Suite(.serialized) struct OperationProgramTests {
  /// With nonces, counters by market, and look-ups by the program: at the sandbox's own Kraken, whose protocol it speaks.
  private static let ofKraken = [
    "balances", "place", "open_orders", "closed_orders", "order", "order_by_client_id",
  ]

  @Test(.timeLimit(.minutes(6))) func `Kraken's descriptor with six operations in Python passes every case`()
    async throws
  {
    let mixed = try MixedDescriptor("kraken", Self.ofKraken, by: "kraken.py")
    try await Self.prove(mixed, atLeast: 100)
  }

  /// At the venue that the sandbox makes from the very file: what is said beside `process` is what it takes and answers.
  @Test(.timeLimit(.minutes(6))) func `Binance's descriptor with balances and orders in Python passes every case`()
    async throws
  {
    let mixed = try MixedDescriptor("binance", ["balances", "place"], by: "binance_operations.py")
    try await Self.prove(mixed, atLeast: 100)
  }

  /// An operation that only its program knows: the file says its kinds, its cost and nothing else.
  @Test(.timeLimit(.minutes(3))) func `operations without a call are the program's alone`() async throws {
    let kinds = "limit: {}, limit_ioc: {}, limit_post_only: {}, market: {}"
    let mixed = try MixedDescriptor(
      "kraken",
      [
        "balances: {process: py, effect: safe, cost: {rest: 1}}",
        "place: {process: py, effect: unsafe, kinds: {\(kinds)}, cost: {engine: 1}}",
        "open_orders: {process: py, effect: safe, cost: {rest: 1}}",
        "closed_orders: {process: py, effect: safe, cost: {rest: 1}}",
        "order: {process: py, effect: safe, cost: {rest: 1}}",
        "order_by_client_id: {process: py, effect: safe, cost: {rest: 1}, then: [open_orders]}",
      ], by: "kraken.py",
      changes: [
        ("fill_or_kill, good_till_date, ", ""), ("quote_amounts, ", ""), ("stop_loss_limit, stop_loss_market, ", ""),
        ("take_profit_limit, take_profit_market, ", ""), ("  order_status: {}\n", ""),
      ])
    #expect(mixed.descriptor.undescribed.count == 6 && mixed.descriptor.capabilities.contains(.orderDeadline))
    let cases = ConformanceSuite.cases.filter {
      ["to the last digit", "is found", "in doubt", "not declared", "post-only", "market order"].contains(
        where: $0.name.contains)
    }
    try await Self.prove(mixed, cases, atLeast: 15)
  }

  private static func prove(
    _ mixed: MixedDescriptor, _ cases: [ConformanceCase] = ConformanceSuite.cases, atLeast passed: Int
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nija-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "mixed.yaml")
    try mixed.text.write(to: file, atomically: true, encoding: .utf8)
    let report = try await Ground.withChildren { children in
      let offer = try await mixed.offer(children)
      let kind = mixed.kind(
        offer, ProgramStarter(program: mixed.program, children: children, grace: .milliseconds(500)),
        events: ProgramEvents(failed: { if $0 != .ended { print("\(mixed.descriptor.name): \($0)") } }))
      var venues = SandboxConformanceVenues(
        programs: SandboxPrograms.programs, children: children, kind, at: offer.standIn)
      if offer.standIn == nil { venues.descriptor = file.path }
      let transport = try CurlTransport(.conformance)
      let report = await ConformanceSuite(kind, venues: venues, transport: transport).run(cases)
      await transport.shutdown(within: .seconds(1))
      return report
    }
    print(
      "conformance \(mixed.descriptor.name), \(mixed.descriptor.delegations.count) by a program: \(report.closingLine)")
    for failure in report.failures {
      if case .failed(let mismatch) = failure.outcome { Issue.record("\(failure.name): \(mismatch)") }
    }
    #expect(report.passed >= passed)
  }

  @Test(.timeLimit(.minutes(1))) func `what a program does not offer is told when it is asked`() async throws {
    let mixed = try MixedDescriptor("binance", ["balances", "fees"], by: "binance_operations.py")
    await #expect(throws: ProgramFault.badHandshake("it does not carry out fees")) {
      try await Ground.withChildren { children in _ = try await mixed.offer(children) }
    }
  }

  @Test func `without anybody to run its programs such a descriptor makes no plugin`() throws {
    let mixed = try MixedDescriptor("binance", ["balances"], by: "binance_operations.py")
    #expect(throws: BrokerError.self) { _ = try PluginKind(mixed.descriptor).make(try Ground.context([:])) }
  }
}
