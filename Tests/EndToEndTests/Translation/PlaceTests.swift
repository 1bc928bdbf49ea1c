import KubeClient
import KubeModel
import Testing

extension TranslationTests {
    /// Pods that fit the sum of a cluster's nodes and none of them, where the cluster's configuration has no patience:
    /// us-west, whose nodes are made so full that each has 12 processors left, and 36 in sum.
    @Suite struct PlaceTests {
        /// A pod spec's members that ask for 14 processors.
        private static func large(_ members: JSON) -> JSON {
            let container: JSON = [
                "name": "main", "image": "registry.example/web:1", "resources": ["requests": ["cpu": "14"]],
            ]
            return Manifest.overlay(members, on: ["containers": [container]])
        }

        @Test(
            "What finds no node fails as on a kubelet: its successor runs elsewhere, or waits",
            .rows(78, 109, 110)
        )
        func unplaced() async throws {
            try await TestSpace.with("place") { space in
                try await space.crowded(space.fleet.remote("us-west")) {
                    // Nobody would replace it.
                    try await space.apply(Manifest.pod("bare", Self.large(Manifest.cluster("us-west"))))
                    let bare = try await space.pod("bare", "says that it has no node") {
                        $0.condition("martlet.dev/DelegateScheduled")?["reason"] == "Unschedulable"
                    }
                    let delegate = try await space.delegate(of: bare, in: "us-west")
                    try await movesOn(space)
                    try await slowsDown(space)
                    let after = try await space.origin.pod("bare", in: space.name)
                    #expect(after?.uid == bare.uid)
                    #expect(after?.phase == "Pending")
                    #expect(delegate != nil)
                    #expect(try await space.delegate(of: bare, in: "us-west")?.uid == delegate?.uid)
                }
            }
        }

        /// The scheduler has the choice from the second pod on.
        private func movesOn(_ space: TestSpace) async throws {
            let key = "example.com/\(space.name)"
            try await space.origin.kubectl("label", "node", "us-west", "\(key)=open")
            let version = try await space.origin.client.list(.nodes).at("metadata", "resourceVersion")?.string
            let node = try await space.origin.client.watch(
                .nodes,
                fieldSelector: "metadata.name=us-west",
                resourceVersion: version
            )
            let pod = Self.large(["nodeSelector": [key: "open"]])
            try await space.apply(Manifest.deployment(replicas: 1, pod: pod))
            try await eventually("its pod is bound to us-west") {
                try await space.origin.pods(in: space.name, labels: "app=web").contains { $0.nodeName == "us-west" }
            }
            try await space.origin.kubectl("label", "node", "us-east", "\(key)=open")
            let failed = try #require(try await space.failed("web"))
            #expect(failed.nodeName == "us-west")
            #expect(failed.at("status", "reason") == "OutOfcpu")
            let message = failed.at("status", "message")?.string ?? ""
            #expect(message.contains("us-west") && message.contains("Insufficient cpu"), "\(message)")
            try await space.event(about: failed.name, containing: "OutOfcpu")
            #expect(try await space.delegate(of: failed, in: "us-west") == nil)
            try await eventually("its successor runs in us-east", within: .seconds(15)) {
                try await space.origin.pods(in: space.name, labels: "app=web").contains {
                    $0.nodeName == "us-east" && $0.isReady
                }
            }
            try await space.origin.kubectl("label", "node", "us-west", "us-east", "\(key)-")
            // That change ends the watch of what the node has said meanwhile.
            var isTold = false
            for try await event in node where event.type != .bookmark {
                isTold = isTold || Self.isUnplaced(event.object)
                guard event.object.at("metadata", "labels", key) != nil else { break }
            }
            #expect(isTold, "the node asked for pods to go elsewhere")
        }

        private static func isUnplaced(_ node: JSON) -> Bool {
            (node.at("spec", "taints")?.array ?? []).contains {
                $0["key"]?.string == "martlet.dev/unplaced" && $0["effect"]?.string == "PreferNoSchedule"
            }
        }

        private func slowsDown(_ space: TestSpace) async throws {
            try await space.apply(
                Manifest.replicaSet("spin", replicas: 1, pod: Self.large(Manifest.cluster("us-west")))
            )
            let times = try await eventually("two have failed and there is a third", within: .seconds(30)) {
                try await space.origin.pods(in: space.name, labels: "app=spin").compactMap {
                    $0.at("metadata", "creationTimestamp")?.string.flatMap(Timestamp.parse)
                }
                .sorted()
            } until: {
                $0.count >= 3
            }
            // Each waits two seconds for its node, the second waits ten before; a fraction is cut off.
            #expect(times[2] - times[0] >= 13, "pods are not made and failed in a hurry: \(times)")
            try await eventually("the node asks for pods to go elsewhere") {
                try await Self.isUnplaced(space.fleet.node("us-west"))
            }
            try await eventually("a pod that waits says why") {
                try await space.origin.pods(in: space.name, labels: "app=spin").contains {
                    let condition = $0.condition("martlet.dev/Delegated")
                    return $0.phase == "Pending" && condition?["reason"] == "OwnerBackOff"
                        && condition?["message"]?.string?.contains("OutOfcpu") == true
                }
            }
            try await space.kubectl("delete", "replicaset", "spin")
            try await eventually("the node asks for that no longer", within: .seconds(40)) {
                try await !Self.isUnplaced(space.fleet.node("us-west"))
            }
        }
    }
}

extension TestSpace {
    /// Runs a body while a stranger's pod takes 20 processors of each of the cluster's three nodes.
    fileprivate func crowded(_ remote: FleetCluster, _ body: () async throws -> Void) async throws {
        try await remote.makeNamespace(name)
        try await withCleanUp({ try await remote.kubectl("delete", "namespace", name, "--wait=false") }) {
            let container: JSON = [
                "name": "main", "image": "stranger", "resources": ["requests": ["cpu": "20"]],
            ]
            for number in 1...3 {
                try await remote.apply(
                    Manifest.pod("stranger-\(number)", ["containers": [container]]),
                    namespace: name
                )
            }
            try await eventually("each node has a stranger's pod") {
                try await Set(remote.pods(in: name).map(\.nodeName).filter { !$0.isEmpty }).count == 3
            }
            try await body()
        }
    }

    /// The first pod with this value of the label "app" that is Failed.
    fileprivate func failed(_ app: String) async throws -> JSON? {
        try await eventually("a pod of '\(app)' is Failed", within: .seconds(15)) {
            try await origin.pods(in: name, labels: "app=\(app)").first { $0.phase == "Failed" }
        } until: {
            $0 != nil
        }
    }
}
