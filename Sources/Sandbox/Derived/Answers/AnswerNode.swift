import Core

/// A place in an answer that is being made: what a path leads to is made on the way.
///
/// One call makes, fills and throws away such a tree on its venue's loop; nothing is shared.
final class AnswerNode {
  private enum Content {
    case nothing
    case leaf(JSONValue)
    case list([AnswerNode])
    case object([(key: String, node: AnswerNode)])
  }

  private var content = Content.nothing

  /// What stands here as text; `nil` where nothing does, and for lists and objects.
  var text: String? {
    guard case .leaf(let value) = content else { return nil }
    return switch value {
    case .string(let text), .number(let text): text
    case .integer(let number): String(number)
    case .boolean(let truth): truth ? "true" : "false"
    default: nil
    }
  }

  /// Whether nothing stands here yet.
  var isEmpty: Bool { if case .nothing = content { true } else { false } }

  /// The document.
  var json: JSONValue {
    switch content {
    case .nothing: .null
    case .leaf(let value): value
    case .list(let nodes): .array(nodes.map(\.json))
    case .object(let members): .object(members.map { ($0.key, $0.node.json) })
    }
  }

  /// How many elements a list has.
  var count: Int { if case .list(let nodes) = content { nodes.count } else { 0 } }

  /// Puts a value here, whatever stood here.
  func put(_ value: JSONValue) { content = .leaf(value) }

  /// Makes this a list, or an object, that has nothing in it; what has something stays.
  func makeEmpty(list: Bool) {
    guard isEmpty else { return }
    content = list ? .list([]) : .object([])
  }

  // MARK: Going down

  /// The member of that name; made where this can be an object, else `nil`.
  func member(_ name: String) -> AnswerNode? {
    if let there = existingMember(name) { return there }
    let node = AnswerNode()
    switch content {
    case .nothing: content = .object([(name, node)])
    case .object(let members): content = .object(members + [(name, node)])
    case .leaf, .list: return nil
    }
    return node
  }

  /// The member of that name, where it is there.
  func existingMember(_ name: String) -> AnswerNode? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.key == name }?.node
  }

  /// The element at a place, from the end where it is negative; made with those before it where this can be a list.
  func element(_ index: Int) -> AnswerNode? {
    if let there = existingElement(index) { return there }
    guard index < 1_000, case .nothing = content else {
      guard index >= 0, index < 1_000, case .list(var nodes) = content else { return nil }
      while nodes.count <= index { nodes.append(AnswerNode()) }
      content = .list(nodes)
      return nodes[index]
    }
    let nodes = (0...max(0, index)).map { _ in AnswerNode() }
    content = .list(nodes)
    return nodes.last
  }

  /// The element at a place, where it is there.
  func existingElement(_ index: Int) -> AnswerNode? {
    guard case .list(let nodes) = content else { return nil }
    let place = index < 0 ? nodes.count + index : index
    return nodes.indices.contains(place) ? nodes[place] : nil
  }

  /// One more element.
  func appended() -> AnswerNode? {
    let node = AnswerNode()
    switch content {
    case .nothing: content = .list([node])
    case .list(let nodes): content = .list(nodes + [node])
    case .leaf, .object: return nil
    }
    return node
  }

  /// Puts a node that was made apart among the elements.
  func append(_ node: AnswerNode) {
    switch content {
    case .nothing: content = .list([node])
    case .list(let nodes): content = .list(nodes + [node])
    case .leaf, .object: break
    }
  }

  /// The element whose member is that; made where there is none.
  func element(where key: String, is value: String) -> AnswerNode? {
    if let there = existingElement(where: key, is: value) { return there }
    guard let node = appended() else { return nil }
    node.member(key)?.put(.string(value))
    return node
  }

  /// The element whose member is that, where there is one.
  func existingElement(where key: String, is value: String) -> AnswerNode? {
    guard case .list(let nodes) = content else { return nil }
    return nodes.first { $0.existingMember(key)?.text == value }
  }

  /// The elements of a list, the values of an object.
  var children: [AnswerNode] {
    switch content {
    case .list(let nodes): nodes
    case .object(let members): members.map(\.node)
    case .nothing, .leaf: []
    }
  }

  /// The first value of an object, where there is one.
  var firstValue: AnswerNode? { if case .object = content { children.first } else { nil } }
}

/// An answer that is being made: body, status and headers.
final class AnswerDraft {
  let root = AnswerNode()
  var status = 200
  /// By lower-case name.
  var headers: [(name: String, value: String)] = []

  /// What goes out.
  var response: VenueResponse {
    var response = root.isEmpty ? VenueResponse.json([:], status: status) : .json(root.json, status: status)
    response.headers += headers
    return response
  }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Where in an answer a row begins.
struct AnswerSpot {
  let draft: AnswerDraft
  let row: AnswerNode
  /// The key of the object's member that the row came through.
  var key: String?
  /// The market that was asked about: `symbol`, `base`, `quote`.
  var market: [String: String]

  init(_ draft: AnswerDraft, row: AnswerNode? = nil, key: String? = nil, market: [String: String] = [:]) {
    self.draft = draft
    self.row = row ?? draft.root
    self.key = key
    self.market = market
  }
}
