import KubeModel
import Testing

@testable import KubeClient

@Suite struct YAMLDocumentTests {
    @Test func `A document becomes JSON`() throws {
        let text = """
            # a comment
            name: us-east
            labels: {zone: "1", spot: yes}
            taints:
              - key: a
                value: |
                  two
                  lines
              - [1, 2.5, ~]
            1: one
            true: yes
            1.5: x
            2.0: two
            """
        let expected: JSON = [
            "name": "us-east",
            "labels": ["zone": "1", "spot": true],
            "taints": [["key": "a", "value": "two\nlines\n"], [1, 2.5, .null]],
            "1": "one", "true": true, "1.5": "x", "2": "two",
        ]
        #expect(try YAMLDocument.json(text) == expected)
    }

    @Test func `JSON is YAML`() throws {
        let text = #"{"a": [1, true, null, "x\u00e9\n"], "b": {}}"#
        #expect(try YAMLDocument.json(text) == JSON.parse(text))
    }

    @Test func `Every node knows its place`() throws {
        let root = try YAMLDocument.parse("a: 1\nb:\n  - x\n  - ä: {c: d}\n")
        let second = try #require(root["b"]?.sequence?.last)
        let deepest = try #require(second["ä"]?["c"])
        #expect(root.line == 1 && root.column == 1)
        #expect(root["b"]?.kind == .sequence)
        #expect(root["b"]?.line == 3)
        #expect(second.kind == .mapping)
        #expect(deepest.kind == .scalar)
        #expect(deepest.line == 4 && deepest.column == 12)
        #expect(second.mapping?.first?.key.column == 5)
    }

    @Test(arguments: ["", "---\n", "# nothing\n", "--- \n...\n"])
    func `An empty text is null`(text: String) throws {
        let root = try YAMLDocument.parse(text)
        #expect(root.isNull)
        #expect(root.line >= 1)
    }

    @Test func `Of equal keys the last counts, and all can be seen`() throws {
        let root = try YAMLDocument.parse("a: 1\nb: 2\na: 3\n")
        #expect(root.json == ["a": 3, "b": 2])
        #expect(root["a"]?.scalarText == "3")
        #expect(root.mapping?.map(\.key.line) == [1, 2, 3])
    }

    @Test func `An alias stands for its anchor, in its own place`() throws {
        let root = try YAMLDocument.parse("a: &x {b: 1}\nc: *x\n")
        #expect(root.json == ["a": ["b": 1], "c": ["b": 1]])
        #expect(root["c"]?.line == 2)
    }

    @Test func `Merged mappings give what is not there already`() throws {
        let text = """
            base: &base {a: 1, b: 1, c: 1}
            more: &more {b: 2, d: 2}
            both: {a: 0, <<: [*more, *base]}
            late: {<<: *base, a: 9}
            text: {"<<": x}
            """
        let json = try YAMLDocument.json(text)
        #expect(json["both"] == ["a": 0, "b": 2, "c": 1, "d": 2])
        #expect(json["late"] == ["a": 9, "b": 1, "c": 1])
        #expect(json["text"] == ["<<": "x"])
    }

    @Test(arguments: [
        ("a: [1, 2\n", 2, "while parsing a flow sequence that begins in line 1"),
        ("a: 1\nb: 'x\n", 3, "unexpected end"),
        ("a: 1\n\tb: 2\n", 2, "found a tab character"),
        ("a: 1\n  b: 2\n", 2, "mapping values are not allowed"),
        ("a: &x [*x]\n", 1, "contains itself"),
        ("a: 1\nb: *y\n", 2, "no anchor y"),
        ("a: 1\n[b]: 2\n", 2, "key must be a single value"),
        ("a: 1\n~: 2\n", 2, "key must be a single value"),
        ("a: {<<: 1}\n", 1, "only mappings can be merged"),
        ("a: 1\n---\nb: 2\n", 2, "only one document"),
        ("a: 1\nb: x\u{1}y\n", 2, "control characters"),
        ("a: !!seq {}\n", 1, "not known here"),
    ])
    func `An error tells its place and what is wrong`(text: String, line: Int, message: String) throws {
        let error = try #require(throws: YAMLError.self) { try YAMLDocument.parse(text, file: "m.yaml") }
        #expect(error.line == line)
        #expect(error.message.contains(message))
        #expect(error.description.hasPrefix("m.yaml:\(line):"))
    }

    @Test func `A text that is too long is refused`() {
        let limits = YAMLLimits(bytes: 4)
        #expect(throws: Never.self) { try YAMLDocument.parse("a: 1", limits: limits) }
        #expect(throws: YAMLError.self) { try YAMLDocument.parse("a: 12", limits: limits) }
    }

    @Test func `A text that is nested too deep is refused`() {
        let limits = YAMLLimits(depth: 3)
        #expect(throws: Never.self) { try YAMLDocument.parse("[[{a: 1}]]", limits: limits) }
        #expect(throws: YAMLError.self) { try YAMLDocument.parse("[[{a: []}]]", limits: limits) }
    }

    @Test func `Aliases count for what they stand for`() throws {
        // 9 levels of 9 aliases each: a billion values in 300 bytes.
        let levels = (1...9).map { level in
            "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]"
        }
        let text = (["a0: &a0 x"] + levels).joined(separator: "\n")
        let error = try #require(throws: YAMLError.self) { try YAMLDocument.parse(text).kind }
        #expect(error.message.contains("200000 values"))
    }
}
