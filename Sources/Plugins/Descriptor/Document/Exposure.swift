extension Expression {
  /// Every variable in it, and every credential that it signs with.
  var variables: Set<String> {
    switch self {
    case .text, .integer: []
    case .variable(let name, _): [name]
    case .join(let left, let right, _): left.variables.union(right.variables)
    case .call(_, let arguments): arguments.reduce(into: []) { $0.formUnion($1.variables) }
    case .jwt(let secret, let header, let claims):
      (header + claims).reduce(into: [secret]) { $0.formUnion($1.value.variables) }
    }
  }

  /// The variables that can be told from its value: those that go into a digest or a signature cannot.
  /// - Parameter values: what each named value shows.
  func shows(_ values: [String: Set<String>], _ slots: Set<String>) -> Set<String> {
    switch self {
    case .text, .integer: []
    case .variable(let name, _): slots.contains(name) ? [name] : values[name] ?? []
    case .join(let left, let right, _): left.shows(values, slots).union(right.shows(values, slots))
    case .call(let function, let arguments):
      function.hides ? [] : arguments.reduce(into: []) { $0.formUnion($1.shows(values, slots)) }
    case .jwt(_, let header, let claims):
      (header + claims).reduce(into: []) { $0.formUnion($1.value.shows(values, slots)) }
    }
  }

  /// The credentials that are keys of its signatures.
  func signers(_ values: [String: Set<String>], _ slots: Set<String>) -> Set<String> {
    switch self {
    case .text, .integer, .variable: []
    case .join(let left, let right, _): left.signers(values, slots).union(right.signers(values, slots))
    case .call(let function, let arguments):
      arguments.enumerated().reduce(into: []) { result, item in
        result.formUnion(item.element.signers(values, slots))
        if item.offset == 0, function.takesKey { result.formUnion(item.element.shows(values, slots)) }
      }
    case .jwt(let secret, let header, let claims):
      (header + claims).reduce(into: [secret]) { $0.formUnion($1.value.signers(values, slots)) }
    }
  }
}

extension Expression.Function {
  /// Whether nobody can tell the arguments from what it gives.
  fileprivate var hides: Bool {
    switch self {
    case .sha256, .sha384, .sha512, .hmacSHA256, .hmacSHA384, .hmacSHA512, .es256, .ed25519: true
    case .utf8, .unbase64, .unhex, .hex, .base64, .base64url, .text, .upper, .lower, .percent: false
    }
  }

  /// Whether its first argument is a key.
  fileprivate var takesKey: Bool {
    switch self {
    case .hmacSHA256, .hmacSHA384, .hmacSHA512, .es256, .ed25519: true
    default: false
    }
  }
}
