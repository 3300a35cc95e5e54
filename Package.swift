// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built in the same strict way; see docs/decisions/0001-build-settings.md.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// For the targets that touch C: each unsafe use says `unsafe`.
let strictMemory = strict + [.strictMemorySafety()]

/// The descriptors under `brokers/` that are built into the programs; Kraken and Coinbase are so in Swift.
let shipped = ["alpaca", "binance", "bitfinex", "bitstamp", "bybit", "coinbaseexchange", "gate", "gemini", "okx"]
let unshipped = ["kraken", "coinbase"].flatMap { ["files/\($0)", "files/\($0).yaml"] }

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
  name: "nija-host",
  products: [
    .executable(name: "nija-host", targets: ["Host"]),
    .executable(name: "nija-worker", targets: ["Worker"]),
    .executable(name: "nija-sandbox", targets: ["Sandbox"]),
    .executable(name: "nija-bench", targets: ["Bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
    .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
  ],
  targets: [
    // System libraries: a module map and thin shims each.
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CLinux"),

    // What everything else is made of.
    .target(name: "Core", dependencies: ["CJSON"], swiftSettings: strict),
    .target(name: "Config", dependencies: ["Core", "CYAML"], swiftSettings: strictMemory),
    .target(name: "Messages", dependencies: ["Core"], swiftSettings: strict),

    // Brokerages.
    .target(name: "Broker", dependencies: ["Core", "CCurl", "CCrypto"], swiftSettings: strictMemory),
    .target(name: "Conformance", dependencies: ["Core", "Broker"], swiftSettings: strict),
    .target(name: "Kraken", dependencies: ["Core", "Broker"], path: "Sources/Plugins/Kraken", swiftSettings: strict),
    .target(
      name: "Coinbase", dependencies: ["Core", "Broker"], path: "Sources/Plugins/Coinbase", swiftSettings: strict),

    // Brokerages that a file describes, or another program implements.
    .target(
      name: "Descriptor", dependencies: ["Core", "Config", "Broker"], path: "Sources/Plugins/Descriptor",
      swiftSettings: strict),

    .target(
      name: "ProcessPlugins", dependencies: ["Core", "Broker", "CLinux"], path: "Sources/Plugins/Process",
      swiftSettings: strict),
    .target(
      name: "Brokers", exclude: unshipped + shipped.map { "files/\($0)" },
      resources: shipped.map { .embedInCode("files/\($0).yaml") }, swiftSettings: strict),

    // Trading.
    .target(name: "Market", dependencies: ["Core"], swiftSettings: strictMemory),
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strictMemory),
    .target(name: "Journal", dependencies: ["Core", "SQLite"], swiftSettings: strictMemory),
    .target(name: "Trading", dependencies: ["Core", "Broker", "Market", "Journal"], swiftSettings: strict),
    .target(
      name: "Registry",
      dependencies: ["Core", "Config", "Broker", "Kraken", "Coinbase", "Descriptor", "Brokers", "Trading"],
      swiftSettings: strict),

    // The three programs.
    .executableTarget(
      name: "Worker",
      dependencies: [
        "Core", "Broker", "Market", "Journal", "Trading", "Registry", "ProcessPlugins", "Messages", "CLinux",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Sandbox",
      dependencies: [
        "Core", "Config", "Broker", "Descriptor", "CCrypto", argumentParser, nioCore, nioPosix, nioHTTP1,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Host",
      dependencies: [
        "Core", "Config", "Broker", "Conformance", "Descriptor", "Registry", "ProcessPlugins", "Journal", "Messages",
        "CLinux",
        argumentParser, nioCore, nioPosix, nioHTTP1,
      ],
      swiftSettings: strict),

    // The Swift side of `make bench`.
    .executableTarget(
      name: "Bench",
      dependencies: [
        "Core", "Config", "Broker", "Kraken", "Coinbase", "Descriptor", "Market", "Journal", "Trading",
      ], path: "bench/swift", swiftSettings: strict),

    // What the kill tests end anywhere: one life of a worker's parts.
    .executableTarget(
      name: "CrashRunner", dependencies: ["Core", "Broker", "Kraken", "Coinbase", "Market", "Journal", "Trading"],
      path: "Tests/CrashRunner", swiftSettings: strict),
    .testTarget(
      name: "CrashTests",
      dependencies: ["Core", "Broker", "Kraken", "Coinbase", "Market", "Journal", "Trading", "CrashRunner"],
      exclude: ["Shim"], swiftSettings: strict),

    .testTarget(name: "CoreTests", dependencies: ["Core"], swiftSettings: strict),
    .testTarget(
      name: "ConfigTests", dependencies: ["Core", "Config"], exclude: ["Cases"], swiftSettings: strict),
    .testTarget(name: "BrokerTests", dependencies: ["Core", "Broker", "Messages"], swiftSettings: strict),
    .testTarget(name: "KrakenTests", dependencies: ["Core", "Broker", "Kraken"], swiftSettings: strict),
    .testTarget(name: "CoinbaseTests", dependencies: ["Core", "Broker", "Coinbase", "Sandbox"], swiftSettings: strict),
    .testTarget(name: "MarketTests", dependencies: ["Core", "Market"], swiftSettings: strict),
    .testTarget(name: "JournalTests", dependencies: ["Core", "SQLite", "Journal"], swiftSettings: strict),
    .testTarget(
      name: "TradingTests", dependencies: ["Core", "Broker", "Market", "SQLite", "Journal", "Trading"],
      swiftSettings: strict),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["Core", "Config", "Broker", "Conformance", "Descriptor", "Registry", "Host", "Sandbox"],
      swiftSettings: strict),
    .testTarget(
      name: "ProcessPluginTests",
      dependencies: ["Core", "Config", "Broker", "Conformance", "Descriptor", "ProcessPlugins", "Host", "Sandbox"],
      swiftSettings: strict),
    .testTarget(
      name: "DescriptorTests", dependencies: ["Core", "Config", "Broker", "Descriptor"],
      exclude: ["Samples", "Cases"], swiftSettings: strict),
    .testTarget(name: "RegistryTests", dependencies: ["Core", "Broker", "Registry"], swiftSettings: strict),
    .testTarget(
      name: "SandboxTests", dependencies: ["Core", "CCrypto", "Broker", "Coinbase", "Trading", "Sandbox"],
      swiftSettings: strict),
    .testTarget(
      name: "ReplayTests", dependencies: ["Core", "Broker", "Kraken", "Coinbase", "Sandbox"],
      exclude: ["not-applicable.json"], swiftSettings: strict),
    .testTarget(
      name: "HostTests",
      dependencies: [
        "Core", "Broker", "Config", "Host", "Worker", "Sandbox", "Registry", "SQLite", "Journal", "Messages", nioCore,
        nioPosix,
        nioHTTP1,
      ],
      swiftSettings: strict),
  ]
)
