import KubeModel
import Testing

@Suite struct APIStatusTests {
    @Test("A failure is read with its details and causes")
    func failure() throws {
        let text = #"""
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Pod \"a\" is invalid",
             "reason":"Invalid","code":422,"details":{"name":"a","group":"","kind":"Pod","uid":"u","retryAfterSeconds":5,
             "causes":[{"reason":"FieldValueInvalid","message":"no","field":"spec.nodeName"}]}}
            """#
        let status = try #require(APIStatus(json: try JSON.parse(text)))
        #expect(status.status == "Failure")
        #expect(status.code == 422)
        #expect(status.reason == "Invalid")
        #expect(status.message == "Pod \"a\" is invalid")
        #expect(status.retryAfterSeconds == 5)
        #expect(status.details.name == "a")
        #expect(status.details.kind == "Pod")
        #expect(status.details.causes.map(\.field) == ["spec.nodeName"])
    }

    @Test("A status of little is read, another kind is not one")
    func little() throws {
        let status = try #require(APIStatus(json: ["kind": "Status", "code": "x"]))
        #expect(status.status == "")
        #expect(status.code == 0)
        #expect(status.retryAfterSeconds == nil)
        #expect(status.details.causes.isEmpty)
        #expect(APIStatus(json: ["kind": "Pod", "status": [:]]) == nil)
        #expect(APIStatus(json: .null) == nil)
    }
}
