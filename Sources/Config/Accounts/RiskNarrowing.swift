internal import Core

extension RiskPlan {
  /// The narrowest of three levels; `nil` when the host leaves one open.
  init?(host: RiskLimits, master: RiskLimits, user: RiskLimits) {
    let levels = [host, master, user]
    guard let effective = EffectiveRisk(narrowestOf: levels) else { return nil }
    self.init(host: host, master: master, user: user, effective: effective)
  }
}

extension EffectiveRisk {
  /// A level that says nothing narrows nothing; the host's has the declared defaults, so one of them says something.
  init?(narrowestOf levels: [RiskLimits]) {
    func narrowest<Value: Comparable>(_ value: (RiskLimits) -> Value?) -> Value? {
      levels.compactMap(value).min()
    }
    guard let maxOrder = narrowest(\.maxOrder),
      let maxPositions = narrowest(\.maxPositions),
      let maxExposure = narrowest(\.maxExposure),
      let maxDailyLoss = narrowest(\.maxDailyLoss),
      let maxDrawdown = narrowest(\.maxDrawdown)
    else { return nil }
    let sizes = levels.compactMap(\.orderSize)
    self.init(
      orderShare: sizes.compactMap(\.share).min(), orderAmount: sizes.compactMap(\.amount).min(), maxOrder: maxOrder,
      maxPositions: maxPositions, maxExposure: maxExposure, maxDailyLoss: maxDailyLoss, maxDrawdown: maxDrawdown)
  }
}

extension SizeLimit {
  /// The fraction, where it is one.
  var share: ExactDecimal? { if case .share(let fraction) = self { fraction } else { nil } }
  /// The amount, where it is one.
  var amount: ExactDecimal? { if case .amount(let amount) = self { amount } else { nil } }
}

extension RiskLimits {
  /// The same with the declared defaults where nothing is said: what the host holds every account to. To go beyond a
  /// default, `defaults` has to say so.
  var withDefaults: RiskLimits {
    var limits = self
    limits.orderSize = orderSize ?? RiskKeys.orderSize.default
    limits.maxOrder = maxOrder ?? RiskKeys.maxOrder.default
    limits.maxPositions = maxPositions ?? RiskKeys.maxPositions.default
    limits.maxExposure = maxExposure ?? RiskKeys.maxExposure.default
    limits.maxDailyLoss = maxDailyLoss ?? RiskKeys.maxDailyLoss.default
    limits.maxDrawdown = maxDrawdown ?? RiskKeys.maxDrawdown.default
    return limits
  }
}

/// Finds limits that can have no effect, since a level above holds one that is as narrow.
struct IdleLimits {
  let layers: Layers
  /// Whether the outermost of the layers is the manifest's `defaults`; else the declared defaults stand in for it.
  let hasDefaults: Bool

  /// The limits of the innermost level that nobody will ever feel.
  func diagnostics() -> [Diagnostic] {
    guard let inner = layers.all.last, let risk = inner.block.block(SettingsKeys.risk) else { return [] }
    return risk.entries.compactMap { entry in
      guard let value = entry.parsed.scalar, let held = narrowest(entry.name, comparableTo: value),
        value.isLess(than: held.value) == false
      else { return nil }
      let path = inner.path.appending(SettingsKeys.risk.name).appending(entry.name)
      return Diagnostic(
        file: inner.file, mark: entry.parsed.mark, severity: .warning, path: path.text,
        message: "can have no effect: \(held.holder) already holds it to \(held.value)")
    }
  }

  /// The narrowest value of the outer levels. A share and an amount narrow each other only as the account runs.
  private func narrowest(_ name: String, comparableTo value: FieldValue) -> (holder: String, value: FieldValue)? {
    let written = layers.all.dropLast().compactMap { layer -> (holder: String, value: FieldValue)? in
      guard let parsed = layer.block.block(SettingsKeys.risk)?[name], let held = parsed.scalar else { return nil }
      return ("\(layer.file):\(parsed.mark.line)", held)
    }
    let says = hasDefaults && layers.all.first?.block.block(SettingsKeys.risk)?[name] != nil
    let standard = says ? nil : RiskKeys.all.first { $0.name == name }?.default.map { ("the default", $0) }
    let held = (standard.map { [$0] } ?? []) + written
    return held.filter { value.isLess(than: $0.value) != nil }.min { $0.value.isLess(than: $1.value) == true }
  }
}
