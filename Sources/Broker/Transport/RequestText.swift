extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Method and address: headers and body hold credentials and orders, and are never shown.
  public var description: String { "\(method) \(url)" }
  /// Method and address.
  public var debugDescription: String { description }
  /// Nothing inside.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
