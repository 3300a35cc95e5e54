import Config
import Core
import Foundation
import Testing

/// Whatever is done to a valid manifest: an error with its place, or settings that read back as the same.
@Suite struct MutationTests {
  static let manifest = """
    format: nija/1
    mode: sandbox
    state: .nija
    listen: 127.0.0.1:8080
    sandbox: {speed: 60, seed: 1}
    defaults:
      strategy: {name: trend_pullback, adx_floor: 22.5}
      candles: 5m
      cycle: 150s
      markets: {quote: USD, include: ["*"], exclude: [XRP/USD], top: 50}
      risk:
        order_size: 5%
        max_order: 250
        max_positions: 8
      restart: {limit: 5, within: 10m}
      orders: {max_slippage: 0.3%, protective_stop: venue, dead_man_switch: off, adopt: ignore}
    brokers:
      kraken:
        plugin: kraken
        name: "Main \\u00e9"
        options: {tier: pro}
        credentials:
          api_key: {env: KRAKEN_KEY}
          api_secret: {file: secrets/kraken}
        users: [users/ada.yaml]
      coinbase: {plugin: coinbase, enabled: false, users_inherit: true}

    """
  static let user = """
    format: nija-user/1
    name: Ada
    enabled: true
    control: mirror
    credentials: {api_key: {env: ADA_KEY}, api_secret: {env_file: ADA_SECRET}}
    risk: {max_order: 50}

    """

  private func loader(_ manifest: String, _ user: String = user) -> ManifestLoader {
    let files = ManifestFiles.memory(["brokers.yaml": manifest, "users/ada.yaml": user])
    return ManifestLoader(
      vocabulary: Sample.vocabulary, files: files, describe: Sample.describe, digest: countingDigest)
  }

  /// An error has a line and a column; without one, what was read says itself again.
  private func check(_ text: String, _ seed: UInt64) {
    let loader = loader(text)
    let reading = loader.load("brokers.yaml")
    #expect((reading.manifest == nil) == !reading.errors.isEmpty)
    for error in reading.errors {
      #expect(error.mark.map { $0.line >= 1 && $0.column >= 1 } == true, "seed \(seed): \(error)\n\(text)")
    }
    guard let manifest = reading.manifest else { return }
    let forms = loader.normalForms("brokers.yaml")
    let again = self.loader(forms["brokers.yaml"]?.encoded ?? "", forms["users/ada.yaml"]?.encoded ?? Self.user)
    #expect(again.normalForms("brokers.yaml") == forms, "seed \(seed)\n\(text)")
    #expect(again.load("brokers.yaml").manifest?.json.encoded == manifest.json.encoded, "seed \(seed)\n\(text)")
  }

  @Test func `the manifest that is mutated is valid`() {
    #expect(loader(Self.manifest).load("brokers.yaml").diagnostics == [])
  }

  @Test func `any change of characters gives an error with its place or an equal form`() {
    let seed = Seed.fromEnvironment()
    print("mutations of characters: seed \(seed) (set NIJA_SEED to repeat)")
    var random = SplitMix(state: seed)
    for _ in 0..<1_500 { check(Self.mutated(Self.manifest, &random), seed) }
  }

  @Test func `any change of lines gives an error with its place or an equal form`() {
    let seed = Seed.fromEnvironment()
    print("mutations of lines: seed \(seed) (set NIJA_SEED to repeat)")
    var random = SplitMix(state: seed)
    for _ in 0..<800 { check(Self.rearranged(Self.manifest, &random), seed) }
  }

  @Test func `no key is ignored: one more anywhere is an error at its place`() {
    let lines = Self.manifest.split(separator: "\n").map(String.init)
    for index in lines.indices {
      let indent = lines[index].prefix { $0 == " " }
      var changed = lines
      changed.insert("\(indent)surplus_key: 1", at: index)
      let errors = loader(changed.joined(separator: "\n")).load("brokers.yaml").errors
      let line = UInt32(index + 1)
      #expect(errors.contains { $0.mark?.line == line }, "\(line): \(errors)")
    }
  }

  @Test func `no key is ignored: each that is written is in the form that is read`() throws {
    let forms = loader(Self.manifest).normalForms("brokers.yaml")
    let written = try Node(yaml: Array(Self.manifest.utf8))
    let read = try Node(yaml: Array(try #require(forms["brokers.yaml"]).encoded.utf8))
    #expect(Self.keys(written).sorted() == Self.keys(read).sorted())
  }

  @Test func `order, quoting, comments and style change nothing`() throws {
    let flow = try #require(loader(Self.manifest).normalForms("brokers.yaml")["brokers.yaml"])
    let plain = loader(Self.manifest).load("brokers.yaml").manifest
    #expect(loader(flow.prettyEncoded).load("brokers.yaml").manifest?.json.encoded == plain?.json.encoded)
    let commented = Self.manifest.replacing("\n", with: "   # a word\n\n")
    #expect(loader(commented).load("brokers.yaml").manifest?.json.encoded == plain?.json.encoded)
  }

  private static func keys(_ node: Node) -> [String] {
    switch node.content {
    case .scalar: []
    case .sequence(let elements): elements.flatMap(keys)
    case .mapping(let entries): entries.flatMap { [$0.key] + keys($0.value) }
    }
  }

  private static func mutated(_ text: String, _ random: inout SplitMix) -> String {
    var characters = Array(text)
    let alphabet = Array("{}[]:,#&*!|>'\"%@`~-? \n\t0159azAZ_/.$\u{e9}\u{0}\u{1F600}")
    for _ in 0..<Int.random(in: 1...4, using: &random) where !characters.isEmpty {
      let index = Int.random(in: 0..<characters.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: characters.remove(at: index)
      case 1: characters.insert(alphabet.randomElement(using: &random) ?? " ", at: index)
      case 2: characters[index] = alphabet.randomElement(using: &random) ?? " "
      default: characters.removeSubrange(index..<min(characters.count, index + Int.random(in: 1...30, using: &random)))
      }
    }
    return String(characters)
  }

  private static func rearranged(_ text: String, _ random: inout SplitMix) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0..<Int.random(in: 1...3, using: &random) where lines.count > 1 {
      let index = Int.random(in: 0..<lines.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: lines.remove(at: index)
      case 1: lines.insert(lines[index], at: Int.random(in: 0..<lines.count, using: &random))
      case 2: lines.swapAt(index, Int.random(in: 0..<lines.count, using: &random))
      case 3: lines[index] = "  " + lines[index]
      default: lines[index] = String(lines[index].drop { $0 == " " })
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// Where random numbers begin: `NIJA_SEED`, or the clock.
enum Seed {
  static func fromEnvironment() -> UInt64 {
    ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
  }
}

/// Random numbers that a seed repeats (Vigna's SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
