import Broker
import Core
import Foundation
import Testing

@testable import Registry

struct RegistryTests {
  private static let plugins = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/Plugins")

  @Test func `no folder of a plugin is missing from the registry, and none is registered without a folder`() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.plugins.path).filter { !$0.hasPrefix(".") }
    let registered = Registry.plugins.map { String(describing: $0) }
    #expect(!folders.isEmpty)
    #expect(folders.sorted() == registered.sorted())
  }

  @Test func `names are unique, found again, and unknown ones are not`() {
    let names = Registry.plugins.map { $0.spec.declaration.name } + Registry.strategies.map(\.name)
    #expect(Set(names).count == names.count)
    for type in Registry.plugins {
      let found = Registry.plugin(named: type.spec.declaration.name)
      #expect(found.map { ObjectIdentifier($0) } == ObjectIdentifier(type))
    }
    for declaration in Registry.strategies { #expect(Registry.strategy(named: declaration.name) != nil) }
    #expect(Registry.plugin(named: "nobody") == nil)
    #expect(Registry.strategy(named: "nobody") == nil)
  }

  @Test func `every capability a plugin declares is one that the host knows`() {
    for type in Registry.plugins {
      #expect(type.spec.capabilities.count == type.spec.declaration.capabilities.count)
    }
  }
}
