import Config
import Core
import Testing

/// What is told about credentials, and that no value is.
@Suite struct CredentialTests {
  static let secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
  static let pem = "-----BEGIN EC PRIVATE KEY-----\nTUhjQ0FRRUVJ\nRjRQQQ==\n-----END EC PRIVATE KEY-----\n"

  private func plan(_ key: String, _ secret: String, plugin: String = "kraken") throws -> AccountPlan {
    let manifest = """
      format: nija/1
      brokers: {main: {plugin: \(plugin), strategy: hold, credentials: {api_key: \(key), api_secret: \(secret)}}}
      """
    return try #require(read(manifest).manifest?.accounts.first)
  }

  private func codes(_ environment: [String: String], _ files: [String: String] = [:]) throws -> [String?] {
    let check = CredentialCheck(variable: { environment[$0] }, files: .memory(files))
    return check.findings(for: try plan("{env: KEY}", "{env: SECRET}")).map(\.problem?.code)
  }

  @Test func `set, missing, blank, placeholder and wrong alphabet are told apart`() throws {
    #expect(try codes(["KEY": "abcd1234", "SECRET": Self.secret]) == [nil, nil])
    #expect(try codes([:]) == ["missing", "missing"])
    #expect(try codes(["KEY": "", "SECRET": " \n"]) == ["blank", "blank"])
    #expect(try codes(["KEY": "your_api_key", "SECRET": "<secret>"]) == ["placeholder", "placeholder"])
    #expect(try codes(["KEY": "two words", "SECRET": "not base64!"]) == ["wrong_alphabet", "wrong_alphabet"])
    #expect(try codes(["KEY": "abcd1234", "SECRET": String(Self.secret.dropLast())]) == [nil, "wrong_alphabet"])
  }

  @Test(arguments: [
    "your_api_key", "YOUR-KEY", "changeme", "CHANGE_ME_PLEASE", "xxx", "XXXXXXXX", "<your key>", "TODO",
    "paste_key_here",
    "${KEY}", "{{ key }}", "replace_me", "...", "000000",
  ])
  func `what templates hold is a placeholder`(_ text: String) {
    #expect(Sample.kraken.credentials.first?.problem(with: text) == .placeholder)
  }

  @Test func `keys in every dress have one normal form`() throws {
    let slot = try #require(Sample.coinbase.credentials.last)
    let escaped = Self.pem.split(separator: "\n").joined(separator: "\\n")
    let dresses = [
      Self.pem, "\"\(escaped)\"", "'\(escaped)\\n'", escaped.replacing("\\n", with: "\r\n"), "  \(Self.pem)\n\n",
      escaped.replacing("\\n", with: "\\r\\n"),
    ]
    for dress in dresses {
      #expect(slot.problem(with: dress) == nil)
      #expect(CredentialText.normalised(dress) + "\n" == Self.pem)
    }
    #expect(slot.problem(with: "\"\(Self.secret)\"") == nil)
    #expect(slot.problem(with: String(Self.pem.dropLast(10)))?.code == "wrong_alphabet")
  }

