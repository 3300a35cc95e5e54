/// What a run of the kill test did, and what it found.
struct KillTally: Sendable, CustomStringConvertible {
  let venue: String
  var accounts = 0
  var kills = 0
  var survived = 0
  /// Accounts at a venue that shows orders late.
  var lateAccounts = 0
  /// Money calls that the venue did, or not, and whose reply was lost.
  var lostReplies = 0
  /// Those that the venue did, in a life that was ended before it came to rest.
  var executedAndKilled = 0
  /// How often lives were ended at what.
  var struck: [String: Int] = [:]
  var differences: [String] = []
  var elapsed = Duration.zero

  init(_ venue: String) { self.venue = venue }

  var description: String {
    """
    \(venue): \(kills) kills over \(accounts) accounts (\(survived) lives ended by themselves; \(lateAccounts) accounts \
    with late lists; \(lostReplies) lost replies, \(executedAndKilled) of them of executed calls in lives that were \
    killed), \(differences.count) differences, \(elapsed.components.seconds) s
    """
  }

  /// What was struck, a line each, venue by venue.
  static func table(_ tallies: [KillTally]) -> String {
    let names = Set(tallies.flatMap(\.struck.keys)).sorted()
    let width = (names.map(\.count).max() ?? 0) + 2
    func line(_ name: String, _ cells: [String]) -> String {
      let columns = cells.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }
      return name + String(repeating: " ", count: width - name.count) + columns.joined()
    }
    let rows = names.map { name in line(name, tallies.map { String($0.struck[name] ?? 0) }) }
    return ([line("struck", tallies.map(\.venue))] + rows).joined(separator: "\n")
  }
}
