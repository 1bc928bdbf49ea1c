import Foundation
import KubeModel
import TestSupport
import Testing

@Suite struct JSONSerializingTests {
    @Test(
        "A value is written as compact JSON",
        arguments: [
            (.null, "null"),
            (true, "true"),
            (false, "false"),
            (0, "0"),
            (9, "9"),
            (10, "10"),
            (-1, "-1"),
            (.int(.max), "9223372036854775807"),
            (.int(.min), "-9223372036854775808"),
            (0.1, "0.1"),
            (1.0, "1.0"),
            (.double(-0.0), "-0.0"),
            (1e21, "1e+21"),
            (.double(.leastNonzeroMagnitude), "5e-324"),
            (.double(.infinity), "null"),
            (.double(.nan), "null"),
            ("", #""""#),
            ("a/b <&> ü🐦\u{7f}\u{2028}", "\"a/b <&> ü🐦\u{7f}\u{2028}\""),
            ("\"\\\n\r\t\u{0}\u{1f}", #""\"\\\n\r\t\u0000\u001f""#),
            ("x\"", #""x\"""#),
            ([], "[]"),
            ([1, "a", .null], #"[1,"a",null]"#),
            ([:], "{}"),
            (["b": 1, "a": [:]], #"{"b":1,"a":{}}"#),
            (["k\"": 1], #"{"k\"":1}"#),
        ] as [(JSON, String)]
    )
    func write(value: JSON, text: String) {
        #expect(value.text == text)
        #expect(value.serialized() == Array(text.utf8))
    }

    @Test(
        "Doubles round-trip to the bit",
        arguments: [0.1, 1 / 3, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e16]
    )
    func doubles(value: Double) throws {
        #expect(try JSON.parse(JSON.double(value).text).double?.bitPattern == value.bitPattern)
        #expect(try JSON.parse(JSON.double(-value).text).double?.bitPattern == (-value).bitPattern)
    }

    @Test("Every control character and every plane of Unicode round-trips")
    func characters() throws {
        let scalars = (0..<0x300).map { UInt32($0) } + [0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff]
        let text = String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
        #expect(try JSON.parse(JSON.string(text).text) == .string(text))
    }

    @Test("A real pod round-trips, members in their order, unknown fields kept, as another parser sees it")
    func pod() throws {
        let bytes = try Fixture.pod()
        let tree = try JSON.parse(bytes)
        let written = tree.serialized()
        #expect(try JSON.parse(written) == tree)
        #expect(tree.object?.keys == ["apiVersion", "kind", "metadata", "spec", "status"])
        #expect(tree.at("spec", "fieldOfALaterRelease", "largest") == .int(.max))
        let before = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
        let after = try #require(try JSONSerialization.jsonObject(with: Data(written)) as? NSDictionary)
        #expect(before.isEqual(after))
    }

    @Test("Random trees round-trip", arguments: 1...50 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let tree = JSON.random(depth: 5, using: &generator)
        #expect(try JSON.parse(tree.serialized()) == tree)
    }
}
