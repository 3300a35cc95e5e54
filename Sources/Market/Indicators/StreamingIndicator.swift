/// An indicator that takes one candle after another, each at the same small cost.
///
/// The form over a whole series is this one run along it, so both give the same bits. Outputs are finite for finite
/// inputs: what would be a division by nothing has a stated value instead, the one TA-Lib gives.
public protocol StreamingIndicator: Sendable {
  /// What it takes for each candle.
  associatedtype Input
  /// What it gives once it has seen enough.
  associatedtype Output: Sendable

  /// Takes the next input, oldest first.
  /// - Returns: the value at this candle; `nil` while there were too few.
  mutating func add(_ input: Input) -> Output?
}

extension StreamingIndicator {
  /// The value at each input, going on from where this one stands.
  public func series(_ inputs: some Sequence<Input>) -> [Output?] {
    var indicator = self
    return inputs.map { indicator.add($0) }
  }
}

/// Wilder's smoothing: seeded with the mean of the first n, then α = 1/n.
struct WilderMean: Sendable {
  let period: Int
  private(set) var value: Double?
  private var sum = 0.0
  private var count = 0

  init(period: Int) {
    precondition(period >= 1, "a period has at least one candle")
    self.period = period
  }

  mutating func add(_ x: Double) -> Double? {
    let n = Double(period)
    if let previous = value {
      value = (previous * (n - 1) + x) / n
    } else {
      sum += x
      count += 1
      if count == period { value = sum / n }
    }
    return value
  }
}
