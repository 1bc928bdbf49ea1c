import KubeModel
import Testing

@Suite struct JSONObjectTests {
    @Test("Members keep their order; a changed one its place")
    func order() {
        var object: JSONObject = ["c": 1, "a": 2, "b": 3]
        object["a"] = 4
        object["d"] = 5
        object["c"] = nil
        object["x"] = nil
        #expect(object.keys == ["a", "b", "d"])
        #expect(object.map(\.value) == [4, 3, 5])
        #expect(object.count == 3)
        #expect(JSONObject().isEmpty)
    }

    @Test("Of repeated keys in a literal the last value wins")
    func repeatedKeys() {
        #expect(JSON.object(["a": 1, "b": 2, "a": 3]).text == #"{"a":3,"b":2}"#)
    }

    @Test("A copy does not see changes of the original")
    func valueSemantics() {
        var object: JSONObject = ["a": 1]
        let copy = object
        object["a"] = 2
        #expect(copy["a"] == 1)
    }

    @Test("Wide objects in opposite order are equal, quickly", .timeLimit(.minutes(1)))
    func wideEquality() {
        let pairs = (0..<20_000).map { ("key\($0)", JSON.int(Int64($0))) }
        #expect(JSONObject(pairs) == JSONObject(pairs.reversed()))
        var other = JSONObject(pairs.reversed())
        other["key7"] = 8
        #expect(JSONObject(pairs) != other)
    }
}
