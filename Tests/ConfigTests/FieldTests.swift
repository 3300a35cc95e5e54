import Core
import Testing

/// Single values: what is read, what is refused, and the one form that each has.
@Suite struct FieldTests {
  private func read(_ text: String, _ type: FieldType) -> String? {
    (try? type.value(of: text)).map { "\($0)" }
  }

  @Test(arguments: [
    ("150s", "150s"), ("300s", "5m"), ("60m", "1h"), ("48h", "2d"), ("0s", "0s"), ("999999999s", "999999999s"),
  ])
  func `a duration has one form`(_ text: String, _ form: String) {
    #expect(read(text, .duration) == form)
  }

  @Test(arguments: ["", "s", "150", "1.5h", "-1s", "1 s", "5min", "5M", "1h30m", "1234567890s", "٣s"])
  func `what is no duration is refused`(_ text: String) { #expect(read(text, .duration) == nil) }

  @Test(arguments: [("5%", "5%"), ("0.30%", "0.3%"), ("100%", "100%"), ("0%", "0%"), ("007%", "7%")])
  func `a share has one form`(_ text: String, _ form: String) { #expect(read(text, .share) == form) }

  @Test(arguments: ["5", "5 %", "%", "-1%", "100.01%", "0x5%", "1e1%", ".5%", "5.%", "5%%"])
  func `what is no share is refused`(_ text: String) { #expect(read(text, .share) == nil) }

  @Test func `a share is held as the fraction`() throws {
    #expect(try FieldType.share.value(of: "0.3%").share == ExactDecimal(parsing: "0.003"))
  }

  @Test(arguments: ["-1", "1e3", "1,000", "1_000", "$5", "5 USD", ".5", "5.", "NaN", "inf", "+5", "1.2.3"])
  func `what is no amount is refused`(_ text: String) { #expect(read(text, .amount) == nil) }

  @Test(arguments: ["250", "0", "12.50", "0.00000001"])
  func `an amount is a plain decimal`(_ text: String) { #expect(read(text, .amount) != nil) }

  @Test(arguments: [
    "https://api.kraken.com", "https://api.coinbase.com:8443/api/v3", "http://127.0.0.1:9000", "http://localhost:1",
    "http://[::1]:80", "http://127.1.2.3",
  ])
  func `an endpoint is https, or http to loopback`(_ text: String) { #expect(Endpoint(text)?.description == text) }

  @Test(arguments: [
    "http://api.kraken.com", "http://127.0.0.1.evil.com", "http://127.0.0.1@evil.com", "https://", "https://:443",
    "https://a:0", "https://a:65536", "https://a?x=1", "https://a#b", "ftp://a", "//a", "https://u:p@a", "https://a b",
    "http://0.0.0.0", "http://127.0.0.256", "https://[::1", "HTTPS://a",
  ])
  func `another endpoint is refused`(_ text: String) { #expect(Endpoint(text) == nil) }

  @Test func `an address to listen on has a port`() {
    #expect(ListenAddress("127.0.0.1:8080")?.port == 8_080)
    #expect(ListenAddress("[::1]:0")?.host == "::1")
    #expect(ListenAddress("0.0.0.0:65535")?.description == "0.0.0.0:65535")
    for text in ["8080", ":8080", "localhost", "127.0.0.1:", "a:-1", "a:65536", "[::1]", "a:8080x"] {
      #expect(ListenAddress(text) == nil, "\(text)")
    }
  }

  @Test func `a mistyped name finds the one that was meant, and a far one none`() {
    let names = ["max_order", "max_positions", "max_exposure", "order_size"]
    #expect(Suggestion.closest(to: "max_ordr", among: names) == "max_order")
    #expect(Suggestion.closest(to: "MAX_ORDER", among: names) == "max_order")
    #expect(Suggestion.closest(to: "oder_size", among: names) == "order_size")
    #expect(Suggestion.closest(to: "maxorder", among: names) == "max_order")
    #expect(Suggestion.closest(to: "colour", among: names) == nil)
    #expect(Suggestion.closest(to: "", among: names) == nil)
  }

  @Test(arguments: [
    ("BTC/USD", "*", true), ("BTC/USD", "*/USD", true), ("BTC/USD", "BTC/*", true), ("BTC/USD", "B*C/U*D", true),
    ("BTC/USD", "**/**", true), ("BTC/USDT", "*/USD", false), ("BTC/USD", "btc/usd", false), ("BTC/USD", "", false),
    ("", "*", true), ("aaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*c", false),
  ])
  func `a star stands for anything`(_ text: String, _ pattern: String, _ fits: Bool) {
    #expect(Wildcard.matches(text, pattern) == fits)
  }

  @Test func `a filter is narrowed by every list and never widened`() {
    var filter = MarketFilter()
    #expect(filter.admits("ANY/THING"))
    filter.narrow(include: ["*/USD", "ETH/EUR"])
    filter.narrow(include: ["*"])
    filter.narrow(include: ["ETH/*"])
    #expect(filter.admits("ETH/USD") && filter.admits("ETH/EUR"))
    #expect(!filter.admits("BTC/USD") && !filter.admits("ETH/GBP"))
    filter.narrow(include: ["ETH/USD", "SOL/USD"])
    #expect(filter.include == [["ETH/USD"]])
    filter.add(exclude: ["ETH/*"])
    #expect(filter.isEmpty)
    #expect(MarketFilter(include: filter.include, exclude: filter.exclude) == filter)
  }

  @Test func `only names of variables and paths make a reference`() {
    for name in ["KRAKEN_MASTER_API_KEY", "A", "_X1", "COINBASE_API_SECRET"] {
      #expect(SecretReference(kind: "env", name: name) == .env(name))
    }
    for name in ["", "kraken_key", "1A", "A-B", "A B", "A=B", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "Ä"] {
      #expect(SecretReference(kind: "env", name: name) == nil, "\(name)")
      #expect(SecretReference(kind: "env_file", name: name) == nil, "\(name)")
    }
    #expect(SecretReference(kind: "file", name: "/run/secrets/kraken.key") == .file("/run/secrets/kraken.key"))
    #expect(SecretReference(kind: "file", name: "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q==") == nil)
    #expect(SecretReference(kind: "value", name: "X") == nil)
  }
}
