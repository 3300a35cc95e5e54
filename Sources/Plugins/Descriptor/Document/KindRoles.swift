internal import Config
internal import Core

/// What a place of an order's request says: how much, at what price, or neither.
private enum KindRole: Hashable {
  case amount, price, both, other

  /// The role of a text; none for a bare number, which stands for nothing in particular.
  init?(_ template: Template) {
    let names = Set(template.variables)
    let isAmount = !names.isDisjoint(with: OperationRule.amounts)
    let isPrice = !names.isDisjoint(with: ["price", "trigger"])
    if names.isEmpty, (try? ExactDecimal(parsing: template.texts.joined())) != nil { return nil }
    self = isAmount ? (isPrice ? .both : .amount) : (isPrice ? .price : .other)
  }
}

extension Tree {
  /// The roles of its places, each under the name that is nearest above it.
  fileprivate func roles(under name: String) -> [(name: String, role: KindRole)] {
    switch self {
    case .text(let template): KindRole(template).map { [(name, $0)] } ?? []
    case .literal: []
    case .list(let elements): elements.flatMap { $0.roles(under: name) }
    case .object(let members): members.flatMap { $0.value.roles(under: $0.name) }
    }
  }
}

extension DescriptorSession {
  /// That a place which says how much in most kinds says it in all of them, and likewise a price: what was put into the
  /// wrong place of one kind would be an order of another size.
  mutating func checkRoles(_ kinds: [ReadKind]) {
    var seen: [String: [KindRole: [Int]]] = [:]
    for (index, kind) in kinds.enumerated() {
      for (name, tree) in kind.form.variables {
        for place in tree.roles(under: name) { seen[place.name, default: [:]][place.role, default: []].append(index) }
      }
    }
    for (name, roles) in seen.sorted(by: { $0.key < $1.key }) where roles.count > 1 {
      let usual = roles.max { a, b in
        a.value.count != b.value.count ? a.value.count < b.value.count : (a.value.min() ?? 0) > (b.value.min() ?? 0)
      }
      for (role, places) in roles where role != usual?.key {
        for kind in Set(places).sorted().compactMap({ kinds.indices.contains($0) ? kinds[$0] : nil }) {
          at(kind.name) {
            $0.error(kind.mark, "says another thing in \(name) than most kinds: an amount, a price or neither")
          }
        }
      }
    }
  }
}
