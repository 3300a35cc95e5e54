import Broker
import Core
import Messages
import ProcessPlugins
import Trading

/// A worker whose plugin is a program: they end together, since only the host can start another.
extension WorkerLife {
  func pluginKind(_ program: ProgramOrigin) throws(TraderRefusal) -> PluginKind {
    do throws(ProgramFault) {
      return PluginKind(
        process: try ProgramDeclaration(parsing: program.declaration), named: settings.plugin, source: source(program),
        events: programEvents)
    } catch { throw configuration(error.description) }
  }

  /// Those that carry out single operations of the descriptor.
  func operationPrograms() throws(TraderRefusal) -> OperationPrograms {
    var programs: [String: OperationPrograms.Program] = [:]
    for origin in settings.programs {
      do throws(ProgramFault) {
        programs[origin.name] = .init(offer: try ProgramOffer(parsing: origin.declaration), source: source(origin))
      } catch { throw configuration(error.description) }
    }
    return OperationPrograms(programs, events: programEvents)
  }

  private func source(_ origin: ProgramOrigin) -> any ProgramSource {
    inherited[origin.name] ?? InheritedPrograms(origin)
  }

  /// Its log is the account's; what no program may do ends this worker, and the host starts both anew.
  private var programEvents: ProgramEvents {
    ProgramEvents(
      logged: { [link] line in link.send(.event(LogEvent(.info, "program_log", line))) },
      failed: { [link, stop, settings] fault in
        guard !stop.isSet else { return }
        link.send(
          .event(
            LogEvent(.error, "program_failed", "\(settings.account): \(fault)", fields: ["fault": fault.name])))
        if settings.role != .probe { stop.set(.programFailed(fault)) }
      })
  }

  /// The last word of an account whose program failed: why it ends, for whoever judges that.
  func tell(_ fault: ProgramFault) {
    guard settings.role == .account else { return }
    var report = AccountReport(since: clock.now)
    report.state = fault.isLasting ? .parked : .starting
    report.reason = fault.description
    report.nextStep = fault.isLasting ? "put the plugin's program right, then restart the host" : "goes on by itself"
    link.send(.report(report))
  }
}
