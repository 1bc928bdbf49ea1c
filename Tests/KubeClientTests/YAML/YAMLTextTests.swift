import KubeClient
import KubeModel
import Testing

@Suite struct YAMLTextTests {
    @Test func `It is written as people do`() {
        let text = YAMLText.of([
            "kind": "Role", "rules": [["verbs": ["get", "list"], "apiGroups": [""]], ["verbs": []]], "empty": [:],
            "metadata": ["name": "a-b.c", "labels": ["x/y": "true"]],
        ])
        #expect(
            text == """
                kind: Role
                rules:
                - verbs:
                  - get
                  - list
                  apiGroups:
                  - ""
                - verbs: []
                empty: {}
                metadata:
                  name: a-b.c
                  labels:
                    x/y: "true"

                """
        )
    }

    @Test(
        arguments: [
            [:], [], "word", "", "a: b", "- x", "no", "NULL", "1", "0x1", ".5", "{", "a\nb", "ü#", " lead", "1e3", "~",
            ["a": [["b", ["c"]], [["d": 1]]]], [["x": [:]], [], [[]]], ["k": 1.5, "t": true, "on": .null],
        ] as [JSON]
    )
    func `What is written is read as the same`(json: JSON) throws {
        #expect(try YAMLDocument.json(YAMLText.of(json)) == json)
    }
}
