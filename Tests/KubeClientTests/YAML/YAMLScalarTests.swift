import KubeModel
import Testing

@testable import KubeClient

@Suite struct YAMLScalarTests {
    @Test(arguments: [
        ("", JSON.null), ("~", .null), ("null", .null), ("Null", .null), ("nULL", "nULL"),
        ("true", true), ("True", true), ("yes", true), ("Y", true), ("y", true), ("on", true), ("tRUE", "tRUE"),
        ("false", false), ("no", false), ("N", false), ("Off", false),
    ])
    func `Words are read as in YAML 1.1`(text: String, value: JSON) throws {
        #expect(try YAMLDocument.json(text) == value)
    }

    @Test(arguments: [
        ("0", JSON.int(0)), ("-7", -7), ("+7", 7), ("1_000", 1000), ("0x1F", 31), ("-0x1f", -31), ("0o17", 15),
        ("017", 15), ("0b101", 5), ("-0b101", -5), ("9223372036854775807", .int(.max)),
        ("-9223372036854775808", .int(.min)), ("0x7fffffffffffffff", .int(.max)),
    ])
    func `Whole numbers have a base and underscores`(text: String, value: JSON) throws {
        let read = try YAMLDocument.json(text)
        #expect(read == value)
        if case .int = read {} else { Issue.record("\(text) is not a whole number") }
    }

    @Test(arguments: [
        ("1.5", 1.5), ("-1.5", -1.5), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1E+3", 1000), ("2.5e-1", 0.25),
        ("08", 8),
        ("9223372036854775808", 0x1p63), ("0x10000000000000000", 0x1p64),
    ])
    func `Numbers with a fraction, an exponent or too many digits are doubles`(text: String, value: Double) throws {
        guard case .double(let read) = try YAMLDocument.json(text) else {
            Issue.record("\(text) is not a double")
            return
        }
        #expect(read == value)
    }

    @Test(arguments: [
        "1.2.3", "1:30", "2024-02-29", "2024-02-29T12:00:00Z", "0x", "0b12", "1e", "1e999", "+", ".", "..", "1_0x",
        "<<x",
        "0xZZ", "a1", "-a", "--1", "+-1", "1 2", "123abc", "16Gi", "500m",
    ])
    func `What only looks like a number or a time is text`(text: String) throws {
        #expect(try YAMLDocument.json(text) == .string(text))
    }

    @Test(arguments: ["\"true\"", "'1'", "!!str 1", "\"\"", "\"null\""])
    func `Quotes and the string tag make text`(text: String) throws {
        let node = try YAMLDocument.parse(text)
        #expect(node.isString)
        #expect(!node.isNull)
        #expect(node.json.string == node.scalarText)
    }

    @Test(arguments: [
        ("!!int \"5\"", JSON.int(5)), ("!!float 5", .double(5)), ("!!bool \"yes\"", true), ("!!null ''", .null),
    ])
    func `A tag says what a text means`(text: String, value: JSON) throws {
        #expect(try YAMLDocument.json(text) == value)
    }

    @Test(arguments: [
        "!!int x", "!!bool 1", "!custom x", "!!binary aGk=", ".inf", "-.Inf", ".NaN", "!!map x", "!!set {a: }",
    ])
    func `What JSON cannot say is refused`(text: String) {
        #expect(throws: YAMLError.self) { try YAMLDocument.json(text) }
    }
}
