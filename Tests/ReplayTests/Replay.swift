import Core
import Foundation

/// What became of one case.
enum Verdict: Hashable, Sendable {
  case passed
  /// Every difference, `what: expected …, seen …`.
  case failed([String])
  /// It cannot apply, for this reason.
  case listed(String)
}

/// Replays all cases of some folders against the two plugins, one after the other; none stops the others.
struct Replay: Sendable {
  var folders: Folders
  var list: NotApplicable

  func run() async -> Report {
    var report = Report()
    for file in MaterialFile.all {
      let cases: [ReplayCase]
      do {
        guard let content = try folders.read(file) else {
          report.absent.append(file.name)
          continue
        }
        cases = try file.cases(content)
      } catch {
        report.add("\(file.name)", .failed(["\(error)"]), file: file.name)
        continue
      }
      for one in cases { report.add(one.id, await verdict(one), file: file.name) }
    }
    if folders.isDefault, report.absent.isEmpty {
      for id in list.cases.keys.sorted() where !report.ids.contains(id) {
        report.add(
          id, .failed(["not-applicable.json names it, and there is no such case"]), file: "not-applicable.json")
      }
    }
    return report
  }

  /// A listed case is run all the same: a list that hides one which passes is wrong.
  private func verdict(_ one: ReplayCase) async -> Verdict {
    let reason = list.cases[one.id]
    do {
      let differences = try await Self.differences(one)
      guard let reason else { return differences.isEmpty ? .passed : .failed(differences) }
      if differences.isEmpty { return .failed(["not-applicable.json lists it (\(reason)), but it passes"]) }
      return .listed(reason)
    } catch let unmapped as Unmapped {
      if let reason { return .listed(reason) }
      if !folders.isDefault, let reason = list.vocabulary[unmapped.subject] { return .listed(reason) }
      return .failed([unmapped.description])
    } catch {
      return .failed(["\(error)"])
    }
  }

  private static func differences(_ one: ReplayCase) async throws -> [String] {
    switch one.family {
    case .sign: try KrakenVector(one).differences()
    case .jwt: try CoinbaseVector(one).differences()
    case .legacySignature: throw Unmapped("legacy HMAC signature")
    case .brokerRequest, .staticRequest: try await RequestReplay(one).differences()
    case .staticResponse, .comment, .capture: try await AnswerReplay(one).differences()
    case .document: try await DocumentReplay(one).differences()
    }
  }
}

/// What became of all cases.
struct Report: Sendable {
  struct Count: Sendable {
    var passed = 0, failed = 0, listed = 0
  }
  private(set) var ids: Set<String> = []
  private(set) var failures: [(id: String, differences: [String])] = []
  private(set) var counts: [(file: String, count: Count)] = []
  var absent: [String] = []

  mutating func add(_ id: String, _ verdict: Verdict, file: String) {
    ids.insert(id)
    if counts.last?.file != file { counts.append((file, Count())) }
    switch verdict {
    case .passed: counts[counts.count - 1].count.passed += 1
    case .listed: counts[counts.count - 1].count.listed += 1
    case .failed(let differences):
      counts[counts.count - 1].count.failed += 1
      failures.append((id, differences))
    }
  }

  var total: Count {
    counts.reduce(into: Count()) {
      $0.passed += $1.count.passed
      $0.failed += $1.count.failed
      $0.listed += $1.count.listed
    }
  }

  /// One line a failed case and difference, one a file, and the closing line.
  var lines: [String] {
    failures.flatMap { failure in failure.differences.map { "replay: FAILED \(failure.id): \($0)" } }
      + absent.map { "replay: absent \($0): its cases were left out" }
      + counts.map { "replay: \($0.file): \(Self.text($0.count))" } + ["replay: \(Self.text(total))"]
  }

  private static func text(_ count: Count) -> String {
    "\(count.passed) passed, \(count.failed) failed, \(count.listed) listed"
  }
}
