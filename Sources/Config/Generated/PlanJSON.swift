public import Core

extension Manifest {
  /// What the manifest comes to, account by account; equal manifests have equal text. Without the hash, which is of
  /// the files as they are written.
  public var json: JSONValue {
    .object([
      (key: "mode", value: .string(mode.rawValue)), (key: "state", value: .string(state)),
      (key: "listen", value: .optional(listen?.description)),
      (
        key: "sandbox",
        value: .object([
          (key: "speed", value: .string(sandbox.speed.description)), (key: "seed", value: .integer(sandbox.seed)),
          (key: "faults", value: .optional(sandbox.faults)),
        ])
      ),
      (key: "admin_token", value: adminToken.map { FieldValue.secret($0).json } ?? .null),
      (key: "accounts", value: .array(accounts.map(\.json))),
    ])
  }
}

extension AccountPlan {
  /// Everything that the account runs by. Secrets are named by their place.
  public var json: JSONValue {
    .object([
      (key: "id", value: .string(id)), (key: "name", value: .string(name)),
      (key: "role", value: .string(role.rawValue)),
      (key: "plugin", value: .string(plugin)), (key: "source", value: source.json),
      (key: "mode", value: .string(mode.rawValue)), (key: "control", value: .string(control.rawValue)),
      (key: "disabled_in", value: .optional(disabledIn)),
      (key: "endpoint", value: .optional(endpoint?.description)),
      (key: "options", value: FieldValue.block(options).json),
      (
        key: "credentials",
        value: .object(credentials.map { (key: $0.slot.name, value: FieldValue.secret($0.reference).json) })
      ),
      (key: "strategy", value: .string(strategy.name)),
      (key: "parameters", value: FieldValue.block(strategy.parameters).json),
      (key: "candles", value: FieldValue.duration(candles).json),
      (key: "cycle", value: FieldValue.duration(cycle).json), (key: "markets", value: markets.json),
      (key: "risk", value: risk.effective.json), (key: "restart", value: restart.json),
      (key: "orders", value: orders.json),
    ])
  }
}

extension PluginSource {
  fileprivate var json: JSONValue {
    switch self {
    case .registered: "registered"
    case .descriptor(let file): ["descriptor": .string(file.file), "sha256": .string(file.digest)]
    case .process(let file):
      ["process": .array(file.command.map(JSONValue.string)), "sha256": .optional(file.digest)]
    }
  }
}

extension MarketPlan {
  fileprivate var json: JSONValue {
    [
      "quote": .string(quote), "include": .array(filter.include.map { .array($0.map(JSONValue.string)) }),
      "exclude": .array(filter.exclude.map(JSONValue.string)), "top": .integer(top),
    ]
  }
}

extension EffectiveRisk {
  fileprivate var json: JSONValue {
    [
      "order_share": .optional(orderShare.map(ShareText.text)), "order_amount": .optional(orderAmount),
      "max_order": .optional(maxOrder), "max_positions": .integer(maxPositions),
      "max_exposure": .string(ShareText.text(maxExposure)), "max_daily_loss": .string(ShareText.text(maxDailyLoss)),
      "max_drawdown": .string(ShareText.text(maxDrawdown)),
    ]
  }
}

extension RestartPlan {
  fileprivate var json: JSONValue { ["limit": .integer(limit), "within": .string(DurationText.text(within))] }
}

extension OrderPlan {
  fileprivate var json: JSONValue {
    [
      "max_slippage": .string(ShareText.text(maxSlippage)), "protective_stop": .boolean(restsProtectiveStops),
      "dead_man_switch": .optional(deadManSwitch.map(DurationText.text)), "adopt": .boolean(adoptsHoldings),
    ]
  }
}
