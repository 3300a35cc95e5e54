package import Journal

extension OrderState {
  /// The states that may follow this one. A fact can skip steps (the first word of an order may be that it is filled), but
  /// never goes back; what is final can only turn out to be filled further, by executions that were told late.
  package var successors: Set<OrderState> {
    switch self {
    case .intended:
      [
        .submitted, .accepted, .partiallyFilled, .filled, .cancelled, .expired, .rejected, .denied, .outcomeUnknown,
      ]
    case .submitted: [.accepted, .partiallyFilled, .filled, .cancelled, .expired, .rejected, .outcomeUnknown]
    case .outcomeUnknown: [.accepted, .partiallyFilled, .filled, .cancelled, .expired, .rejected]
    case .accepted: [.partiallyFilled, .filled, .cancelled, .expired, .rejected]
    case .partiallyFilled: [.filled, .cancelled, .expired]
    case .rejected: [.partiallyFilled, .expired, .cancelled, .filled]
    case .expired: [.partiallyFilled, .cancelled, .filled]
    case .cancelled: [.partiallyFilled, .filled]
    case .filled, .denied: []
    }
  }
}
