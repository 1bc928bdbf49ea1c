import KubeModel
import Testing

@Suite struct ResourceListTests {
    private func list(_ json: JSON) -> ResourceList { ResourceList(json: json) }

    @Test("Quantities are read from strings and numbers, and written in canonical form")
    func json() {
        #expect(
            list(["memory": "1024Mi", "cpu": 2, "x.com/gpu": 0.5]).json == [
                "cpu": "2", "memory": "1Gi", "x.com/gpu": "500m",
            ]
        )
        #expect(ResourceList(json: nil).isEmpty)
        #expect(list(["cpu": "many", "pods": "110"]) == list(["pods": "110"]))
    }

    @Test("Sums, rests and maxima go by name")
    func arithmetic() {
        let (all, some) = (list(["cpu": "4", "memory": "8Gi"]), list(["cpu": "5", "memory": "2Gi", "gpu": "1"]))
        #expect(all.adding(some) == list(["cpu": "9", "memory": "10Gi", "gpu": "1"]))
        #expect(all.subtracting(some) == list(["cpu": "0", "memory": "6Gi"]))
        #expect(all.maximum(some) == list(["cpu": "5", "memory": "8Gi", "gpu": "1"]))
    }

    private static func containers(_ requests: JSON...) -> JSON {
        .array(requests.map { ["resources": ["requests": $0]] })
    }

    private static func sidecar(_ requests: JSON) -> JSON {
        ["restartPolicy": "Always", "resources": ["requests": requests]]
    }

    @Test(
        "A pod takes what the scheduler says it takes",
        arguments: [
            ("nothing", [:], [:]),
            (
                "the sum of its containers",
                ["containers": containers(["cpu": "1"], ["cpu": "500m", "memory": "1Gi"])],
                ["cpu": "1500m", "memory": "1Gi"]
            ),
            ("limits alone count for nothing", ["containers": [["resources": ["limits": ["cpu": "1"]]]]], [:]),
            (
                "the largest init container if that is more",
                [
                    "initContainers": containers(["cpu": "3"], ["memory": "1Gi"]),
                    "containers": containers(["cpu": "1"]),
                ],
                ["cpu": "3", "memory": "1Gi"]
            ),
            (
                "sidecars with the containers",
                ["initContainers": [sidecar(["cpu": "200m"])], "containers": containers(["cpu": "1"])],
                ["cpu": "1200m"]
            ),
            (
                "an init container with the sidecars before it, not with those after it",
                [
                    "initContainers": .array([
                        sidecar(["cpu": "1"]), ["resources": ["requests": ["cpu": "4"]]], sidecar(["cpu": "2"]),
                    ]), "containers": containers(["cpu": "1"]),
                ],
                ["cpu": "5"]
            ),
            (
                "the overhead on top of the larger",
                [
                    "initContainers": containers(["cpu": "2"]), "containers": containers(["cpu": "1"]),
                    "overhead": ["cpu": "250m", "memory": "64Mi"],
                ],
                ["cpu": "2250m", "memory": "64Mi"]
            ),
            (
                "pod-level requests in place of the sum, for cpu, memory and huge pages",
                [
                    "resources": ["requests": ["cpu": "1", "hugepages-2Mi": "4Mi", "x.com/gpu": "9"]],
                    "containers": containers(["cpu": "3", "memory": "1Gi", "x.com/gpu": "1"]), "overhead": ["cpu": "1"],
                ],
                ["cpu": "2", "memory": "1Gi", "hugepages-2Mi": "4Mi", "x.com/gpu": "1"]
            ),
        ] as [(String, JSON, JSON)]
    )
    func podRequests(name: String, spec: JSON, requests: JSON) {
        #expect(PodRequests.effective(spec: spec) == ResourceList(json: requests), "\(name)")
    }

    @Test("A real pod takes its init container's CPU and its container's memory")
    func realPod() throws {
        let spec = try #require(try JSON.parse(Fixture.pod())["spec"])
        #expect(PodRequests.effective(spec: spec).json == ["cpu": "1", "memory": "128Mi"])
    }
}
