import Core

/// What `nija-host sandbox` prints: the one place where keys are shown, and only those that end with the sandbox.
extension SandboxVenues {
  /// For people.
  var text: String {
    var lines = endpoints.sorted { $0.key < $1.key }.map { "\($0.key)  \($0.value)" }
    for (account, outcome) in accounts.sorted(by: { $0.key < $1.key }) {
      switch outcome {
      case .failure(let fault): lines.append("\(account): \(fault)")
      case .success(let opened):
        lines.append("\(account)")
        lines += Self.shown(opened).map { slot, value in "  \(slot)  \(Self.oneLine(value))" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// For scripts.
  var json: JSONValue {
    .object([
      ("format", "nija-sandbox-venues/1"),
      ("endpoints", .object(endpoints.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) })),
      (
        "accounts",
        .object(
          accounts.sorted { $0.key < $1.key }.map { account, outcome in
            switch outcome {
            case .failure(let fault): (key: account, value: ["error": .string(fault.description)])
            case .success(let opened):
              (key: account, value: .object(Self.shown(opened).map { (key: $0.slot, value: .string($0.value)) }))
            }
          })
      ),
    ])
  }

  private static func shown(_ account: Account) -> [(slot: String, value: String)] {
    account.credentials.sorted { $0.key < $1.key }.map { slot, secret in
      (slot, secret.withExposedBytes { String(decoding: $0, as: UTF8.self) })
    }
  }

  /// A PEM with its line feeds written out, which a variable may hold.
  private static func oneLine(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
  }
}
