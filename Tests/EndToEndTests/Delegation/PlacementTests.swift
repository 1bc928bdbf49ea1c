import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// Where pods go: by the origin's own scheduler, and each delegate where its pod's node says.
    @Suite struct PlacementTests {}
}

extension DelegationTests.PlacementTests {
    @Test("Replicas for a region run in its clusters only, where their node names say", .rows(2, 10))
    func region() async throws {
        try await TestSpace.with("region") { space in
            try await space.apply(Manifest.deployment(replicas: 5, pod: Manifest.podSpec(Manifest.region("us"))))
            let snapshot = try await space.running(5)
            #expect(Set(snapshot.counts.keys).isSubset(of: ["us-east", "us-west"]))
            try await eventually("the Deployment is Available") {
                let deployment = try await space.origin.client.get(.deployments, namespace: space.name, name: "web")
                return deployment.condition("Available")?["status"]?.string == "True"
            }
        }
    }

    @Test("A new service needs no preparation: it runs in a namespace that no remote has", .rows(6))
    func onDemand() async throws {
        try await TestSpace.with("demand") { space in
            for remote in space.fleet.remotes {
                #expect(try await remote.find(.namespaces, space.name) == nil)
            }
            try await space.kubectl("create", "deployment", "new", "--image=registry.example/new:1")
            try await space.running(1, within: .seconds(10))
        }
    }

    @Test("A pod that fits a cluster's sum but none of its nodes says what the remote's scheduler says", .rows(78))
    func fragmented() async throws {
        try await TestSpace.with("fragment") { space in
            let pod = try await space.unplaced("wide", in: "us-west")
            #expect(pod.phase == "Pending" && !pod.isReady)
        }
    }

    @Test(
        "A pod that fits none of its cluster's nodes is placed when it asks for less",
        .rows(113),
        .enabled(if: KubernetesRelease.minor >= 33)
    )
    func resized() async throws {
        try await TestSpace.with("resized") { space in
            let pod = try await space.unplaced("wide", in: "us-west")
            let before = try await space.snapshot().delegateUIDs
            try await space.resize("wide", cpu: "1")
            let after = try await space.running(1)
            #expect(after.podUIDs == [pod.uid])
            #expect(after.delegateUIDs == before)
            #expect(after.pods[0].condition("martlet.dev/DelegateScheduled") == nil)
        }
    }

    @Test("Affinity to a list of clusters is obeyed", .rows(27, 71))
    func list() async throws {
        try await TestSpace.with("list") { space in
            let hosts = Manifest.expression("kubernetes.io/hostname", "In", ["us-west", "eu-central"])
            try await space.apply(
                Manifest.deployment(replicas: 6, pod: Manifest.podSpec(Manifest.affinity([hosts])))
            )
            let counts = try await space.running(6).counts
            #expect(Set(counts.keys) == ["us-west", "eu-central"], "\(counts)")
        }
    }

    @Test("All ten of ten pods go to the one cluster that they name", .rows(15, 71))
    func oneCluster() async throws {
        try await TestSpace.with("one") { space in
            let pod = Manifest.podSpec(Manifest.cluster("eu-central"))
            try await space.apply(Manifest.deployment(replicas: 10, pod: pod))
            #expect(try await space.running(10).counts == ["eu-central": 10])
        }
    }

    @Test("Pods follow a label that a person moves from one virtual node to another", .rows(72))
    func relabel() async throws {
        try await TestSpace.with("relabel") { space in
            let key = "example.com/\(space.name)"
            try await space.origin.kubectl("label", "node", "us-west", "\(key)=gold")
            let pod = Manifest.podSpec(["nodeSelector": [key: "gold"]])
            try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
            #expect(try await space.running(2).counts == ["us-west": 2])
            try await space.origin.kubectl("label", "node", "us-west", "\(key)-")
            try await space.origin.kubectl("label", "node", "eu-central", "\(key)=gold")
            try await space.kubectl("scale", "deployment/web", "--replicas=4")
            #expect(try await space.running(4).counts == ["us-west": 2, "eu-central": 2])
            try await space.origin.kubectl("label", "node", "eu-central", "\(key)-")
        }
    }

