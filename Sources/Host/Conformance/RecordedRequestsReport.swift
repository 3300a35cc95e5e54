import Config
import Core
import Descriptor
import Registry

/// `conformance NAME --requests FILE`: what an independent client sent against what the descriptor makes of it.
struct RecordedRequestsReport {
  private let proofs: [RequestProof]
  private let source: String

  /// - Parameter name: a descriptor that comes with the program, or a file of one.
  /// - Throws: when either file cannot be read.
  init(_ name: String, requests file: String) throws {
    let text: [UInt8]
    if let shipped = Registry.descriptor(named: name) {
      text = shipped
    } else if name.hasSuffix(".yaml") {
      text = try Self.read(name)
    } else {
      throw Console.failure(.usage, "\(name) is no descriptor: give one that is shipped, or its file")
    }
    let reading = DescriptorReader().read(text, file: name)
    guard let descriptor = reading.descriptor else {
      throw Console.failure(.problems, reading.diagnostics.map(\.description).joined(separator: "\n"))
    }
    let bytes = try Self.read(file)
    do throws(JSONError) {
      let recorded = try RecordedRequests(parsing: bytes)
      source = recorded.source
      proofs = RequestProof.run(descriptor, recorded)
    } catch {
      throw Console.failure(.problems, "\(file): \(error)")
    }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    do {
      return try ManifestFiles.system.read(path, 16 << 20)
    } catch {
      throw Console.failure(.problems, "\(path): \(error)")
    }
  }

  /// Whether something differs.
  var hasFailures: Bool {
    proofs.contains { proof in
      if case .failed = proof.outcome { return true }
      if case .different = proof.signature { return true }
      return false
    }
  }

  /// One line a request, and one that counts them.
  var text: String {
    let counts = proofs.reduce(into: (passed: 0, failed: 0, unsupported: 0)) { counts, proof in
      switch proof.outcome {
      case .passed: counts.passed += 1
      case .failed: counts.failed += 1
      case .unsupported: counts.unsupported += 1
      }
    }
    let closing = "\(counts.passed) passed, \(counts.failed) failed, \(counts.unsupported) unsupported (\(source))"
    return (proofs.map(Self.line) + [closing]).joined(separator: "\n") + "\n"
  }

  private static func line(_ proof: RequestProof) -> String {
    switch proof.outcome {
    case .passed: "passed       \(proof.id), \(signature(proof.signature))"
    case .unsupported(let why): "unsupported  \(proof.id): \(why)"
    case .failed(let differences):
      "FAILED       \(proof.id), \(signature(proof.signature))\n"
        + differences.map { "             \($0)" }.joined(separator: "\n")
    }
  }

  private static func signature(_ signature: RequestProof.Signature) -> String {
    switch signature {
    case .none: "not signed"
    case .equal: "signed alike"
    case .equalOverRecorded: "signed alike over the recorded bytes"
    case .different(let reasons): "SIGNED OTHERWISE (\(reasons.joined(separator: "; ")))"
    case .incomparable(let why): "signatures cannot be compared: \(why)"
    }
  }

  /// The same for programs.
  var json: JSONValue {
    .object([
      ("format", "nija-recorded-requests/1"), ("source", .string(source)),
      ("cases", .array(proofs.map(Self.json))),
    ])
  }

  private static func json(_ proof: RequestProof) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string(proof.id)), ("operation", .string(proof.operation)),
      ("signature", .string(signature(proof.signature))),
    ]
    switch proof.outcome {
    case .passed: members.append(("outcome", "passed"))
    case .failed(let differences):
      members += [("outcome", "failed"), ("differences", .array(differences.map(JSONValue.string)))]
    case .unsupported(let why): members += [("outcome", "unsupported"), ("reason", .string(why))]
    }
    return .object(members)
  }
}
