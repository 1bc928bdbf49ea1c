import KubeModel
import TestSupport
import Testing

@Suite struct MergePatchTests {
    @Test(
        "The examples of RFC 7386 apply as it says",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ]
    )
    func apply(target: String, patch: String, result: String) throws {
        #expect(try MergePatch.apply(JSON.parse(patch), to: JSON.parse(target)) == JSON.parse(result))
    }

    @Test(
        "A difference names what changes, and nothing else",
        arguments: [
            (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, nil), ("{}", "{}", nil), (#"{"a":1}"#, #"{"a":1.0}"#, nil),
            (#"{"a":1,"b":2}"#, #"{"a":1,"b":3}"#, #"{"b":3}"#), (#"{"a":1,"b":2}"#, #"{"a":1}"#, #"{"b":null}"#),
            ("{}", #"{"a":{"b":1}}"#, #"{"a":{"b":1}}"#), (#"{"a":{"b":1}}"#, #"{"a":{}}"#, #"{"a":{"b":null}}"#),
            (#"{"a":{"b":1,"c":2}}"#, #"{"a":{"b":1,"c":3}}"#, #"{"a":{"c":3}}"#),
            (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#, #"{"a":[2,1]}"#), (#"{"a":{"b":1}}"#, #"{"a":5}"#, #"{"a":5}"#),
            (#"{"a":5}"#, #"{"a":{}}"#, #"{"a":{}}"#), (#"{"a":null}"#, "{}", nil), ("{}", #"{"a":null}"#, nil),
            (#"{"a":1}"#, #"{"a":null}"#, #"{"a":null}"#), ("[1]", "[1]", nil), ("1", "[1]", "[1]"),
            ("1", "null", "null"),
        ] as [(String, String, String?)]
    )
    func diff(from: String, to: String, patch: String?) throws {
        #expect(try MergePatch.diff(from: JSON.parse(from), to: JSON.parse(to)) == patch.map { try JSON.parse($0) })
    }

    @Test(
        "Applying the difference of two random trees to the first gives the second",
        arguments: 1...200 as ClosedRange<UInt64>
    )
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let from = JSON.random(depth: 4, using: &generator)
        let to = JSON.random(depth: 4, using: &generator)
        guard let patch = MergePatch.diff(from: from, to: to) else {
            #expect(from == to)
            return
        }
        #expect(from != to)
        #expect(MergePatch.apply(patch, to: from) == to)
        #expect(MergePatch.diff(from: to, to: to) == nil)
    }
}
