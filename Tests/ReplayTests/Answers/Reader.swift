import Broker
import Core

/// What an answer must become, read from its raw form by the documented fields and independently of the plugins.
enum Expectation {
  /// In the vocabulary of ``Unified``.
  case value(JSONValue)
  /// Refused by the venue, in these words.
  case refused(String)
  /// Not what the venue documents: it has to be refused by us, whatever it says.
  case malformed(String)
}

/// Something that the documentation promises is not in the answer.
struct ReaderError: Error {
  let text: String
}

extension JSONValue {
  func needed(_ key: String) throws -> JSONValue {
    guard let value = self[key] else { throw ReaderError(text: "no \(key)") }
    return value
  }
  func number(_ key: String) throws -> ExactDecimal {
    guard let number = try needed(key).decimal else { throw ReaderError(text: "\(key) is no number") }
    return number
  }
  func word(_ key: String) throws -> String {
    guard let text = try needed(key).text else { throw ReaderError(text: "\(key) is no text") }
    return text
  }
  func rows(_ key: String) throws -> [JSONValue] {
    guard let rows = try needed(key).list else { throw ReaderError(text: "\(key) is no list") }
    return rows
  }
  static func exact(_ number: ExactDecimal?) -> JSONValue {
    guard let number else { return .null }
    return .number(number.description)
  }
  static func milliseconds(seconds: ExactDecimal) -> JSONValue { .optional(Timestamp(seconds: seconds)?.milliseconds) }
}

/// A reader of one venue's answers.
protocol AnswerReader {
  /// - Returns: `nil` where nothing is told about this operation by its answer alone.
  func expectation(_ operation: Operation, _ answer: JSONValue) throws -> Expectation?
}

extension AnswerReader {
  /// A placeholder of the documentation (`<string>`) or a missing field has to be refused by the plugin too.
  func read(_ operation: Operation, _ answer: JSONValue) -> Expectation? {
    do {
      return try expectation(operation, answer)
    } catch let error as ReaderError {
      return .malformed(error.text)
    } catch {
      return .malformed("\(error)")
    }
  }
}