  @Test func `a private key without its lines, base64 in lines and a whole key file are well-formed`() throws {
    let slot = CredentialSlot("api_secret", [.pem, .base64, .keyFile], doc: "")
    let lines = Self.pem.split(separator: "\n")
    for dress in [lines.joined(separator: " "), lines.joined(), lines.joined(separator: "\n\n   ")] {
      #expect(slot.problem(with: dress) == nil)
    }
    let halves = "\(Self.secret.prefix(40))\r\n\(Self.secret.dropFirst(40))\n"
    #expect(slot.problem(with: halves) == nil && CredentialText.normalised(halves) == Self.secret)
    let file = #"{"name":"a","privateKey":"-----BEGIN X-----\nAAAA\n-----END X-----\n"}"#
    #expect(slot.problem(with: "'\(file)'\n") == nil && CredentialText.normalised("'\(file)'\n") == file)
    let broken = [
      "{}", #"{"name":"a"}"#, lines.dropLast().joined(separator: "\n"), Self.pem.replacing("END EC", with: "END"),
      Self.pem + "more", "-----BEGIN EC PRIVATE KEY----------END EC PRIVATE KEY-----",
    ]
    for text in broken { #expect(slot.problem(with: text)?.code == "wrong_alphabet", "\(text)") }
  }

  @Test func `a file may hold the secret, and a variable may name the file`() throws {
    let files = ["key": "abcd1234\n", "secret": Self.secret + "\n"]
    let check = CredentialCheck(variable: { ["SECRET_FILE": "secret"][$0] }, files: .memory(files))
    let account = try plan("{file: key}", "{env_file: SECRET_FILE}")
    #expect(check.findings(for: account).allSatisfy { $0.problem == nil && $0.healsByItself })
    let binding = try #require(account.credentials.last)
    let value = try check.secret(for: binding)
    #expect(value.withExposedBytes { String(decoding: $0, as: UTF8.self) } == Self.secret)
  }

  @Test func `a missing file is missing, one that cannot be read says why`() throws {
    let account = try plan("{file: key}", "{env: SECRET}")
    let gone = CredentialCheck(variable: { _ in nil }, files: .memory([String: String]()))
    #expect(gone.findings(for: account).map(\.problem) == [.missing, .missing])
    let denied = ManifestFiles(
      read: { _, _ throws(FileError) in throw .system("permission denied") },
      list: { _ throws(FileError) in throw .missing })
    let finding = CredentialCheck(variable: { _ in nil }, files: denied).findings(for: account).first
    #expect(finding?.message == "key: cannot be read: permission denied")
    #expect(gone.findings(for: account).last?.message == "SECRET: not set")
    #expect(gone.findings(for: account).last?.healsByItself == false)
  }

  @Test func `a file that is not text is not well-formed`() throws {
    let files = ManifestFiles.memory(["key": [UInt8]([0xFF, 0xFE, 0x00]), "s": Array(Self.secret.utf8)])
    let account = try plan("{file: key}", "{file: s}")
    #expect(
      CredentialCheck(variable: { _ in nil }, files: files).findings(for: account).first?.problem?.code
        == "wrong_alphabet")
  }

  @Test func `no message, description or JSON holds a value`() throws {
    let values = ["canary one \(Self.secret)", "canary-\(Self.secret)!"]
    let environment = ["KEY": values[0], "SECRET": values[1]]
    let check = CredentialCheck(variable: { environment[$0] })
    for finding in check.findings(for: try plan("{env: KEY}", "{env: SECRET}")) {
      #expect(finding.problem != nil)
      #expect(!"\(finding) \(finding.message)".contains("canary"))
    }
  }

  /// Secrets written into every place of a manifest.
  @Test func `a secret in the wrong place of a manifest is in no diagnostic`() throws {
    let secrets = [
      Self.secret, "AKIAIOSFODNN7EXAMPLEKEYVALUE", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "hunter2-hunter2", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    ]
    for secret in secrets {
      for place in Self.places(secret) {
        let reading = read(["brokers.yaml": place, "users/u.yaml": place])
        #expect(!reading.diagnostics.contains { "\($0)".contains(secret) }, "\(reading.diagnostics)")
      }
    }
  }

  private static func places(_ secret: String) -> [String] {
    let head = "format: nija/1\ndefaults: {strategy: hold}\n"
    let broker = head + "brokers:\n  kraken:\n    plugin: kraken\n"
    return [
      broker + "    credentials: {api_key: \"\(secret)\"}\n", broker + "    credentials: \"\(secret)\"\n",
      broker + "    credentials: {api_key: {env: \"\(secret)\"}}\n",
      broker + "    credentials: {api_key: {value: \"\(secret)\"}}\n",
      broker + "    credentials: {api_key: {\"\(secret)\": 1}}\n",
      broker + "    credentials: {api_key: [\"\(secret)\"]}\n",
      broker + "    name: [\"\(secret)\"]\n", broker + "    endpoint: \"https://\(secret)@x\"\n",
      broker + "    candles: \"\(secret)\"\n", broker + "    users: [\"\(secret)\", \"../\(secret)\"]\n",
      broker + "    enabled: \"\(secret)\"\n", head + "mode: \"\(secret)\"\n", head + "format: \"\(secret)\"\n",
      head + "brokers: {kraken: {plugin: \"\(secret)\"}}\n", head + "admin_token: \"\(secret)\"\n", "\"\(secret)\"\n",
      head + "x: [\"\(secret)\n",
    ]
  }
}
