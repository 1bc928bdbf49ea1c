import KubeModel
import Testing

@Suite struct JSONPatchTests {
    @Test(
        "The examples of RFC 6902 and RFC 6901 apply as they say",
        arguments: [
            (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
            (
                #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
                #"{"foo":["bar","qux","baz"]}"#
            ),
            (#"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["a"]}]"#, #"{"foo":["bar",["a"]]}"#),
            (#"{"foo":[]}"#, #"[{"op":"add","path":"/foo/0","value":1}]"#, #"{"foo":[1]}"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/a","value":null}]"#, #"{"a":null}"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"","value":[]}]"#, "[]"),
            (#"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
            (#"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
            (
                #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#,
                #"{"baz":"boo","foo":"bar"}"#
            ),
            (#"{"foo":[1,2]}"#, #"[{"op":"replace","path":"/foo/0","value":{}}]"#, #"{"foo":[{},2]}"#),
            (#"{"foo":[1,2]}"#, #"[{"op":"replace","path":"","value":3}]"#, "3"),
            (
                #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{}}"#,
                #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
                #"{"foo":{"bar":"baz"},"qux":{"thud":"fred"}}"#
            ),
            (#"{"foo":[1,2,3,4]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#, #"{"foo":[1,3,4,2]}"#),
            (#"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/a"}]"#, #"{"a":1}"#),
            (#"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/a/c"}]"#, #"{"a":{"b":1,"c":{"b":1}}}"#),
            (#"{"a":[1,{"b":[]}]}"#, #"[{"op":"add","path":"/a/1/b/-","value":2}]"#, #"{"a":[1,{"b":[2]}]}"#),
            (
                #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10},{"op":"remove","path":"/~1"}]"#,
                #"{"~1":10}"#
            ),
            (#"{"":{"":1}}"#, #"[{"op":"replace","path":"//","value":2}]"#, #"{"":{"":2}}"#),
            (#"{"a":1}"#, #"[{"op":"test","path":"/a","value":1.0,"unknown":true}]"#, #"{"a":1}"#),
            (#"{"a":{"b":1,"c":2}}"#, #"[{"op":"test","path":"/a","value":{"c":2,"b":1}}]"#, #"{"a":{"b":1,"c":2}}"#),
            (#"{"a":null}"#, #"[{"op":"test","path":"/a","value":null}]"#, #"{"a":null}"#),
            ("1", "[]", "1"),
        ]
    )
    func apply(target: String, patch: String, result: String) throws {
        let operations = try JSONPatch.operations(from: JSON.parse(patch))
        #expect(try JSONPatch.apply(operations, to: JSON.parse(target)) == JSON.parse(result))
        #expect(try JSONPatch.operations(from: JSONPatch.document(operations)) == operations)
    }

    @Test(
        "A patch that does not fit is an error with the place",
        arguments: [
            (#"{"foo":"bar"}"#, #"{"op":"add","path":"/baz/bat","value":1}"#, "/baz/bat", .notFound),
            (#"{"foo":"bar"}"#, #"{"op":"add","path":"/foo/bat","value":1}"#, "/foo/bat", .notAContainer),
            (#"{"foo":[1]}"#, #"{"op":"add","path":"/foo/2","value":1}"#, "/foo/2", .notFound),
            (#"{"foo":[1]}"#, #"{"op":"add","path":"/foo/01","value":1}"#, "/foo/01", .notAnIndex),
            (#"{"foo":[1]}"#, #"{"op":"add","path":"/foo/-1","value":1}"#, "/foo/-1", .notAnIndex),
            (#"{"foo":[1]}"#, #"{"op":"add","path":"/foo/","value":1}"#, "/foo/", .notAnIndex),
            (#"{"foo":[1]}"#, #"{"op":"remove","path":"/foo/-"}"#, "/foo/-", .notAnIndex),
            (
                #"{"foo":[1]}"#, #"{"op":"remove","path":"/foo/99999999999999999999"}"#, "/foo/99999999999999999999",
                .notAnIndex
            ),
            (#"{"foo":[1]}"#, #"{"op":"remove","path":"/bar"}"#, "/bar", .notFound),
            (#"{"foo":[1]}"#, #"{"op":"remove","path":""}"#, "", .rootRemoved),
            (#"{"foo":[1]}"#, #"{"op":"replace","path":"/bar","value":1}"#, "/bar", .notFound),
            (#"{"a":{"b":1}}"#, #"{"op":"move","from":"/a","path":"/a/b"}"#, "/a/b", .movedIntoItself),
            (#"{"a":1}"#, #"{"op":"copy","from":"/b","path":"/c"}"#, "/b", .notFound),
            (#"{"a":1}"#, #"{"op":"test","path":"/a","value":"1"}"#, "/a", .testFailed),
            (#"{"a":1}"#, #"{"op":"test","path":"/b","value":null}"#, "/b", .notFound),
        ] as [(String, String, String, JSONPatchError.Problem)]
    )
    func refuse(target: String, operation: String, path: String, problem: JSONPatchError.Problem) throws {
        let operations = try JSONPatch.operations(from: [JSON.parse(operation)])
        let error = #expect(throws: JSONPatchError.self) { try JSONPatch.apply(operations, to: JSON.parse(target)) }
        #expect(error?.path.description == path)
        #expect(error?.problem == problem)
    }

    @Test(
        "What is not an operation is refused with its position",
        arguments: [
            #"{"op":"spam","path":"/a"}"#, #"{"op":"add","path":"/a"}"#, #"{"op":"add","value":1}"#, #"{"path":"/a"}"#,
            #"{"op":"remove","path":"a"}"#, #"{"op":"remove","path":"/~2"}"#, #"{"op":"remove","path":"/~"}"#,
            #"{"op":"move","path":"/a"}"#, #"{"op":"test","path":1,"value":1}"#, "1",
        ]
    )
    func malformed(operation: String) throws {
        let document: JSON = [["op": "remove", "path": "/x"], try JSON.parse(operation)]
        let error = #expect(throws: JSONPatchError.self) { try JSONPatch.operations(from: document) }
        #expect(error?.description == #"JSON patch: "/1" is not a JSON patch operation"#)
        #expect(throws: JSONPatchError.self) { try JSONPatch.operations(from: [:]) }
    }

    @Test(
        "A pointer escapes slash and tilde, and reads them back",
        arguments: [[], [""], ["a/b", "~", "~1", "ü"], ["", ""]]
    )
    func pointer(tokens: [String]) {
        let pointer = JSONPointer(tokens)
        #expect(JSONPointer(parsing: pointer.description) == pointer)
    }
}
