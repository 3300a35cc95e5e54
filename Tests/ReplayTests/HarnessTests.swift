import Core
import Foundation
import Testing

/// The replay itself: what is altered is found and named, and nothing else.
@Suite struct HarnessTests {
  /// The material in a folder of its own; `nil` where there is none to copy.
  private static func copy() throws -> Folders? {
    let origin = Folders.beside
    guard FileManager.default.fileExists(atPath: origin.fixtures.path) else { return nil }
    let folder = FileManager.default.temporaryDirectory.appending(path: "nija-replay-\(UUID().uuidString)")
    var folders = Folders(
      vectors: folder.appending(path: "vectors"), fixtures: folder.appending(path: "fixtures"), isDefault: false)
    for file in MaterialFile.all {
      let url = folders.url(file)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contentsOf: origin.url(file)).write(to: url)
    }
    folders.isDefault = false
    return folders
  }

  private static func remove(_ folders: Folders) {
    try? FileManager.default.removeItem(at: folders.fixtures.deletingLastPathComponent())
  }

  /// Changes a file of the material at a path of keys and, for rows of a list, ids or indices.
  private static func alter(
    _ folders: Folders, _ path: String, _ place: [String], _ change: (JSONValue) -> JSONValue
  ) throws {
    let file = try #require(MaterialFile.all.first { $0.path == path })
    let content = try #require(try folders.read(file))
    let altered = try Self.altered(content, place[...], change)
    try Data(altered.encoded.utf8).write(to: folders.url(file))
  }

  private static func altered(
    _ value: JSONValue, _ place: ArraySlice<String>, _ change: (JSONValue) -> JSONValue
  ) throws -> JSONValue {
    guard let key = place.first else { return change(value) }
    if var list = value.list {
      let found = list.firstIndex { $0["id"]?.text == key } ?? Int(key)
      let index = try #require(found.flatMap { list.indices.contains($0) ? $0 : nil }, "no \(key)")
      list[index] = try Self.altered(list[index], place.dropFirst(), change)
      return .array(list)
    }
    var value = value
    value[key] = try Self.altered(try #require(value[key], "no \(key)"), place.dropFirst(), change)
    return value
  }

  private static func replace(_ old: String, _ new: String) -> (JSONValue) -> JSONValue {
    { .string(($0.text ?? "").replacingOccurrences(of: old, with: new)) }
  }

  // MARK: Altered material

  private static let alterations: [(path: String, place: [String], old: String, new: String)] = [
    ("kraken-api-sign.json", ["vectors", "kx-balance", "api_sign"], "Jz", "Ja"),
    ("coinbase-jwt.json", ["vectors", "adv-ed-1-00-get", "token"], "eyJ", "eyK"),
    ("coinbase-jwt.json", ["vectors", "adv-ec-1-02-get", "request", "path"], "key_permissions", "accounts"),
    ("broker-requests-kraken.json", ["cases", "kraken/broker-request/limit_order/0", "request", "body"], "30000", "1"),
    (
      "broker-requests-kraken.json", ["cases", "kraken/broker-request/balances/0", "request", "url"], "BalanceEx",
      "Balance"
    ),
    (
      "ccxt-static-kraken-request.json", ["cases", "kraken/ccxt-static/request/cancelOrder/19", "output"], "OF7S76",
      "OF7S77"
    ),
    (
      "ccxt-static-coinbase-request.json", ["cases", "coinbase/ccxt-static/request/createOrder/2", "output"], "BUY",
      "SELL"
    ),
    (
      "ccxt-static-coinbase-request.json", ["cases", "coinbase/ccxt-static/request/fetchTicker/33", "httpMethod"],
      "GET",
      "POST"
    ),
    (
      "ccxt-static-kraken-response.json",
      ["cases", "kraken/ccxt-static/response/fetchOpenOrders/7", "expectedFields", "0", "side"], "buy", "sell"
    ),
    (
      "captures-coinbase.json",
      ["cases", "coinbase/capture/http_product_book/0", "raw", "pricebook", "asks", "0", "price"], "68923.67",
      "68923.68"
    ),
  ]

  @Test func `an altered case fails by its id, and all others go on`() async throws {
    guard let folders = try Self.copy() else { return print("left out: there is no material to alter") }
    defer { Self.remove(folders) }
    let list = try NotApplicable.load()
    let before = await Replay(folders: folders, list: list).run()
    for (path, place, old, new) in Self.alterations {
      try Self.alter(folders, path, place, Self.replace(old, new))
    }
    let report = await Replay(folders: folders, list: list).run()
    let altered = Self.alterations.compactMap { $0.place.dropFirst().first }
    let found = report.failures.map(\.id)
    for id in altered { #expect(found.contains { $0 == id || $0.hasSuffix("/\(id)") }, "\(id) was altered") }
    #expect(found.count == altered.count + before.failures.count)
    #expect(report.total.passed == before.total.passed - altered.count)
    #expect(report.total.listed == before.total.listed)
    let line = try #require(report.lines.last)
    #expect(
      line == "replay: \(report.total.passed) passed, \(report.total.failed) failed, \(report.total.listed) listed")
    for id in altered { #expect(report.lines.contains { $0.contains("FAILED") && $0.contains("\(id): ") }) }
  }

  @Test func `what a folder lacks is named, and what nobody has mapped fails alone`() async throws {
    guard let folders = try Self.copy() else { return print("left out: there is no material to alter") }
    defer { Self.remove(folders) }
    try FileManager.default.removeItem(at: folders.vectors)
    try FileManager.default.removeItem(at: folders.fixtures.appending(path: "captures-kraken.json"))
    let cases = """
      {"cases": [
        {"id": "kraken/x/levitate", "method": "levitate", "input": [], "httpMethod": "GET", "url": "https://x/"},
        {"id": "kraken/x/sol", "method": "createOrder", "input": ["SOL/EUR", "limit", "sell", 3.5, 120.25,
          {"timeInForce": "IOC"}], "httpMethod": "POST", "url": "https://api.kraken.com/0/private/AddOrder",
         "output": "nonce=1&pair=SOLEUR&type=sell&ordertype=limit&volume=3.50&price=120.25&timeinforce=IOC"},
        {"id": "kraken/x/wrong", "method": "createOrder", "input": ["SOL/EUR", "limit", "sell", 3.5, 120.25],
         "httpMethod": "POST", "url": "https://api.kraken.com/0/private/AddOrder",
         "output": "nonce=1&pair=SOLEUR&type=sell&ordertype=limit&volume=3.6&price=120.25&new=1"},
        {"id": "kraken/x/deposits", "method": "fetchDeposits", "input": ["USDT"], "httpMethod": "POST", "url": ""}
      ]}
      """
    let path = folders.fixtures.appending(path: "ccxt-static-kraken-request.json")
    try Data(cases.utf8).write(to: path)
    let report = await Replay(folders: folders, list: try .load()).run()
    #expect(
      report.absent == [
        "vectors/kraken-api-sign.json", "vectors/coinbase-jwt.json", "vectors/coinbase-legacy-hmac.json",
        "fixtures/captures-kraken.json",
      ])
    let failures = Dictionary(uniqueKeysWithValues: report.failures.map { ($0.id, $0.differences) })
    #expect(failures["kraken/x/levitate"] == ["no mapping for levitate"])
    #expect(failures["kraken/x/sol"] == nil && failures["kraken/x/deposits"] == nil)
    #expect(failures["kraken/x/wrong"] == ["new: expected 1, seen nothing", "volume: expected 3.6, seen 3.5"])
    let file = try #require(report.counts.first { $0.file == "fixtures/ccxt-static-kraken-request.json" })
    #expect(file.count.passed == 1 && file.count.failed == 2 && file.count.listed == 1)
  }

  @Test func `a list that hides a passing case fails, and so does one that names a case there is not`() async throws {
    guard let folders = try Self.copy() else { return print("left out: there is no material to list") }
    defer { Self.remove(folders) }
    var list = try NotApplicable.load()
    list.cases["coinbase/ccxt-static/request/createOrder/2"] = "made up"
    list.cases["coinbase/no/such/case"] = "made up"
    let report = await Replay(folders: .beside, list: list).run()
    let ids = Set(report.failures.map(\.id))
    #expect(ids.isSuperset(of: ["coinbase/ccxt-static/request/createOrder/2", "coinbase/no/such/case"]))
    // Elsewhere the list may name what is not there.
    let elsewhere = await Replay(folders: folders, list: list).run()
    #expect(!elsewhere.failures.contains { $0.id == "coinbase/no/such/case" })
  }

  // MARK: Every leaf

  /// Places of all leaves, as keys and indices.
  private static func places(_ value: JSONValue) -> [[String]] {
    if let members = value.members { return members.flatMap { key, inner in places(inner).map { [key] + $0 } } }
    if let list = value.list {
      return list.enumerated().flatMap { index, inner in places(inner).map { ["\(index)"] + $0 } }
    }
    return value.isNull ? [] : [[]]
  }

  private static func other(_ value: JSONValue) -> JSONValue {
    if let truth = value.truth { return .boolean(!truth) }
    guard value.isNumber, let number = value.decimal else { return .string((value.text ?? "") + "x") }
    return .number(((try? number + .one) ?? .zero).description)
  }

  @Test func `every member of an expected answer counts, unless it is declared as not ours`() async throws {
    guard FileManager.default.fileExists(atPath: Folders.beside.fixtures.path) else { return }
    var looked = 0
    for file in MaterialFile.all where file.family == .staticResponse {
      for one in try file.cases(try #require(try Folders.beside.read(file))) {
        guard let differences = try? await AnswerReplay(one).differences(), differences.isEmpty,
          let expected = one.content["expectedFields"]
        else { continue }
        let plan = try AnswerPlan(one)
        let kind = AnswerRun.kind(try #require(plan.operations.first))
        for place in Self.places(expected) {
          var content = one.content
          content["expectedFields"] = try Self.altered(expected, place[...], Self.other)
          let altered = ReplayCase(
            id: one.id, venue: one.venue, family: one.family, file: one.file, content: content, context: one.context)
          let path = place.filter { Int($0) == nil }.joined(separator: ".")
          if NotOurs.leavesOut(path, kind)
            || NotOurs.allowances.contains(where: { $0.kind == kind && $0.fields?.contains(path) == true })
          {
            continue
          }
          looked += 1
          #expect(try await !AnswerReplay(altered).differences().isEmpty, "\(one.id): \(place) may be anything")
        }
      }
    }
    #expect(looked > 50)
  }

  @Test func `every parameter of an expected request counts, unless it is declared as ours`() async throws {
    guard FileManager.default.fileExists(atPath: Folders.beside.fixtures.path) else { return }
    var looked = 0
    for file in MaterialFile.all where file.family == .staticRequest {
      for one in try file.cases(try #require(try Folders.beside.read(file))) {
        guard one.content["ccxt_4_5_90_agrees"]?.truth == true,
          let differences = try? await RequestReplay(one).differences(), differences.isEmpty
        else { continue }
        var content = one.content
        let url = one.content["url"]?.text ?? "", path = url.prefix { $0 != "?" }, query = url.dropFirst(path.count)
        content["url"] = .string("\(path)/x\(query)")
        #expect(try await !RequestReplay(Self.like(one, content)).differences().isEmpty, "\(one.id): the path")
        content["url"] = .string("\(path)\(query)\(query.isEmpty ? "?" : "&")zz=1")
        #expect(
          try await RequestReplay(Self.like(one, content)).differences() == ["zz: expected 1, seen nothing"],
          "\(one.id)")
        content["url"] = one.content["url"]
        content["httpMethod"] = "PATCH"
        #expect(try await RequestReplay(Self.like(one, content)).differences().count == 1, "\(one.id): the method")
        looked += 1
      }
    }
    #expect(looked > 20)
  }

  private static func like(_ one: ReplayCase, _ content: JSONValue) -> ReplayCase {
    ReplayCase(id: one.id, venue: one.venue, family: one.family, file: one.file, content: content, context: one.context)
  }
}
