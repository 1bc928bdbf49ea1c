import KubeModel
import Testing

@testable import martlet

@Suite struct CheckCommandTests {
    private func node(_ name: String, cluster: String?, remoteID: String? = nil) -> ObjectMeta {
        var metadata: JSON = ["name": .string(name), "labels": [:], "annotations": [:]]
        metadata["labels"]?["martlet.dev/cluster"] = cluster.map { .string($0) }
        metadata["annotations"]?["martlet.dev/remote-id"] = remoteID.map { .string($0) }
        return ObjectMeta(["metadata": metadata])
    }

    @Test func `Remotes are known by their cluster, however many nodes stand for it and whatever they are called`() {
        let nodes = [
            node("east-gpu", cluster: "east", remoteID: "1"), node("east-cpu", cluster: "east", remoteID: "1"),
            node("west", cluster: nil, remoteID: "2"), node("new", cluster: "new"),
        ]
        #expect(CheckCommand.remoteIDs(of: nodes) == ["east": "1", "west": "2"])
    }
}
