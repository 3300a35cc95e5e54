import Core

/// Renders `status --json` for people: masters with their users below them. Reads the contract's JSON, so that it shows
/// exactly what scripts see, and only that.
struct StatusTree {
  private var lines: [String] = []

  /// The whole tree.
  /// - Parameter wanted: the accounts to show; all when empty.
  static func text(_ status: JSON, wanted: [String] = []) -> String {
    var tree = StatusTree()
    tree.addHost(status["host"])
    let accounts = (status["accounts"]?.elements ?? []).filter { wanted.isEmpty || wanted.contains($0.word("id")) }
    for (index, account) in accounts.enumerated() {
      let next = index + 1 < accounts.count ? accounts[index + 1] : nil
      tree.add(account, hasSibling: next?.word("role") == "user")
    }
    if wanted.isEmpty { tree.addFeeds(status["feeds"]?.elements ?? []) }
    return tree.lines.map(LogLine.harmless).joined(separator: "\n") + "\n"
  }

  private mutating func addHost(_ host: JSON?) {
    guard let host else { return }
    lines.append(
      "nija-host \(host.word("version")) · mode \(host.word("mode")) · pid \(host.word("pid")) · since \(host.time("started_at"))"
    )
  }

  private mutating func add(_ account: JSON, hasSibling: Bool) {
    let isUser = account.word("role") == "user"
    let (branch, stem) = isUser ? (hasSibling ? ("├─ ", "│  ") : ("└─ ", "   ")) : ("", hasSibling ? "│  " : "   ")
    var head = "\(branch)\(account.word("id"))"
    if account.word("name") != account.word("id") { head += " (\(account.word("name")))" }
    head += " \(Self.mark(account.word("state"))) \(account.word("state")) since \(account.time("since"))"
    if let pid = account["pid"]?.text { head += " · pid \(pid)" }
    if account.word("restarts") != "0" { head += " · restarts \(account.word("restarts"))" }
    if account.word("mode") != "sandbox" { head += " · \(account.word("mode"))" }
    lines.append(head)
    lines += Self.details(account).map { stem + "  " + $0 }
  }

  private static func mark(_ state: String) -> String {
    switch state {
    case "trading": "●"
    case "parked", "degraded": "▲"
    default: "○"
    }
  }

  private static func details(_ account: JSON) -> [String] {
    var lines: [String] = []
    if let reason = account["reason"]?.text { lines.append("why:     \(reason)") }
    if let step = account["next_step"]?.text { lines.append("next:    \(step)") }
    if let balance = account["balance"], !balance.isNull {
      lines.append(
        "balance: \(balance.word("total")) \(balance.word("currency")), available \(balance.word("available")), held \(balance.word("held")), as of \(balance.time("as_of"))"
      )
    }
    lines += orders(account) + cycle(account)
    return lines
  }

  private static func orders(_ account: JSON) -> [String] {
    guard let orders = account["orders"], orders["placed"]?.text != nil else { return [] }
    var text =
      "orders:  \(orders.word("placed")) placed, \(orders.word("open")) open, \(orders.word("unknown")) unknown · positions \(account.word("positions"))"
    text += " · last order \(account.time("last_order_at")), last fill \(account.time("last_fill_at"))"
    let unguarded = (account["unguarded"]?.members ?? []).map { market, since in
      "stops:   \(market) without a protective stop since \(Self.time(since.text ?? "–"))"
    }
    let odd = foreign(orders) + unguarded + unexplained(account)
    guard let profit = account["profit"], profit["realised"]?.text != nil else { return [text] + odd }
    return [text] + odd + ["profit:  \(profit.word("realised")) realised, fees \(profit.word("fees"))"]
  }

  private static func foreign(_ orders: JSON) -> [String] {
    guard let count = orders["foreign"]?.text, count != "0" else { return [] }
    return ["foreign: \(count) open orders that are not ours: shown, never touched"]
  }

  private static func unexplained(_ account: JSON) -> [String] {
    let amounts = (account["unexplained"]?.members ?? []).map { "\($0.value.text ?? "–") \($0.key)" }
    guard !amounts.isEmpty else { return [] }
    return ["balance: changed by \(amounts.joined(separator: ", ")) without an execution or movement that explains it"]
  }

  private static func cycle(_ account: JSON) -> [String] {
    guard let cycle = account["cycle"], !cycle.isNull else { return [] }
    var text =
      "cycle:   #\(cycle.word("number")) at \(cycle.time("finished_at")): \(cycle.word("markets")) markets, \(cycle.word("signals")) signals, \(cycle.word("orders")) orders"
    if let failure = cycle["failure"]?.text { text += "; failed: \(failure)" }
    let rejected = (cycle["rejected"]?.members ?? []).map { "\($0.key) \($0.value.text ?? "")" }
    return rejected.isEmpty ? [text] : [text, "         passed over: \(rejected.joined(separator: ", "))"]
  }

  fileprivate static func time(_ text: String) -> String {
    text == "–" ? text : String(text.prefix(19).map { $0 == "T" ? " " : $0 }) + "Z"
  }

  private mutating func addFeeds(_ feeds: [JSON]) {
    for feed in feeds {
      var line = "feed \(feed.word("broker")) \(feed.word("state")) since \(feed.time("since"))"
      if let pid = feed["pid"]?.text { line += " · pid \(pid)" }
      if let count = feed["instruments"]?.text { line += " · \(count) instruments" }
      if let reason = feed["reason"]?.text { line += " · \(reason)" }
      lines.append(line)
    }
  }
}

extension JSON {
  /// A member as text; a dash where it is not known.
  fileprivate func word(_ key: String) -> String { self[key]?.text ?? "–" }

  /// A time to the second; a dash where there was none.
  fileprivate func time(_ key: String) -> String {
    guard let text = self[key]?.text else { return "–" }
    return StatusTree.time(text)
  }
}
