internal import Core

/// The keys at the top of the manifest.
enum TopKeys {
  static let format = FieldSpec(
    "format", .format("nija/1"), required: true, doc: "The format of this file, nija/1.")
  static let mode = Key(
    FieldSpec(
      "mode", .choice(Mode.allCases.map(\.rawValue)), default: "sandbox",
      doc:
        "What orders reach: the sandbox, a paper ledger, or the venue; for every account that does not say otherwise."),
    { $0.text.flatMap(Mode.init(rawValue:)) })
  static let state = Key(
    FieldSpec(
      "state", .word(.path), default: ".nija", doc: "The folder for journals, locks and sockets, relative to this file."
    ),
    { $0.text })
  static let listen = Key(
    FieldSpec(
      "listen", .either([.choice(["off"]), .word(.address)]), default: "127.0.0.1:8080",
      doc: "Where dashboard, health and metrics are served; port 0 takes any."),
    { value in .some(value.text.flatMap { ListenAddress($0) }) })
  static let sandbox = FieldSpec("sandbox", .block(SandboxKeys.all), doc: "How the embedded venues run.")
  static let adminToken = Key(
    FieldSpec("admin_token", .secret, doc: "The bearer token for control over HTTP."), { $0.secret })
  static let plugins = FieldSpec(
    "plugins", .table(of: .block(ExternalPluginKeys.all)), doc: "Further plugins: a descriptor or a program each.")

  static func all(_ fields: ManifestFields) -> [FieldSpec] {
    [
      format, mode.spec, state.spec, listen.spec, sandbox, adminToken.spec,
      FieldSpec("defaults", .block(fields.settings), doc: "What every account starts from."), plugins,
      FieldSpec(
        "brokers", .table(of: .variant(fields.broker)), required: true,
        doc: "The master accounts; the key is the account's id."),
    ]
  }
}

/// The keys under `sandbox`.
enum SandboxKeys {
  static let speed = Key(
    FieldSpec(
      "speed", .decimal, default: "60", moreThanZero: true, maximum: "3600",
      doc: "How many times faster than the wall the market clock runs."), { $0.number })
  static let seed = Key(
    FieldSpec(
      "seed", .integer, default: "1", minimum: "0", doc: "What the market is made from; the same seed, the same market."
    ),
    { $0.integer })
  static let faults = Key(
    FieldSpec("faults", .word(.path), doc: "A file of faults to inject, relative to this file."), { $0.text })

  static let all = [speed.spec, seed.spec, faults.spec]
}

/// The keys of one further plugin.
enum ExternalPluginKeys {
  static let descriptor = Key(
    FieldSpec("descriptor", .word(.path), doc: "A file that describes the brokerage, relative to this file."),
    { $0.text })
  static let process = FieldSpec("process", .list(of: .text), doc: "A program that implements it, and its arguments.")
  static let digest = Key(
    FieldSpec("sha256", .word(.digest), doc: "The digest that the program must have."), { $0.text })

  static let all = [descriptor.spec, process, digest.spec]
}

/// The keys of a broker, besides the settings.
enum BrokerKeys {
  static let name = Key(FieldSpec("name", .text, doc: "How people call it."), { $0.text })
  static let enabled = Key(
    FieldSpec("enabled", .boolean, default: "true", doc: "Whether it runs; false stops its users too."), { $0.boolean })
  static let endpoint = Key(
    FieldSpec("endpoint", .word(.endpoint), doc: "The venue's base address, when not the plugin's own."),
    { $0.text.flatMap { Endpoint($0) } })
  static let users = FieldSpec(
    "users", .list(of: .word(.path)), maximumCount: 100_000,
    doc: "Users' files, or patterns with *, relative to this file.")
  static let usersInherit = Key(
    FieldSpec(
      "users_inherit", .boolean, default: "true",
      doc: "Whether users start from this broker's settings, or else from the defaults; its risk ceilings hold anyway."),
    { $0.boolean })
  static let credentialsDoc = "Where each credential that the plugin asks for is found."

  static func plugin(_ names: [String]) -> Key<String> {
    Key(
      FieldSpec("plugin", .choice(names), required: true, doc: "The plugin; `nija-host plugins` lists them."),
      { $0.text })
  }
}

/// The keys of a user's file, besides the settings.
enum UserKeys {
  static let format = FieldSpec(
    "format", .format("nija-user/1"), required: true, doc: "The format of this file, nija-user/1.")
  static let name = Key(FieldSpec("name", .text, doc: "How people call the user."), { $0.text })
  static let enabled = Key(
    FieldSpec("enabled", .boolean, default: "true", doc: "Whether the account runs."), { $0.boolean })
  static let control = Key(
    FieldSpec(
      "control", .choice(Control.allCases.map(\.rawValue)), default: "independent",
      doc: "Whether the user runs the strategy, copies the master, only exits, or stands still."),
    { $0.text.flatMap(Control.init(rawValue:)) })
}
