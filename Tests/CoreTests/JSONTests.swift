import Core
import Testing

struct JSONTests {
  @Test func `numbers keep their literal text, however long`() throws {
    let json = try JSON(
      parsing: #"{"a": 0.1000000000000000055, "b": 13834774380200032777, "c": -1e-8, "d": "x\n\u00e9"}"#)
    #expect(json["a"]?.text == "0.1000000000000000055")
    #expect(json["b"]?.text == "13834774380200032777")
    #expect(try json.decimal("c") == ExactDecimal(parsing: "-0.00000001"))
    #expect(try json.string("d") == "x\né")
  }

  @Test func `what is not one document is refused`() {
    let texts = [
      "", "{", "[1,]", #"{"a":01}"#, #"{"a":1} x"#, "[1 2]", #"{"a":.5}"#, "nul", "\u{feff}{}", #"{"a" 1}"#,
      #"["\ud800"]"#, #"{"a":1}{"b":2}"#, String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ]
    for text in texts {
      #expect(throws: JSONError.self, "\(text.prefix(40))") { try JSON(parsing: text) }
    }
  }

  @Test func `a member that is missing, doubled or of another type is named`() throws {
    let json = try JSON(parsing: #"{"a": 1, "a": 2, "s": "x", "n": null}"#)
    #expect(throws: JSONError.missing("a")) { try json.decimal("a") }
    #expect(throws: JSONError.wrongType("s", expected: "a decimal")) { try json.decimal("s") }
    #expect(try json.optionalString("n") == nil)
    #expect(throws: JSONError.missing("z")) { try json.string("z") }
  }

  @Test func `what is written reads back the same`() throws {
    let value: JSONValue = [
      "text": "quote \" back \\ tab \t bell \u{7}", "list": [.integer(1), .null, .boolean(true)],
    ]
    let json = try JSON(parsing: value.encoded)
    #expect(try json.string("text") == "quote \" back \\ tab \t bell \u{7}")
    #expect(try json.array("list").count == 3)
    #expect(try JSON(parsing: value.prettyEncoded).string("text") == json.string("text"))
  }
}
