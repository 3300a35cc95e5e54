import Foundation
import Testing

/// The disk fills up while positions are held and stops rest.
@Suite(.serialized)
struct FullDiskTests {
  @Test(.timeLimit(.minutes(10)))
  func `on a full disk entries stop, the account is parked by name, exits go on, and nothing is lost`() async throws {
    let run: FiguresHost
    do {
      run = try FiguresHost(seed: 3, parameters: ["time_stop": "12m"], diskOf: 16)
    } catch let error as NotObserved {
      if ProcessInfo.processInfo.environment["CI"] != nil {
        Issue.record("a small file system is needed: \(error)")
      }
      return print("left out: the full disk (\(error))")
    }
    let disk = try #require(run.disk)
    defer { run.host.drain() }
    try await run.awaitPositions()
    let before = try Dictionary(uniqueKeysWithValues: FiguresHost.accounts.map { ($0, try run.books($0).sold) })

    let filled = Date()
    try disk.fill()
    // Coinbase counts calls so that an account writes often; Kraken's, which is let ask more seldom, has room in its log
    // for longer than this test takes.
    let parked = try await run.host.await("the account parked by name", within: 60) { () -> Date? in
      try run.isParkedForSpace("coinbase") ? Date() : nil
    }
    let soldBefore = try run.books("coinbase").sold
    _ = try await run.host.await("exits on the full disk", within: 60) { () -> Bool? in
      try run.books("coinbase").sold > soldBefore ? true : nil
    }
    #expect(try run.isParkedForSpace("coinbase"))
    let during = try FiguresHost.accounts.map { try run.books($0) }
    for book in during where book.account == "coinbase" {
      let entries = book.orders.values.filter { $0.purpose == "entry" && $0.intendedAt > parked }
      #expect(entries.isEmpty, "\(book.account) entered on a full disk")
    }

    // It heals by itself, and survives a stop while it is full.
    try disk.free()
    let healed = try await run.awaitTrading(within: 90)
    try disk.fill()
    _ = run.host.drain()
    try disk.free()
    try run.restart()
    let back = try await run.awaitKnown(within: 60)
    let books = try await run.finalBooks()

    print("a full disk:")
    print("  parked by name after \(AccountBooks.seconds(parked.timeIntervalSince(filled))) at most")
    for book in during {
      print("  \(book.account): \(book.sold - (before[book.account] ?? 0)) exits while it was full")
    }
    print("  trading again \(healed) after there was space, and \(back) after a restart")
    for book in books {
      print("  \(book.summary)")
      #expect(book.wrongs.isEmpty, "\(book.account)")
      let verified = try run.host.json("journal", book.account, "--verify")
      #expect(verified["ok"] as? Bool == true, "\(verified)")
    }
  }
}

extension FiguresHost {
  fileprivate func isParkedForSpace(_ account: String) throws -> Bool {
    let found = try host.accounts()[account]
    return found?["state"] as? String == "parked"
      && (found?["reason"] as? String ?? "").contains("no space left for the journal")
  }
}

extension AccountBooks {
  /// Exits that filled.
  fileprivate var sold: Int { orders.values.count { $0.purpose == "exit" && $0.state == "filled" } }
}
