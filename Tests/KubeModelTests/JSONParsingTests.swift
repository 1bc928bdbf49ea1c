import KubeModel
import TestSupport
import Testing

@Suite struct JSONParsingTests {
    @Test(
        "A text becomes the tree that it describes",
        arguments: [
            ("null", .null),
            ("true", true),
            (" \t\r\n false \n", false),
            ("0", 0),
            ("-0", 0),
            ("9223372036854775807", .int(.max)),
            ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .double(0x1p63)),
            ("18446744073709551615", .double(0x1p64)),
            ("0.1", 0.1),
            ("1e21", 1e21),
            ("-2.5E-3", -0.0025),
            ("5e-324", .double(.leastNonzeroMagnitude)),
            ("1e-400", .double(0)),
            (#""""#, ""),
            (#""a\u0000b""#, "a\u{0}b"),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\ud83d\udc26 ü \u00fc""#, "🐦 ü ü"),
            ("[]", []),
            ("{}", [:]),
            (#"{"":[{},[null]]}"#, ["": [[:], [.null]]]),
        ] as [(String, JSON)]
    )
    func parse(text: String, tree: JSON) throws {
        #expect(try JSON.parse(text) == tree)
    }

    @Test("Integers keep their type and doubles theirs")
    func numberTypes() throws {
        guard case .array(let numbers) = try JSON.parse("[1, 1.0, 9223372036854775808]") else {
            Issue.record("not an array")
            return
        }
        #expect(numbers.map { if case .int = $0 { true } else { false } } == [true, false, false])
    }

    @Test(
        "What is not one JSON value is an error",
        arguments: [
            "", " ", "{", "}", "[1,", "[1", "{\"a\"", "{\"a\":", "{\"a\":1,", "{\"a\":1,}", "[1,]", "{a:1}", "'a'",
            "\"abc", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\u{1}\"",
            "tru", "nul", "truee", "NaN", "Infinity", "01", "+1", "1.", ".5", "1e", "--1", "1e400", "-1e400",
            "123456789012345678901234567890", "1 2", "{} {}", "[1] x", "// c\n1", "\u{feff}1",
        ]
    )
    func refuse(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text) }
    }

    @Test(
        "Invalid UTF-8 is an error",
        arguments: [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]] as [[UInt8]]
    )
    func refuseInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON.parse(bytes) }
    }

    @Test("Every prefix of an object is an error, and the parser is sound afterwards")
    func truncation() throws {
        let whole = Array(#"{"a":[1,{"b":"\u00e9x"}],"c":-1.5e3,"d":true}"#.utf8)
        for length in 0..<whole.count {
            #expect(throws: JSONError.self) { try JSON.parse(whole[..<length]) }
        }
        #expect(try JSON.parse(whole) == ["a": [1, ["b": "éx"]], "c": -1500, "d": true])
    }

    @Test("Arrays nest as deep as the limit allows, and no deeper", arguments: [true, false])
    func depth(isWithin: Bool) throws {
        let depth = isWithin ? JSON.maximumDepth : JSON.maximumDepth + 1
        let text = String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        if isWithin {
            #expect(try JSON.parse(text).text == text)
        } else {
            #expect(throws: JSONError.self) { try JSON.parse(text) }
        }
    }

    @Test("A million open brackets are refused without exhausting the stack")
    func hostileDepth() {
        #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test("Of repeated keys the last value stands in the place of the first")
    func repeatedKeys() throws {
        #expect(try JSON.parse(#"{"a":1,"b":2,"a":3}"#).text == #"{"a":3,"b":2}"#)
        #expect(try JSON.parse(#"{"a":1,"\u0061":2}"#).text == #"{"a":2}"#)
    }

    @Test("Keys that differ only in Unicode normalisation are two keys")
    func normalisation() throws {
        let json = try JSON.parse("{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(json.object?.count == 2)
        #expect(json["\u{e9}"] == 1)
        #expect(json["e\u{301}"] == 2)
        #expect(JSON.string("\u{e9}") != JSON.string("e\u{301}"))
    }

    @Test("A wide object with each key twice keeps each once, quickly", .timeLimit(.minutes(1)))
    func wideObject() throws {
        let half = (0..<50_000).map { "\"key\($0)\":\($0)" }
        let json = try JSON.parse("{" + (half + half).joined(separator: ",") + "}")
        #expect(json.object?.count == 50_000)
        #expect(json["key49999"] == 49999)
    }

    @Test("Large and small texts may follow each other")
    func parserReuse() throws {
        let large = "[" + Array(repeating: "\"0123456789\"", count: 50_000).joined(separator: ",") + "]"
        for text in ["[1]", large, "[2]", large, "{\"a\":3}"] {
            #expect(try JSON.parse(text).text == text)
        }
    }

    @Test("Parsing from many tasks at once gives each its own tree")
    func concurrency() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask { try JSON.parse("{\"n\":[\(number)]}")["n"]?[0]?.int == Int64(number) }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test("Damaged bytes either are refused or give a tree that round-trips", arguments: 1...300 as ClosedRange<UInt64>)
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = try Fixture.pod()
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[position] = UInt8.random(in: .min ... .max, using: &generator)
        }
        do {
            let tree = try JSON.parse(bytes, options: .dropManagedFields)
            #expect(try JSON.parse(tree.serialized()) == tree)
        } catch {
            #expect(!"\(error)".isEmpty)
        }
    }
}
