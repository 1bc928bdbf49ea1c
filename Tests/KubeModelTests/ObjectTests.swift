import KubeModel
import Testing

@Suite struct ObjectTests {
    @Test("The metadata of a real pod is read, from the object or from its metadata")
    func metadata() throws {
        let json = try JSON.parse(Fixture.pod())
        let metadata = ObjectMeta(json)
        #expect(metadata == ObjectMeta(json["metadata"] ?? .null))
        #expect(metadata.key == ObjectKey(namespace: "shop", name: "web-6d4b75cb6d-x7k2p"))
        #expect(metadata.uid == "0b7c1c3e-7a52-4a7e-9d36-5d1d9c1f8f10")
        #expect(metadata.resourceVersion == "184467")
        #expect(metadata.labels["app.kubernetes.io/part-of"] == "shop")
        #expect(metadata.annotations == ["example.com/note": "Grüße \u{2028} \"quoted\" back\\slash\ttab 🐦"])
        #expect(metadata.creationTimestamp == "2024-02-29T11:58:07Z")
        #expect(metadata.controller?.kind == "ReplicaSet")
        #expect(metadata.controller?.blockOwnerDeletion == true)
        #expect(metadata.deletionTimestamp == nil)
        #expect(metadata.generation == nil)
    }

    @Test("The metadata of a deletion is read")
    func deletion() {
        let metadata = ObjectMeta([
            "metadata": [
                "name": "a", "generation": 3, "deletionTimestamp": "2024-02-29T12:00:00Z",
                "deletionGracePeriodSeconds": 30, "finalizers": ["x/y"], "ownerReferences": [["kind": "Job"]],
            ]
        ])
        #expect(metadata.generation == 3)
        #expect(metadata.deletionTimestamp == "2024-02-29T12:00:00Z")
        #expect(metadata.deletionGracePeriodSeconds == 30)
        #expect(metadata.finalizers == ["x/y"])
        #expect(metadata.controller == nil)
        #expect(metadata.key.description == "a")
    }

    @Test(
        "Absent and wrongly typed metadata is empty",
        arguments: [[:], .null, ["metadata": 1], ["metadata": ["name": 1]]] as [JSON]
    )
    func emptyMetadata(json: JSON) {
        #expect(ObjectMeta(json).key == ObjectKey(namespace: "", name: ""))
        #expect(throws: ObjectError.self) { try RawObject(json: json) }
        #expect(throws: ObjectError.self) { try Node(json: json) }
        #expect(throws: ObjectError.self) { try Lease(json: json) }
    }

    @Test("A key is written and read as namespace/name", arguments: [("ns/a", "ns", "a"), ("a", "", "a")])
    func key(text: String, namespace: String, name: String) {
        let key = ObjectKey(namespace: namespace, name: name)
        #expect(key.description == text)
        #expect(ObjectKey(text) == key)
    }

    @Test("What is not a key is nil", arguments: ["", "/", "a/", "/a", "a/b/c"])
    func noKey(text: String) {
        #expect(ObjectKey(text) == nil)
    }

    @Test("Keys sort by namespace, then by name")
    func keyOrder() {
        let keys = [("", "z"), ("a", "b"), ("a", "c"), ("b", "a")].map { ObjectKey(namespace: $0.0, name: $0.1) }
        #expect(keys.reversed().sorted() == keys)
    }

    @Test("A raw object keeps the whole tree")
    func rawObject() throws {
        let json = try JSON.parse(Fixture.pod())
        let object = try RawObject(json: json)
        #expect(object.json == json)
        #expect(object.key.namespace == "shop")
    }
}
