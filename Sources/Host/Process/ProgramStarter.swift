import ProcessPlugins

/// Starts one program for each plugin that is made in this process: for the conformance suite, which needs no worker.
struct ProgramStarter: ProgramSource {
  let program: PluginProgram
  let children: Children
  var grace = Children.programGrace

  func next() throws(ProgramFault) -> ProgramEnds {
    do {
      let started = try program.start(children)
      return ProgramEnds(input: started.input, output: started.output, log: started.log) { [children, grace] in
        Task.detached { await children.end(started.process, after: grace) }
      }
    } catch { throw .noPipes("\(error)") }
  }
}
