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
    let registered = Registry.builtIn.map { $0.spec.declaration.title } + ["Descriptor", "Process"]
    #expect(!folders.isEmpty)
    #expect(folders.sorted() == registered.sorted())
  }

  @Test func `names are unique, found again, and unknown ones are not`() {
    let names = Registry.plugins.map { $0.spec.declaration.name } + Registry.strategies.map(\.name)
    #expect(Set(names).count == names.count)
    for kind in Registry.plugins {
      #expect(Registry.plugin(named: kind.name)?.spec.declaration.title == kind.spec.declaration.title)
    }
    for declaration in Registry.strategies { #expect(Registry.strategy(named: declaration.name) != nil) }
    #expect(Registry.plugin(named: "nobody") == nil)
    #expect(Registry.strategy(named: "nobody") == nil)
  }

  @Test func `every capability a plugin declares is one that the host knows`() {
    for kind in Registry.plugins {
      #expect(kind.spec.capabilities.count == kind.spec.declaration.capabilities.count)
    }
  }
}
