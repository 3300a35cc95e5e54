import Core

/// A fault by its name: what may stand behind the colon, where it exists, and what it does. The one table; the file, the
/// control socket and the documentation all follow it.
struct FaultKind: Sendable {
  /// The name.
  let name: String
  /// What stands behind the colon; empty for nothing, in brackets when it may be left out.
  let argument: String
  /// What that must be, for whoever wrote something else.
  let expected: String
  /// The venues that have it; `nil` for all.
  let venues: Set<String>?
  private let make: @Sendable (String?) -> Fault?

  /// As it is written: `delay:MS`.
  var form: String {
    argument.hasPrefix("[") ? "\(name)[:\(argument.dropFirst())" : argument.isEmpty ? name : "\(name):\(argument)"
  }

  /// Reads `name` or `name:argument`.
  static func fault(_ text: String) throws(FaultProblem) -> (fault: Fault, kind: FaultKind) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let kind = all.first(where: { $0.name == parts[0] }) else {
      throw FaultProblem("fault", "no fault is called \(parts[0]); there are " + names)
    }
    guard let fault = kind.make(parts.count == 2 ? parts[1] : nil) else {
      throw FaultProblem(
        "fault", "it is written \(kind.form)" + (kind.expected.isEmpty ? "" : ", with \(kind.expected)"))
    }
    return (fault, kind)
  }

  /// Every form, for messages and help.
  static var names: String { all.map(\.form).joined(separator: ", ") }

  // MARK: The table

  static let all: [FaultKind] = beforeAndAfter + late + answers + states

  private static let beforeAndAfter = [
    plain("drop_before", .wire(WireFault(.never, .close))), plain("drop_after", .wire(WireFault(.now, .close))),
    plain("reset_before", .wire(WireFault(.never, .reset))), plain("reset_after", .wire(WireFault(.now, .reset))),
    plain("hang", .wire(WireFault(.never, .silence))), plain("hang_after", .wire(WireFault(.now, .silence))),
    text("error") { .wire(WireFault(.never, .error($0))) }, text("error_after") { .wire(WireFault(.now, .error($0))) },
    whole("http", "STATUS", 400...599) { .wire(WireFault(.never, .page($0))) },
    whole("http_after", "STATUS", 400...599) { .wire(WireFault(.now, .page($0))) },
  ]

  private static let late = [
    milliseconds("delay") { .wire(WireFault(.now, .answer(after: $0))) },
    milliseconds("delay_before") { .wire(WireFault(.late($0), .answer(after: .zero))) },
    milliseconds("lost") { .wire(WireFault(.late($0), .close)) },
    FaultKind(name: "rate_limit", argument: "[SECONDS]", expected: "whole seconds, 0 to 3600", venues: nil) { text in
      guard let text else { return .wire(WireFault(.never, .rateLimited(seconds: nil))) }
      return number(text, 0...3_600).map { .wire(WireFault(.never, .rateLimited(seconds: $0))) }
    },
    whole("block", "SECONDS", 1...86_400) { .wire(WireFault(.never, .blocked(seconds: $0))) },
  ]

  private static let answers = [
    FaultKind(name: "cut", argument: "N", expected: "a number of bytes or a percentage", venues: nil) { text in
      guard let text else { return nil }
      let cut: WireFault.Cut? =
        text.hasSuffix("%")
        ? number(String(text.dropLast()), 0...100).map { .percent($0) }
        : number(text, 0...(64 << 20)).map { .bytes($0) }
      return cut.map { .wire(WireFault(.now, .cut($0))) }
    },
    milliseconds("drip") { .wire(WireFault(.now, .drip($0))) },
    FaultKind(
      name: "garbage", argument: "KIND", expected: "one of " + Garbage.allCases.map(\.rawValue).joined(separator: ", "),
      venues: nil
    ) { text in text.flatMap(Garbage.init(rawValue:)).map { .wire(WireFault(.now, .garbage($0))) } },
  ]

  private static let states = [
    plain("lockout", .state(.lockout), at: ["kraken"]), plain("revoked", .state(.revoked)),
    FaultKind(
      name: "permission_removed", argument: "NAME", expected: "one of " + permissions.joined(separator: ", "),
      venues: nil
    ) { text in text.flatMap { permissions.contains($0) ? .state(.permissionRemoved($0)) : nil } },
    plain("maintenance", .state(.maintenance)), plain("cancel_only", .state(.cancelOnly)),
    plain("post_only", .state(.postOnly)),
    FaultKind(name: "clock_skew", argument: "SECONDS", expected: "whole seconds, -86400 to 86400", venues: nil) {
      text in
      text.flatMap { number($0, -86_400...86_400) }.map { .state(.clockSkew(.seconds($0))) }
    },
    plain("nonce_ahead", .state(.nonceAhead), at: ["kraken"]),
    whole("flaky_401", "PERCENT", 1...100, at: ["coinbase"]) { .state(.flakyUnauthorized(percent: $0)) },
    milliseconds("visibility") { .state(.visibility($0)) }, milliseconds("settlement") { .state(.settlement($0)) },
    text("unknown_method", "NAME") { .state(.unknownMethod($0)) }, plain("cancel_race", .state(.cancelRace)),
    milliseconds("pending", at: ["coinbase"]) { .state(.pending($0)) },
    plain("orders_fail", .state(.ordersFail), at: ["coinbase"]),
    plain("duplicates_refused", .state(.duplicatesRefused), at: ["coinbase"]),
  ]

  /// Rights by the venues' own names.
  private static let permissions = Venues.permissionNames

  // MARK: Forms

  private static func plain(_ name: String, _ fault: Fault, at venues: Set<String>? = nil) -> FaultKind {
    FaultKind(name: name, argument: "", expected: "", venues: venues) { $0 == nil ? fault : nil }
  }

  private static func text(
    _ name: String, _ argument: String = "TEXT", _ make: @escaping @Sendable (String) -> Fault
  ) -> FaultKind {
    FaultKind(name: name, argument: argument, expected: "some text", venues: nil) { text in
      text.flatMap { $0.isEmpty ? nil : make($0) }
    }
  }

  private static func whole(
    _ name: String, _ argument: String, _ range: ClosedRange<Int>, at venues: Set<String>? = nil,
    _ make: @escaping @Sendable (Int) -> Fault
  ) -> FaultKind {
    let expected = "a whole number, \(range.lowerBound) to \(range.upperBound)"
    return FaultKind(name: name, argument: argument, expected: expected, venues: venues) { text in
      text.flatMap { number($0, range) }.map(make)
    }
  }

  private static func milliseconds(
    _ name: String, at venues: Set<String>? = nil, _ make: @escaping @Sendable (Duration) -> Fault
  ) -> FaultKind {
    whole(name, "MS", 0...600_000, at: venues) { make(.milliseconds($0)) }
  }

  private static func number(_ text: String, _ range: ClosedRange<Int>) -> Int? {
    Int(text).flatMap { range.contains($0) ? $0 : nil }
  }
}

/// What is wrong with a fault that somebody wrote.
struct FaultProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The member that is wrong; `nil` for the fault as a whole.
  let member: String?
  /// What is wrong and what to write instead.
  let message: String

  init(_ member: String?, _ message: String) {
    self.member = member
    self.message = message
  }

  var description: String { member.map { "\($0): \(message)" } ?? message }
}
