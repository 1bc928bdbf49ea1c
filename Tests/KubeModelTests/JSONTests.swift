import KubeModel
import Testing

@Suite struct JSONTests {
    private let pod: JSON = ["metadata": ["name": "a", "labels": ["app": "web"]], "items": [1, 2]]

    @Test("A path leads to a member, and nowhere if one is missing")
    func path() {
        #expect(pod.at("metadata", "labels", "app") == "web")
        #expect(pod.at("metadata", "annotations", "app") == nil)
        #expect(pod.at("items", "app") == nil)
        #expect(pod.at() == pod)
    }

    @Test("An index out of bounds gives nil", arguments: [-1, 2])
    func index(position: Int) {
        #expect(pod["items"]?[position] == nil)
        #expect(pod["items"]?[1] == 2)
        #expect(pod[0] == nil)
    }

    @Test("Null is a value, absence is nil")
    func null() {
        let json: JSON = ["a": .null]
        #expect(json["a"] == JSON.null)
        #expect(json["a"]?.isNull == true)
        #expect(json["b"] == nil)
    }

    @Test("A nil where a value may be absent is absence, not null")
    func absence() {
        func optional(_ json: JSON, isAbsent: Bool) -> JSON? { isAbsent ? nil : json }
        #expect(optional(1, isAbsent: true) == nil)
        #expect(optional(1, isAbsent: false) == 1)
    }

    @Test("A member can be set, changed in place and removed through a chain")
    func setting() {
        var json = pod
        json["metadata"]?["labels"]?["app"] = "api"
        json["metadata"]?["labels"]?["tier"] = "front"
        json["metadata"]?["name"] = nil
        json["missing"]?["x"] = 1
        #expect(json.text == #"{"metadata":{"labels":{"app":"api","tier":"front"}},"items":[1,2]}"#)
    }

    @Test("Setting makes an object of null and leaves other values alone")
    func settingOnOthers() {
        var json = JSON.null
        json["a"] = nil
        #expect(json == .null)
        json["a"] = 1
        #expect(json == ["a": 1])
        for other in [true, 1, 1.5, "x", [1]] as [JSON] {
            var changed = other
            changed["a"] = 1
            #expect(changed == other)
        }
    }

    @Test("Values convert to their own type only, whole doubles also to integers")
    func conversions() {
        #expect(JSON.double(3).int == 3)
        #expect(JSON.double(3.5).int == nil)
        #expect(JSON.double(0x1p63).int == nil)
        #expect(JSON.double(-0x1p63).int == .min)
        #expect(JSON.double(.nan).int == nil)
        #expect(JSON.int(3).double == 3)
        #expect(JSON.string("3").int == nil)
        #expect(JSON.bool(true).int == nil)
        #expect(JSON.int(1).bool == nil)
        #expect(JSON.int(1).string == nil)
        #expect(JSON.array([]).object == nil)
        #expect(JSON.object([:]).array == nil)
    }

    @Test(
        "Equality is of meaning",
        arguments: [
            (["a": 1, "b": 2], ["b": 2, "a": 1], true),
            (["a": 1], ["a": 1, "b": .null], false),
            (["a": 1, "b": 2], ["a": 1, "c": 2], false),
            (1, 1.0, true),
            (1, 1.5, false),
            (.int(.max), .double(0x1p63), false),
            (0.0, .double(-0.0), true),
            ([1, 2], [2, 1], false),
            ("1", 1, false),
            (.null, false, false),
            ([:], [], false),
        ] as [(JSON, JSON, Bool)]
    )
    func equality(left: JSON, right: JSON, isEqual: Bool) {
        #expect((left == right) == isEqual)
        #expect((right == left) == isEqual)
    }

    @Test("Labels convert both ways, other values than strings are left out")
    func stringMap() {
        #expect(JSON(["b": "2", "a": "1"]).text == #"{"a":"1","b":"2"}"#)
        #expect((["a": "1", "b": 2, "c": .null] as JSON).stringMap == ["a": "1"])
        #expect(JSON.null.stringMap == [:])
    }
}