    @Test("Deployments of one name in two namespaces do not meet, and their namespaces are made and marked", .rows(22))
    func namespaces() async throws {
        try await TestSpace.with("left") { left in
            try await TestSpace.with("right", sharing: left.fleet) { right in
                let selector = Manifest.cluster("us-east")
                try await left.apply(Manifest.deployment(replicas: 1, pod: Manifest.podSpec(selector, image: "left")))
                try await right.apply(Manifest.deployment(replicas: 2, pod: Manifest.podSpec(selector, image: "right")))
                let (ofLeft, ofRight) = (try await left.running(1), try await right.running(2))
                #expect(ofLeft.delegateUIDs.isDisjoint(with: ofRight.delegateUIDs))
                #expect(Set(ofLeft.delegates.map { $0.object.image }) == ["left"])
                #expect(Set(ofRight.delegates.map { $0.object.image }) == ["right"])
                let namespace = try await left.fleet.remote("us-east").client.get(.namespaces, name: left.name)
                let origin = try await left.origin.client.get(.namespaces, name: "kube-system")
                #expect(namespace.label("martlet.dev/origin") == origin.uid)
            }
        }
    }

    @Test("Pods of a kubelet's files, and those of kube-system, make no delegate and say why", .rows(109))
    func ignored() async throws {
        try await TestSpace.with("ignored") { space in
            let spec = Manifest.podSpec(Manifest.cluster("us-west"))
            let mark: JSON = ["kubernetes.io/config.mirror": "0123456789abcdef"]
            try await space.apply(Manifest.pod("mirror", annotations: mark, Manifest.podSpec(["nodeName": "us-west"])))
            let system = "system-\(space.name)"
            try await space.origin.apply(Manifest.pod(system, spec), namespace: "kube-system")
            try await space.pod("mirror", "says why it does not run") {
                $0.condition("martlet.dev/Delegated")?["reason"] == "MirrorPodIgnored" && $0.phase == "Pending"
            }
            try await space.event(about: "mirror", containing: "MirrorPodIgnored")
            try await eventually("the pod of kube-system says why it does not run") {
                try await space.origin.pod(system, in: "kube-system")
            } until: {
                $0?.condition("martlet.dev/Delegated")?["reason"] == "NamespaceIgnored" && $0?.phase == "Pending"
            }
            let remote = space.fleet.remote("us-west")
            #expect(try await remote.pod(system, in: "kube-system") == nil)
            #expect(try await space.snapshot().delegates.isEmpty)
            try await space.origin.kubectl("-n", "kube-system", "delete", "pod", system, "--timeout=30s")
        }
    }

    @Test("A DaemonSet makes no delegate, and its pods say why", .rows(97))
    func daemonSet() async throws {
        try await TestSpace.with("daemon") { space in
            try await space.apply(Manifest.daemonSet("agent"))
            let pods = try await eventually(
                "the DaemonSet has a pod on each virtual node, which says why it does not run"
            ) {
                try await space.origin.pods(in: space.name)
            } until: { pods in
                pods.count == 3
                    && pods.allSatisfy {
                        $0.condition("martlet.dev/Delegated")?["reason"]?.string == "DaemonSetIgnored"
                    }
            }
            try await space.event(about: pods[0].name, containing: "DaemonSetIgnored")
            try await holds("there is no delegate of a DaemonSet", for: .seconds(2)) {
                try await space.snapshot().delegates.isEmpty
            }
            try await space.kubectl("delete", "daemonset/agent", "--wait=false")
            try await space.empty()
        }
    }
}

extension JSON {
    /// The first container's image.
    var image: String { at("spec", "containers")?[0]?["image"]?.string ?? "" }
}

extension TestSpace {
    /// A pod that asks for more than one node has, once it says so in the words of its cluster's scheduler.
    func unplaced(_ name: String, in cluster: String) async throws -> JSON {
        let asking: JSON = ["requests": ["cpu": "33"]]
        let container: JSON = ["name": "main", "image": "web", "resources": asking]
        let spec = Manifest.overlay(Manifest.cluster(cluster), on: ["containers": [container]])
        try await apply(Manifest.pod(name, spec))
        let pod = try await pod(name, "says that its delegate has no place") {
            $0.condition("martlet.dev/DelegateScheduled")?["status"]?.string == "False"
        }
        let message = pod.condition("martlet.dev/DelegateScheduled")?["message"]?.string ?? ""
        #expect(message.contains("Insufficient cpu"))
        #expect(pod.condition("PodScheduled")?["status"]?.string == "True")
        return pod
    }

    /// Has the first container of a pod ask for so many processors (`pods/resize`, Kubernetes 1.33).
    func resize(_ pod: String, cpu: String) async throws {
        let container: JSON = ["name": "main", "resources": ["requests": ["cpu": .string(cpu)]]]
        _ = try await origin.client.patch(
            .pods,
            namespace: name,
            name: pod,
            subresource: "resize",
            type: .strategicMerge,
            body: ["spec": ["containers": [container]]]
        )
    }
}
