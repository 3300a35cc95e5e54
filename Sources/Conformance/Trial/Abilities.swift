internal import Broker

/// The small protocols by capability: what stands must be declared, and what is declared must stand.
extension TrialAccount {
  /// The plugin as what it declares to be.
  func ability<Ability>(_ type: Ability.Type, _ capability: Capability) throws(Mismatch) -> Ability {
    guard let ability = plugin as? Ability else {
      throw Mismatch(
        expected: "\(trial.subject.name), which declares \(capability.rawValue), to conform to \(type)",
        seen: "it does not")
    }
    return ability
  }

  var amending: any AmendsOrders {
    get throws { try ability((any AmendsOrders).self, .amend) }
  }
  var batchPlacing: any PlacesBatches {
    get throws { try ability((any PlacesBatches).self, .batchPlace) }
  }
  var batchCancelling: any CancelsBatches {
    get throws { try ability((any CancelsBatches).self, .batchCancel) }
  }
  var clientCancelling: any CancelsByClientID {
    get throws { try ability((any CancelsByClientID).self, .cancelByClientID) }
  }
  var cancellingAll: any CancelsAll {
    get throws { try ability((any CancelsAll).self, .cancelAll) }
  }
  var deadMan: any ArmsDeadManSwitch {
    get throws { try ability((any ArmsDeadManSwitch).self, .deadManSwitch) }
  }
  var previewing: any PreviewsOrders {
    get throws { try ability((any PreviewsOrders).self, .preview) }
  }
  var reportingStatus: any ReportsVenueStatus {
    get throws { try ability((any ReportsVenueStatus).self, .venueStatus) }
  }
  var readingLedger: any ReadsLedger {
    get throws { try ability((any ReadsLedger).self, .ledger) }
  }
}
