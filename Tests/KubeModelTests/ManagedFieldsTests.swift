import KubeModel
import Testing

@Suite struct ManagedFieldsTests {
    @Test("The managedFields of an object and of a list's items are left out, and nothing else")
    func dropped() throws {
        let text = #"""
            {"metadata":{"managedFields":[1],"name":"list"},"managedFields":1,
             "items":[{"metadata":{"name":"a","managedFields":[{"x":{}}]},"spec":{"managedFields":2}}]}
            """#
        let json = try JSON.parse(text, options: .dropManagedFields)
        #expect(
            json == [
                "metadata": ["name": "list"], "managedFields": 1,
                "items": [["metadata": ["name": "a"], "spec": ["managedFields": 2]]],
            ]
        )
        #expect(try JSON.parse(text).at("metadata", "managedFields") == [1])
    }

    @Test("A real pod loses them and keeps a volume of that name")
    func pod() throws {
        let bytes = try Fixture.pod()
        var whole = try JSON.parse(bytes)
        #expect(whole.at("metadata", "managedFields")?.array?.count == 2)
        whole["metadata"]?["managedFields"] = nil
        let parsed = try JSON.parse(bytes, options: .dropManagedFields)
        #expect(parsed == whole)
        #expect(parsed.at("spec", "volumes")?[0]?["name"] == "managedFields")
    }
}
