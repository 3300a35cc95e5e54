import NIOCore

/// Cuts what a worker sends into frames. Reports and log lines are small: a worker that announces more than
/// ``limit`` bytes is broken or hostile, and is not read on.
struct FrameDecoder: ByteToMessageDecoder {
  typealias InboundOut = [UInt8]

  /// The largest frame taken from a worker.
  static let limit = 256 << 10

  struct TooLarge: Error {}

  mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return .needMoreData }
    guard length <= Self.limit else { throw TooLarge() }
    guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
    buffer.moveReaderIndex(forwardBy: 4)
    context.fireChannelRead(wrapInboundOut(buffer.readBytes(length: Int(length)) ?? []))
    return .continue
  }

  mutating func decodeLast(
    context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
  ) throws -> DecodingState {
    // Half a frame of a process that died is nothing.
    try decode(context: context, buffer: &buffer)
  }
}

/// Cuts what a child prints into lines of bounded length.
struct LineDecoder: ByteToMessageDecoder {
  typealias InboundOut = String

  private let limit: Int
  private let isCut: Bool
  private var isSkipping = false

  struct TooLong: Error {}

  /// - Parameter cutting: whether a longer line is cut; otherwise it is an error.
  init(limit: Int = 2_000, cutting: Bool = true) {
    self.limit = limit
    isCut = cutting
  }

  mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    let view = buffer.readableBytesView
    if let end = view.firstIndex(of: 10) {
      let text = buffer.readString(length: end - view.startIndex) ?? ""
      buffer.moveReaderIndex(forwardBy: 1)
      if !isSkipping { context.fireChannelRead(wrapInboundOut(String(text.prefix(limit)))) }
      isSkipping = false
      return .continue
    }
    guard view.count > limit else { return .needMoreData }
    guard isCut else { throw TooLong() }
    let text = buffer.readString(length: view.count) ?? ""
    if !isSkipping { context.fireChannelRead(wrapInboundOut(String(text.prefix(limit)))) }
    isSkipping = true
    return .needMoreData
  }

  mutating func decodeLast(
    context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
  ) throws -> DecodingState {
    if try decode(context: context, buffer: &buffer) == .continue { return .continue }
    guard let text = buffer.readString(length: buffer.readableBytes), !text.isEmpty, !isSkipping else {
      return .needMoreData
    }
    context.fireChannelRead(wrapInboundOut(text))
    return .needMoreData
  }
}
