import Config
import Core
import Glibc
import Registry

/// The descriptors that the sandbox makes venues from.
enum SandboxDescriptors {
  /// Writes the descriptor of every brokerage that a sandbox account of the manifest trades at and that is made from
  /// one, where the sandbox can read it: as the host read it, whatever becomes of the file meanwhile.
  /// - Returns: the files, by the plugin's name.
  static func write(for manifest: Manifest, in state: String) throws(SystemError) -> [String: String] {
    var texts: [String: [UInt8]] = [:]
    for plan in manifest.accounts where plan.mode == .sandbox && texts[plan.plugin] == nil {
      switch plan.source {
      case .registered: texts[plan.plugin] = Registry.descriptor(named: plan.plugin)
      case .descriptor(let file): texts[plan.plugin] = Array(file.text.utf8)
      case .process: break
      }
    }
    guard !texts.isEmpty else { return [:] }
    let folder = "\(state)/sandbox/descriptors"
    try StateDirectory.create(folder)
    var files: [String: String] = [:]
    for (name, bytes) in texts {
      let file = "\(folder)/\(name).yaml"
      try Descriptor.open(file, O_WRONLY | O_CREAT | O_TRUNC).writeAll(bytes)
      files[name] = file
    }
    return files
  }
}
