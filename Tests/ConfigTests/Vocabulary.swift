import Config
import Core

/// Plugins and strategies like the real ones, so that these tests need neither.
enum Sample {
  static let kraken = PluginDeclaration(
    name: "kraken", title: "Kraken",
    credentials: [
      CredentialSlot("api_key", .text, doc: "The API key."),
      CredentialSlot("api_secret", .base64, doc: "The private key, base64."),
    ],
    options: [FieldSpec("tier", .choice(["starter", "intermediate", "pro"]), default: "starter", doc: "The tier.")],
    defaultEndpoint: "https://api.kraken.com",
    candles: [60, 300, 900, 1_800, 3_600, 14_400, 86_400].map { Duration.seconds($0) })

  static let coinbase = PluginDeclaration(
    name: "coinbase", title: "Coinbase",
    credentials: [
      CredentialSlot("api_key", .text, doc: "The key's name."),
      CredentialSlot("api_secret", [.pem, .base64], doc: "The private key, PEM or base64."),
    ],
    defaultEndpoint: "https://api.coinbase.com", candles: [60, 300, 900].map { Duration.seconds($0) })

  static let trend = StrategyDeclaration(
    name: "trend_pullback", doc: "Buys pull-backs in a trend.",
    parameters: [
      FieldSpec("adx_floor", .decimal, default: "20", minimum: "0", maximum: "100", doc: "The least ADX."),
      FieldSpec("time_stop", .duration, default: "8h", minimum: "1m", doc: "How long a position may idle."),
    ])

  static let vocabulary = ManifestVocabulary(
    plugins: [kraken, coinbase],
    strategies: [trend, StrategyDeclaration(name: "hold", doc: "Never enters.")])
}

extension Sample {
  /// Stands for what reads descriptors: any text that begins with `format` describes the same brokerage.
  static let describe: @Sendable ([UInt8], String) -> DescriptorOutline = { bytes, file in
    guard bytes.starts(with: Array("format: nija-broker/1".utf8)) else {
      let mark = Mark(line: 1, column: 1)
      return DescriptorOutline(
        declaration: nil, isProven: false,
        diagnostics: [Diagnostic(file: file, mark: mark, severity: .error, path: "", message: "is no descriptor")])
    }
    let slots = [CredentialSlot("key", .text, doc: "The key.")]
    let options = [FieldSpec("region", .choice(["eu", "us"]), default: "us", doc: "The region.")]
    return DescriptorOutline(
      declaration: PluginDeclaration(name: "any", title: "Any", credentials: slots, options: options),
      isProven: bytes.count > 30, diagnostics: [])
  }
}

extension ManifestFiles {
  /// Files that exist only here; a folder is what stands before a slash.
  static func memory(_ files: [String: [UInt8]]) -> ManifestFiles {
    ManifestFiles(
      read: { path, limit throws(FileError) in
        guard let bytes = files[path] else { throw .missing }
        guard bytes.count <= limit else { throw .tooLarge(limit) }
        return bytes
      },
      list: { directory throws(FileError) in
        let prefix = directory == "." ? "" : directory + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        guard !names.isEmpty else { throw .missing }
        return names.filter { !$0.contains("/") }.map(String.init)
      })
  }

  static func memory(_ files: [String: String]) -> ManifestFiles { memory(files.mapValues { Array($0.utf8) }) }
}

/// Not a digest, but as good as one for telling texts apart.
@Sendable func countingDigest(_ bytes: [UInt8]) -> String {
  "sum:\(bytes.count):\(bytes.reduce(UInt64(5_381)) { $0 &* 33 &+ UInt64($1) })"
}

/// Reads `brokers.yaml` out of memory.
func read(_ files: [String: String]) -> ManifestReading {
  ManifestLoader(
    vocabulary: Sample.vocabulary, files: .memory(files), describe: Sample.describe, digest: countingDigest
  ).load("brokers.yaml")
}

/// Reads a manifest that names no users' files.
func read(_ manifest: String) -> ManifestReading { read(["brokers.yaml": manifest]) }
