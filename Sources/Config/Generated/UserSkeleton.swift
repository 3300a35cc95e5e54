public import Core

/// What a new user's file begins as.
public enum UserSkeleton {
  /// The text of `users/NAME.yaml`, for a broker whose plugin asks for these credentials.
  public static func text(name: String, broker: String, slots: [CredentialSlot]) -> String {
    let person = name.split { $0 == "_" || $0 == "-" }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
    var lines = [
      "# A user of \(broker), who inherits its settings; the file's name is the user's id. `nija-host docs manifest`",
      "# lists every key.",
      "\(UserKeys.format.name): nija-user/1",
      "\(UserKeys.name.spec.name): \(person.joined(separator: " "))",
      line(UserKeys.enabled.spec),
      line(UserKeys.control.spec) + choices(UserKeys.control.spec),
    ]
    if !slots.isEmpty {
      lines.append("credentials:   # where each secret is found, never the secret")
      lines += slots.flatMap { slot in
        ["  # \(slot.doc)", "  \(slot.name): {env: \(variable(broker, name, slot.name))}"]
      }
    }
    lines += [
      "# Every setting of the broker may be narrowed here:", "# \(RiskKeys.maxOrder.spec.doc)",
      "# risk: {max_order: 50}",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ field: FieldSpec) -> String { "\(field.name): \(field.default?.description ?? "")" }

  private static func choices(_ field: FieldSpec) -> String {
    if case .choice(let names) = field.type { "   # \(names.joined(separator: " | "))" } else { "" }
  }

  /// A variable's name that no other account has.
  private static func variable(_ parts: String...) -> String {
    String(parts.joined(separator: "_").uppercased().map { $0 == "-" ? "_" : $0 })
  }
}
