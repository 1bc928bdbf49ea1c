import KubeClient
import KubeModel
import Testing

@testable import Administration

@Suite struct DesiredObjectTests {
    private let desired = DesiredObject(
        .secrets,
        [
            "metadata": [
                "name": "a", "namespace": "b", "labels": ["ours": "1"], "annotations": ["gone": .null, "kept": "x"],
            ],
            "type": "Opaque",
        ]
    )

    private func observed(_ labels: JSON, _ annotations: JSON, type: JSON = "Opaque") -> JSON {
        [
            "metadata": [
                "name": "a", "namespace": "b", "uid": "u", "resourceVersion": "7", "labels": labels,
                "annotations": annotations,
            ],
            "type": type,
        ]
    }

    @Test func `What others wrote is no reason for a change`() {
        #expect(desired.patch(of: observed(["ours": "1", "theirs": "2"], ["kept": "x", "own": "y"])) == nil)
    }

    @Test func `A patch has what differs, and holds for the state that was looked at`() {
        let patch = desired.patch(of: observed(["theirs": "2"], ["kept": "x", "gone": "z"], type: "Other"))
        #expect(
            patch == [
                "type": "Opaque",
                "metadata": [
                    "labels": ["ours": "1"], "annotations": ["gone": .null], "uid": "u", "resourceVersion": "7",
                ],
            ]
        )
    }

    @Test func `What shall not be there is not made`() {
        #expect(desired.created.at("metadata", "annotations") == ["kept": "x"])
        #expect(desired.created["kind"] == "Secret")
    }
}
