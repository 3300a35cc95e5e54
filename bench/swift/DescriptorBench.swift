import Broker
import Config
import Core
import Descriptor
import Kraken

/// The same work through Kraken's descriptor, beside the built-in plugin in one process.
enum DescriptorBench {
  /// Prints signatures a second of the descriptor and of the built-in plugin.
  static func sign(_ file: String, _ count: Int, secret: String) throws {
    let descriptor = try read(file)
    guard let signing = descriptor.signing else { throw BenchError.usage }
    let credentials = ["api_key": Secret(Array("bench".utf8)), "api_secret": Secret(Array(secret.utf8))]
    let signer = try Signer(signing, credentials: credentials)
    let builtIn = try KrakenSigner(key: Secret(Array("bench".utf8)), secret: Secret(Array(secret.utf8)))
    var total = 0
    let ours = try rate(count) { index in
      let nonce = 1_616_492_376 + index
      let subject = SigningSubject(
        method: "POST", scheme: "https", host: "api.kraken.com", path: "/0/private/AddOrder", body: body(nonce))
      var session = try signer.begin(
        SigningDraw(now: Timestamp(nanoseconds: 0), nonce: UInt64(nonce)), subject)
      try session.sign()
      total += try session.headers().count
    }
    let plain = try rate(count) { index in
      let nonce = 1_616_492_376 + index
      total += try builtIn.signature(path: "/0/private/AddOrder", nonce: String(nonce), body: body(nonce)).utf8.count
    }
    precondition(total > 0, "nothing was signed")
    print(ours, plain)
  }

  private static func body(_ nonce: Int) -> [UInt8] {
    Array("nonce=\(nonce)&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25".utf8)
  }

  private static func rate(_ count: Int, _ work: (Int) throws -> Void) rethrows -> Int {
    let start = ContinuousClock.now
    for index in 0..<count { try work(index) }
    return Int(Double(count) / (Double((ContinuousClock.now - start).wholeNanoseconds) / 1e9))
  }

  /// A plugin of the descriptor, whose budget is full again at every look, as the built-in one's is here.
  static func plugin(_ file: String, _ context: PluginContext) throws -> DescriptorPlugin {
    try DescriptorPlugin(try read(file), context, time: Decode.unhurried)
  }

  private static func read(_ file: String) throws -> Descriptor {
    let bytes = try ManifestFiles.system.read(file, 1 << 20)
    guard let descriptor = DescriptorReader().read(bytes, file: file).descriptor else { throw BenchError.usage }
    return descriptor
  }
}
