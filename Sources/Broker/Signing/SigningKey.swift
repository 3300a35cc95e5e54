internal import Core

/// A private key that signs as JWTs do, read once from whatever form it was pasted in.
package enum SigningKey: Sendable {
  case es256(ES256PrivateKey)
  case ed25519(Ed25519PrivateKey)

  /// The JWT algorithm.
  package var algorithm: String {
    switch self {
    case .es256: "ES256"
    case .ed25519: "EdDSA"
    }
  }

  /// The 64-byte signature of `message`.
  package func signature(for message: [UInt8]) throws(SigningError) -> [UInt8] {
    switch self {
    case .es256(let key): try key.signature(for: message)
    case .ed25519(let key): try key.signature(for: message)
    }
  }

  /// Reads PEM (SEC1 or PKCS#8; with `\n` written out, CR LF, quotes, on one line, or all of it in base64), the base64 of
  /// the DER inside it, or that of an Ed25519 seed with or without its public key.
  package init(parsing secret: [UInt8]) throws(SigningError) {
    let text = CredentialText.normalised(String(decoding: secret, as: UTF8.self))
    if let block = PEMBlock(in: text) {
      self = try Self.read(block)
      return
    }
    guard var bytes = Base64.decode(text.filter { !$0.isWhitespace }) else { throw .notAKey(expected: Self.expected) }
    defer { bytes.wipe() }
    if let block = PEMBlock(in: CredentialText.normalised(String(decoding: bytes, as: UTF8.self))) {
      self = try Self.read(block)
    } else if bytes.first == Self.sequence, ![32, 64].contains(bytes.count) {
      self = try Self.read(der: bytes)
    } else {
      self = .ed25519(try Ed25519PrivateKey(rawBytes: bytes))
    }
  }

  private static let expected = "a private key: PEM, or base64 of 64 bytes"
  /// How every key in DER begins.
  private static let sequence: UInt8 = 0x30

  private static func read(_ block: PEMBlock) throws(SigningError) -> SigningKey {
    do {
      return .es256(try ES256PrivateKey(pem: block.text))
    } catch .wrongKind where block.label == "PRIVATE KEY" {
      return .ed25519(try Ed25519PrivateKey(pem: block.text))
    }
  }

  private static func read(der: [UInt8]) throws(SigningError) -> SigningKey {
    let body = Base64.encode(der)
    if let key = try? read(PEMBlock(label: "EC PRIVATE KEY", body: body)) { return key }
    return try read(PEMBlock(label: "PRIVATE KEY", body: body))
  }
}

/// The private key among the blocks of a PEM text, laid out afresh, since line ends get lost on the way into variables.
struct PEMBlock {
  let label: String
  let text: String

  init?(in text: String) {
    let parts = text.components(separatedBy: "-----")
    guard let begin = parts.firstIndex(where: { $0.hasPrefix("BEGIN ") && $0.hasSuffix("PRIVATE KEY") }),
      parts.indices.contains(begin + 2), parts[begin + 2] == "END " + parts[begin].dropFirst("BEGIN ".count)
    else { return nil }
    self.init(
      label: String(parts[begin].dropFirst("BEGIN ".count)), body: parts[begin + 1].filter { !$0.isWhitespace })
  }

  /// A block around base64 without line ends.
  init(label: String, body: String) {
    self.label = label
    var lines = ["-----BEGIN \(label)-----"]
    var rest = body[...]
    while !rest.isEmpty {
      lines.append(String(rest.prefix(64)))
      rest = rest.dropFirst(64)
    }
    lines.append("-----END \(label)-----\n")
    self.text = lines.joined(separator: "\n")
  }
}

extension String {
  /// The parts between each `separator`, which must not be empty.
  fileprivate func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var current = ""
    var rest = self[...]
    while let first = rest.first {
      if rest.hasPrefix(separator) {
        parts.append(current)
        current = ""
        rest = rest.dropFirst(separator.count)
      } else {
        current.append(first)
        rest = rest.dropFirst()
      }
    }
    return parts + [current]
  }
}
