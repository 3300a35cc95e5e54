import Glibc

/// Which files some paths led to at one time.
struct FileIdentities: Sendable {
  private struct Identity: Equatable {
    let device: dev_t
    let number: ino_t

    init?(_ path: String) {
      var status = stat()
      guard unsafe lstat(path, &status) == 0 else { return nil }
      device = status.st_dev
      number = status.st_ino
    }
  }

  private let known: [(path: String, identity: Identity?)]

  init(of paths: [String]) { known = paths.map { ($0, Identity($0)) } }

  /// A path that leads elsewhere now, or nowhere.
  var firstMissing: String? { firstMissing(of: known.count) }

  /// The same of the first `count` of them.
  func firstMissing(of count: Int) -> String? {
    known.prefix(count).first { $0.identity != Identity($0.path) }?.path
  }
}
