internal import Config
internal import Core

extension DescriptorSession {
  /// How further pages are asked for.
  mutating func readPaging(_ block: ParsedBlock, _ context: CallContext) -> Paging? {
    guard let paging = block[PagingKeys.paging.name]?.block else { return nil }
    path.push(PagingKeys.paging.name)
    defer { path.pop() }
    guard let by = paging.text(PagingKeys.by), let most = paging.integer(PagingKeys.most) else { return nil }
    let method = self.method(by, paging)
    let variable = by == "offset" || by == "last" ? by : "page"
    let mark = paging.mark(of: PagingKeys.send)
    var own = context
    own.variables.insert(variable)
    own.used = []
    let isJSON = block.has(CallKeys.json) || block.has(CallKeys.payload)
    let send = parameters(paging, PagingKeys.send, in: isJSON ? .json : .text, &own)
    if most > 1 || paging.has(PagingKeys.send), !own.used.contains(variable) {
      at(PagingKeys.send.name) { $0.error(mark, "does not use {\(variable)}: every page would be the first") }
    }
    guard let method else { return nil }
    var result = Paging(method: method, send: send, most: most)
    if case .cursor = method { result.cursorSize = paging.integer(PagingKeys.size(required: false)) }
    return result
  }

  private mutating func method(_ by: String, _ paging: ParsedBlock) -> Paging.Method? {
    let size = paging.integer(PagingKeys.size(required: true))
    switch by {
    case "cursor", "header":
      guard let next = pagePath(paging, PagingKeys.next) else { return nil }
      var isHeader = false
      if case .header = next.origin { isHeader = true }
      guard isHeader == (by == "header") else {
        at(PagingKeys.next.name) {
          $0.error(
            paging.mark(of: PagingKeys.next),
            isHeader ? "is a header: write by: header" : "expected a header such as \"#cb-after?\"")
        }
        return nil
      }
      return .cursor(next)
    case "offset":
      let total = pagePath(paging, PagingKeys.total)
      guard total != nil || size != nil else {
        if !paging.has(PagingKeys.total) { error(paging.mark, "needs total or size: how it ends") }
        return nil
      }
      return .offset(total: total, size: size)
    case "page": return size.map { .page(size: $0) }
    default:
      guard let last = pagePath(paging, PagingKeys.last), let size else { return nil }
      return .last(last, size: size)
    }
  }

  private mutating func pagePath(_ paging: ParsedBlock, _ spec: FieldSpec) -> Path? {
    guard let parsed = paging[spec.name] else { return nil }
    path.push(spec.name)
    defer { path.pop() }
    guard let path = parse(parsed, ReadingParser.parsePath) else { return nil }
    guard !path.isMany, !path.asksKey else {
      error(parsed.mark, "expected a path to one value")
      return nil
    }
    return path
  }
}
