import Core

/// One observed fact of a probe, or why it was not observed.
struct ProbeFinding: Hashable, Sendable {
  /// How a fact stands.
  enum Mark: String, Hashable, Sendable {
    /// Observed, and as it should be.
    case good
    /// Observed to be wrong, or asked for without an answer.
    case bad
    /// Neither: not observed, or worth a look.
    case open

    var sign: String {
      switch self {
      case .good: "✅"
      case .bad: "❌"
      case .open: "⚪"
      }
    }
  }

  /// What about: `connection`, `clock`, `permissions`, `balance`, `account`, `credentials`.
  var fact: String
  var mark: Mark
  var text: String
  var nextStep: String?
  /// What stands before it.
  var sign: String

  init(_ fact: String, _ mark: Mark, _ text: String, nextStep: String? = nil) {
    self.fact = fact
    self.mark = mark
    self.text = text
    self.nextStep = nextStep
    self.sign = mark.sign
  }
}

/// One account of a probe: who was asked, what came back, what it means.
struct ProbedAccount: Sendable {
  /// Who was asked.
  enum Source: String, Hashable, Sendable {
    /// The venue, by a worker made for it.
    case venue
    /// The running host, whose worker holds the key.
    case host
  }

  var account: String
  var mode: String
  var endpoint: String?
  /// `nil` when nobody was asked.
  var asked: Source?
  var report: ProbeReport?
  var findings: [ProbeFinding]

  /// Whether something is wrong.
  var isBad: Bool { findings.contains { $0.mark == .bad } }
}

extension ProbedAccount {
  /// For people: a head, and a line for each fact with what to do about it.
  var text: String {
    let source = asked == .host ? ", asked the running host" : ""
    var lines = ["\(account) (\(mode))\(source)"]
    for finding in findings {
      lines.append("  \(finding.sign) \(finding.text)")
      if let step = finding.nextStep { lines.append("     next: \(step)") }
    }
    return lines.map(LogLine.harmless).joined(separator: "\n") + "\n"
  }

  /// For scripts: one element of `accounts` in `nija-probe/1`.
  var json: JSONValue {
    [
      "account": .string(account), "mode": .string(mode), "endpoint": .optional(endpoint),
      "asked": .optional(asked?.rawValue), "ok": .boolean(!isBad),
      "clock": report?.clock.fact?.json ?? .null, "permissions": report?.permissions.fact?.json ?? .null,
      "balances": report?.balances.fact.map { .array($0.map(Self.json)) } ?? .null,
      "findings": .array(
        findings.map { finding in
          [
            "fact": .string(finding.fact), "mark": .string(finding.mark.rawValue),
            "text": .string(LogLine.harmless(finding.text)), "next_step": .optional(finding.nextStep),
          ]
        }),
    ]
  }

  private static func json(_ balance: Balance) -> JSONValue {
    [
      "currency": .string(balance.currency), "total": .string(balance.total.text(minimumPlaces: 2)),
      "available": .string(balance.available.text(minimumPlaces: 2)),
      "held": .string(balance.held.text(minimumPlaces: 2)),
    ]
  }
}
