internal import CYAML

/// What libyaml meets while it reads, in our types.
enum YAMLEvent {
  case scalar(String, isQuoted: Bool)
  case sequenceStart
  case mappingStart
  /// The end of a list or a mapping.
  case collectionEnd
  case documentStart
  case alias
  /// The stream's own start and end, and the end of a document.
  case boundary
  case end
}

/// What libyaml met, where, and what decorated it.
struct YAMLToken {
  let event: YAMLEvent
  let mark: Mark
  /// An anchor (`&name`) or a tag (`!!str`) stands before it.
  let isDecorated: Bool
  let byteCount: Int
}

/// libyaml's event parser over bytes that stay in place for as long as it lives. No type of C leaves it.
@safe struct YAMLEvents: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeBufferPointer<UInt8>

  init(_ input: UnsafeBufferPointer<UInt8>) throws(YAMLError) {
    unsafe self.input = unsafe input
    unsafe parser = .allocate(capacity: 1)
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw YAMLError(mark: Mark(line: 1, column: 1), message: "out of memory")
    }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
  }

  mutating func next() throws(YAMLError) -> YAMLToken {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { unsafe yaml_event_delete(&event) }
    return unsafe Self.token(event)
  }

  private static func token(_ event: yaml_event_t) -> YAMLToken {
    let mark = unsafe Mark(event.start_mark)
    func token(_ kind: YAMLEvent, isDecorated: Bool = false, byteCount: Int = 0) -> YAMLToken {
      YAMLToken(event: kind, mark: mark, isDecorated: isDecorated, byteCount: byteCount)
    }
    switch unsafe event.type {
    case YAML_SCALAR_EVENT: return unsafe scalar(event.data.scalar, mark)
    case YAML_MAPPING_START_EVENT:
      let start = unsafe event.data.mapping_start
      return unsafe token(.mappingStart, isDecorated: start.anchor != nil || start.tag != nil)
    case YAML_SEQUENCE_START_EVENT:
      let start = unsafe event.data.sequence_start
      return unsafe token(.sequenceStart, isDecorated: start.anchor != nil || start.tag != nil)
    case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: return token(.collectionEnd)
    case YAML_ALIAS_EVENT: return token(.alias)
    case YAML_DOCUMENT_START_EVENT: return token(.documentStart)
    case YAML_STREAM_END_EVENT: return token(.end)
    default: return token(.boundary)
    }
  }

  private static func scalar(
    _ scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar, _ mark: Mark
  ) -> YAMLToken {
    let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let isQuoted = unsafe scalar.style != YAML_PLAIN_SCALAR_STYLE
    return unsafe YAMLToken(
      event: .scalar(String(decoding: bytes, as: UTF8.self), isQuoted: isQuoted), mark: mark,
      isDecorated: scalar.anchor != nil || scalar.tag != nil, byteCount: scalar.length)
  }

  /// What libyaml says is wrong. Its texts are constants: none holds a piece of the file.
  private func problem() -> YAMLError {
    let text = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
    switch unsafe parser.pointee.error {
    case YAML_MEMORY_ERROR: return YAMLError(mark: Mark(line: 1, column: 1), message: "out of memory")
    case YAML_READER_ERROR:
      return YAMLError(mark: unsafe mark(ofByte: parser.pointee.problem_offset), message: "not plain text: \(text)")
    default:
      let context = unsafe parser.pointee.context.map { unsafe ", " + String(cString: $0) } ?? ""
      let hint =
        text.contains("cannot start any token") ? "; indent with spaces, and quote what begins with @ or `" : ""
      return YAMLError(mark: unsafe Mark(parser.pointee.problem_mark), message: "not YAML: \(text)\(context)\(hint)")
    }
  }

  /// Where a byte stands; libyaml gives no line for what it cannot decode.
  private func mark(ofByte offset: Int) -> Mark {
    var line: UInt32 = 1
    var column: UInt32 = 1
    let before = unsafe Array(input.prefix(offset))
    for byte in before {
      if byte == 10 {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return Mark(line: line, column: column)
  }
}

extension Mark {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: UInt32(clamping: mark.line + 1), column: UInt32(clamping: mark.column + 1))
  }
}
