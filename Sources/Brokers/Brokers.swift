/// The descriptors that come with the program: the files under `brokers/`, as they were when it was built.
public enum Brokers {
  /// Their bytes, by the brokerage's name.
  public static let descriptors: [String: [UInt8]] = [
    "alpaca": PackageResources.alpaca_yaml,
    "binance": PackageResources.binance_yaml,
    "bitfinex": PackageResources.bitfinex_yaml,
    "bitstamp": PackageResources.bitstamp_yaml,
    "bybit": PackageResources.bybit_yaml,
    "coinbaseexchange": PackageResources.coinbaseexchange_yaml,
    "gate": PackageResources.gate_yaml,
    "gemini": PackageResources.gemini_yaml,
    "okx": PackageResources.okx_yaml,
  ]
}
