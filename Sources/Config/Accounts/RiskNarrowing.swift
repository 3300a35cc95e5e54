internal import Core

extension RiskPlan {
  /// The narrowest of three levels; `nil` only if a declared default were missing.
  init?(host: RiskLimits, master: RiskLimits, user: RiskLimits) {
    let levels = [host, master, user]
    guard let effective = EffectiveRisk(narrowestOf: levels) else { return nil }
    self.init(host: host, master: master, user: user, effective: effective)
  }
}

extension EffectiveRisk {
  /// A level that says nothing narrows nothing; where none says anything, the declared default holds.
  init?(narrowestOf levels: [RiskLimits]) {
    func narrowest<Value: Comparable>(_ key: Key<Value>, _ value: (RiskLimits) -> Value?) -> Value? {
      levels.compactMap(value).min() ?? key.default
    }
    guard let maxOrder = narrowest(RiskKeys.maxOrder, \.maxOrder),
      let maxPositions = narrowest(RiskKeys.maxPositions, \.maxPositions),
      let maxExposure = narrowest(RiskKeys.maxExposure, \.maxExposure),
      let maxDailyLoss = narrowest(RiskKeys.maxDailyLoss, \.maxDailyLoss),
      let maxDrawdown = narrowest(RiskKeys.maxDrawdown, \.maxDrawdown),
      let defaultSize = RiskKeys.orderSize.default
    else { return nil }
    let written = levels.compactMap(\.orderSize)
    let sizes = written.isEmpty ? [defaultSize] : written
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

/// Finds limits that can have no effect, since a level above holds one that is as narrow.
struct IdleLimits {
  let layers: Layers

  /// The limits of the innermost level that nobody will ever feel.
  func diagnostics() -> [Diagnostic] {
    guard let inner = layers.all.last, let risk = inner.block.block(SettingsKeys.risk) else { return [] }
    return risk.entries.compactMap { entry in
      guard let value = entry.parsed.scalar, let (holder, held) = narrowest(entry.name, comparableTo: value) else {
        return nil
      }
      guard value.isLess(than: held) == false else { return nil }
      let message = "can have no effect: \(holder.file):\(holder.mark.line) already holds it to \(held)"
      let path = inner.path.appending(SettingsKeys.risk.name).appending(entry.name)
      return Diagnostic(
        file: inner.file, mark: entry.parsed.mark, severity: .warning, path: path.text, message: message)
    }
  }

  /// The narrowest value of the outer levels. A share and an amount narrow each other only as the account runs.
  private func narrowest(
    _ name: String, comparableTo value: FieldValue
  ) -> (holder: (file: String, mark: Mark), value: FieldValue)? {
    var best: (holder: (file: String, mark: Mark), value: FieldValue)?
    for layer in layers.all.dropLast() {
      guard let parsed = layer.block.block(SettingsKeys.risk)?[name], let held = parsed.scalar,
        value.isLess(than: held) != nil
      else { continue }
      if let best, held.isLess(than: best.value) != true { continue }
      best = ((layer.file, parsed.mark), held)
    }
    return best
  }
}
