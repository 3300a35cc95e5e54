import Core
import Dispatch
import Glibc

/// Asks the host that runs on a state folder, if one does, to look at accounts through the workers it has.
struct HostAsker: Sendable {
  /// The control socket.
  let path: String

  /// What asking came to.
  enum Answer: Sendable {
    /// Nobody listens there.
    case noHost
    /// A host may run, but cannot be asked.
    case mute(String)
    /// One answer an account.
    case told([AccountProbe])
  }

  /// Longer than a host takes for its bounded looks.
  private static let limit = 30

  /// Asks about a few accounts; none at all only finds out whether a host is there.
  func ask(_ accounts: [String]) async -> Answer {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: askBlocking(accounts)) }
    }
  }

  private func askBlocking(_ accounts: [String]) -> Answer {
    let request: JSONValue = ["do": "probe", "accounts": .array(accounts.map(JSONValue.string))]
    do {
      var socket = try LineSocket(connectingTo: path, limit: Self.limit)
      let answer = try JSON(parsing: try socket.ask(request.encoded))
      if let error = answer["error"]?.text { return .mute("the running host does not know how: \(error)") }
      return .told(try answer.array("accounts").map { json throws(JSONError) in try AccountProbe(json) })
    } catch let error as SystemError where [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.code) {
      return .noHost
    } catch let error as SystemError {
      return .mute("the host on this state folder cannot be asked: \(error)")
    } catch {
      return .mute("the running host's answer cannot be read: \(error)")
    }
  }
}
