import ArgumentParser
import Config
import Core
import Glibc

/// Asks the running host.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Ask the running host where each account stands, why, and what to do next.",
    discussion: "Leaves with 69 when no host runs on the manifest's state folder.")

  @OptionGroup var source: ManifestSource
  @Flag(name: .long, help: "Draw again every second until interrupted.")
  var watch = false
  @Flag(name: .long, help: "Print JSON.")
  var json = false
  @Argument(help: ArgumentHelp("Only these accounts.", valueName: "account"))
  var accounts: [String] = []

  func run() throws {
    let path = ControlServer.path(inState: try source.stateDirectory())
    if watch, !json { Console.print("\u{1B}[2J") }
    while true {
      let status = try ask(path)
      try requireKnown(accounts, in: status.value)
      let text = json ? Self.filtered(status, accounts) : StatusTree.text(status.value, wanted: accounts)
      Console.print(watch && !json ? Self.redrawn(text) : text)
      guard watch else { return }
      sleep(1)
    }
  }

  /// Home, the new text, and whatever the old one leaves right of and below it erased: no flicker.
  private static func redrawn(_ text: String) -> String {
    "\u{1B}[H" + text.split(separator: "\n").map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
  }

  private struct Answer {
    var text: String
    var value: JSON
  }

  private func ask(_ path: String) throws -> Answer {
    do {
      var socket = try LineSocket(connectingTo: path, limit: 5)
      let bytes = try socket.ask(#"{"do":"status"}"#)
      return Answer(text: String(decoding: bytes, as: UTF8.self), value: try JSON(parsing: bytes))
    } catch let error as SystemError {
      throw Console.failure(.unavailable, "no host runs on this manifest's state (\(error))")
    } catch {
      throw Console.failure(.unavailable, "the host's answer cannot be read: \(error)")
    }
  }

  private func requireKnown(_ accounts: [String], in status: JSON) throws {
    let known = (status["accounts"]?.elements ?? []).compactMap { $0["id"]?.text }
    for account in accounts where !known.contains(account) {
      throw Console.failure(.usage, "the host runs no account \(account)")
    }
  }

  /// The host's own words; with accounts named, only theirs.
  private static func filtered(_ status: Answer, _ accounts: [String]) -> String {
    guard !accounts.isEmpty else { return status.text + "\n" }
    let members = (status.value.members ?? []).map { key, value in
      guard key == "accounts" else { return (key: key, value: JSONValue(value)) }
      let chosen = (value.elements ?? []).filter { accounts.contains($0["id"]?.text ?? "") }
      return (key: key, value: JSONValue.array(chosen.map(JSONValue.init)))
    }
    return JSONValue.object(members).encoded + "\n"
  }
}

extension JSONValue {
  /// The same document, to be written again.
  init(_ json: JSON) {
    switch json.kind {
    case .null: self = .null
    case .boolean: self = .boolean(json.boolean ?? false)
    case .number: self = .number(json.text ?? "0")
    case .string: self = .string(json.text ?? "")
    case .array: self = .array((json.elements ?? []).map(JSONValue.init))
    case .object: self = .object((json.members ?? []).map { (key: $0.key, value: JSONValue($0.value)) })
    }
  }
}
