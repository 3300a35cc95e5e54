import Core
import Messages

extension HostStatus {
  /// `status --json`, in the contract's shape; `feeds` and `sandbox` are ours on top of it.
  var json: JSONValue {
    [
      "format": "nija-status/1",
      "host": [
        "pid": .integer(Int(pid)), "version": .string(Build.version), "started_at": .string(startedAt.description),
        "mode": .string(mode), "manifest": .string(manifest),
      ],
      "accounts": .array(accounts.map(\.json)), "feeds": .array(feeds.map(\.json)),
      "sandbox": sandboxProcess.map { ["pid": .integer(Int($0))] } ?? .null,
    ]
  }

  /// `/readyz`: states and reasons, no amounts.
  var readinessJSON: JSONValue {
    [
      "ready": .boolean(unready.isEmpty),
      "accounts": .array(
        unready.map { account in
          [
            "account": .string(account.id), "state": .string(account.standing.state.rawValue),
            "reason": .optional(account.standing.reason), "next_step": .optional(account.standing.nextStep),
          ]
        }),
    ]
  }
}

extension AccountStatus {
  /// One element of `accounts`.
  var json: JSONValue {
    let standing: [(key: String, value: JSONValue)] = [
      ("id", .string(id)), ("broker", .string(broker)), ("plugin", .string(plugin)), ("role", .string(role)),
      ("name", .string(name)), ("mode", .string(mode)), ("control", .string(control)),
      ("state", .string(self.standing.state.rawValue)), ("since", .string(self.standing.since.description)),
      ("reason", .optional(self.standing.reason)), ("next_step", .optional(self.standing.nextStep)),
      ("pid", .optional(process.map(Int.init))), ("restarts", .integer(restarts)), ("ladder", ladderJSON),
      ("cycle", report?.cycle?.json ?? .null), ("balance", report?.balance?.json ?? .null),
    ]
    let books: [(key: String, value: JSONValue)] = [
      ("orders", ordersJSON),
      ("positions", .optional(report?.positions)), ("unexplained", report?.unexplainedJSON ?? .null),
      ("unguarded", report?.unguardedJSON ?? .null),
      (
        "profit",
        [
          "realised": .optional(report?.realisedProfit?.text(minimumPlaces: 2)),
          "fees": .optional(report?.feesPaid?.text(minimumPlaces: 2)),
          "since": .optional(report?.journalSince?.description),
        ]
      ),
    ]
    let calls: [(key: String, value: JSONValue)] = [
      ("last_private_call_at", .optional(report?.lastPrivateCallAt?.description)),
      ("last_order_at", .optional(report?.lastOrderAt?.description)),
      ("last_fill_at", .optional(report?.lastFillAt?.description)), ("memory_kib", .optional(report?.memoryKiB)),
      ("start_milliseconds", .optional(report?.startMilliseconds)),
      ("permissions", report?.permissions?.json ?? .null),
      ("clock_offset_ms", .optional(clock?.milliseconds)),
    ]
    return .object(standing + books + calls)
  }

  private var ordersJSON: JSONValue {
    [
      "open": .optional(report?.openOrders), "unknown": .optional(report?.unknownOrders),
      "placed": .optional(report?.placedOrders), "foreign": .optional(report?.foreignOrders),
    ]
  }

  private var ladderJSON: JSONValue {
    let ladder = ladder
    return .object(Rung.allCases.map { (key: $0.rawValue, value: .optional(ladder[$0]?.description)) })
  }
}

extension FeedStatus {
  /// One element of `feeds`.
  var json: JSONValue {
    [
      "broker": .string(broker), "mode": .string(mode), "state": .string(feedState),
      "since": .string(standing.since.description), "reason": .optional(standing.reason),
      "pid": .optional(process.map(Int.init)), "restarts": .integer(restarts),
      "instruments": .optional(report?.instruments),
    ]
  }

  /// A feed does not trade: its good state is `fresh`, its bad one `stale`.
  private var feedState: String {
    switch standing.state {
    case .trading: "fresh"
    case .degraded: "stale"
    default: standing.state.rawValue
    }
  }
}
