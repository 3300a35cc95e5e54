extension Node {
  /// Reads one YAML document. Aliases, anchors, tags and further documents are refused: a manifest says a thing once by
  /// inheritance, and what cannot be repeated cannot explode.
  public init(yaml bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
    let start = Mark(line: 1, column: 1)
    guard bytes.count <= limits.bytes else {
      throw YAMLError(mark: start, message: "larger than \(limits.bytes >> 20) MiB")
    }
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]), !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF])
    else {
      throw YAMLError(mark: start, message: "begins with a byte order mark; save the file as UTF-8 without one")
    }
    let result: Result<Node, YAMLError> = unsafe bytes.withUnsafeBufferPointer { buffer in
      do throws(YAMLError) {
        var composer = YAMLComposer(limits: limits)
        return .success(try unsafe composer.compose(buffer))
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }
}

/// Builds nodes from events without recursion, so that depth costs no stack.
private struct YAMLComposer {
  /// A list or a mapping that is still open.
  struct Frame {
    let mark: Mark
    let isMapping: Bool
    var elements: [Node] = []
    var entries: [Node.Entry] = []
    var key: (text: String, mark: Mark)?
  }

  let limits: YAMLLimits
  var open: [Frame] = []
  var root: Node?
  var count = 0
  var documents = 0

  init(limits: YAMLLimits) { self.limits = limits }

  mutating func compose(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLError) -> Node {
    var events = try unsafe YAMLEvents(bytes)
    while true {
      let token = try events.next()
      if case .end = token.event { break }
      try take(token)
    }
    guard let root else { throw YAMLError(mark: Mark(line: 1, column: 1), message: "nothing is written in it") }
    return root
  }

  private mutating func take(_ token: YAMLToken) throws(YAMLError) {
    try check(token)
    switch token.event {
    case .scalar(let text, let isQuoted): try take(scalar: text, isQuoted: isQuoted, token)
    case .mappingStart, .sequenceStart: try start(token)
    case .collectionEnd: try finish(token)
    case .documentStart:
      documents += 1
      guard documents == 1 else {
        throw YAMLError(mark: token.mark, message: "a second document begins; a file holds one")
      }
    case .alias, .boundary, .end: break
    }
  }

  private func check(_ token: YAMLToken) throws(YAMLError) {
    if case .alias = token.event {
      throw YAMLError(mark: token.mark, message: "an alias; write the value out, or once under `defaults`")
    }
    if token.isDecorated {
      throw YAMLError(mark: token.mark, message: "an anchor or a tag; write the bare value")
    }
    guard token.byteCount <= limits.scalarBytes else {
      throw YAMLError(mark: token.mark, message: "a text of more than \(limits.scalarBytes >> 10) KiB")
    }
    guard count < limits.nodes else {
      throw YAMLError(mark: token.mark, message: "more than \(limits.nodes) values in one file")
    }
  }

  private mutating func start(_ token: YAMLToken) throws(YAMLError) {
    if let last = open.indices.last, open[last].isMapping, open[last].key == nil {
      throw YAMLError(mark: token.mark, message: "a list or a mapping cannot be a key")
    }
    guard open.count < limits.depth else {
      throw YAMLError(mark: token.mark, message: "nested more than \(limits.depth) deep")
    }
    var isMapping = false
    if case .mappingStart = token.event { isMapping = true }
    open.append(Frame(mark: token.mark, isMapping: isMapping))
  }

  private mutating func take(scalar text: String, isQuoted: Bool, _ token: YAMLToken) throws(YAMLError) {
    if let last = open.indices.last, open[last].isMapping, open[last].key == nil {
      count += 1
      guard isQuoted || text != "<<" else {
        throw YAMLError(mark: token.mark, message: "a merge key; write the settings out, or once under `defaults`")
      }
      open[last].key = (text, token.mark)
    } else {
      add(Node(content: .scalar(text, isQuoted: isQuoted), mark: token.mark))
    }
  }

  private mutating func finish(_ token: YAMLToken) throws(YAMLError) {
    guard let frame = open.popLast() else {
      throw YAMLError(mark: token.mark, message: "ends what never began")
    }
    add(Node(content: frame.isMapping ? .mapping(frame.entries) : .sequence(frame.elements), mark: frame.mark))
  }

  private mutating func add(_ node: Node) {
    count += 1
    guard let last = open.indices.last else {
      root = node
      return
    }
    if let key = open[last].key {
      open[last].entries.append(Node.Entry(key: key.text, mark: key.mark, value: node))
      open[last].key = nil
    } else {
      open[last].elements.append(node)
    }
  }
}
