import KubeClient
import KubeModel
import Testing

extension TranslationTests {
    /// Overrides, image registries, priorities and namespaces by cluster.
    @Suite struct OverrideTests {
        private static func pod(_ name: String, cluster: String, spec: JSON = [:]) -> JSON {
            let container: JSON = [
                "name": "main", "image": "registry.example/team/web:1", "args": ["--port=80"],
                "env": [
                    ["name": "NAMESPACE", "valueFrom": ["fieldRef": ["fieldPath": "metadata.namespace"]]],
                    ["name": "UID", "valueFrom": ["fieldRef": ["fieldPath": "metadata.uid"]]],
                    ["name": "NODE", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
                    ["name": "ADDRESS", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
                ],
            ]
            let base = Manifest.overlay(Manifest.cluster(cluster), on: ["containers": [container]])
            var pod = Manifest.pod(name, annotations: ["example.com/here": "1"], Manifest.overlay(spec, on: base))
            pod["metadata"]?["labels"]?["patched"] = "yes"
            return pod
        }

        @Test("Overrides change the delegates of one cluster only", .rows(73))
        func overrides() async throws {
            try await TestSpace.with("override") { space in
                for cluster in ["us-east", "us-west", "eu-central"] {
                    try await space.apply(Self.pod("in-\(cluster)", cluster: cluster))
                }
                for cluster in ["us-east", "eu-central"] {
                    let delegate = try await space.running("in-\(cluster)", in: cluster).delegate
                    #expect(delegate.image == "registry.example/team/web:1")
                    #expect(delegate.at("spec", "containers")?[0]?["args"] == ["--port=80"])
                    #expect(delegate.annotation("example.com/here") == "1")
                    #expect(delegate.annotation("example.com/patched") == nil)
                    #expect(delegate.label("tier") == nil)
                }
                let changed = try await space.running("in-us-west", in: "us-west").delegate
                #expect(changed.image == "patched.example/web:9")
                #expect(changed.at("spec", "containers")?[0]?["args"] == ["--there", "--port=80"])
                #expect(changed.annotation("example.com/here") == nil)
                #expect(changed.annotation("example.com/patched") == "yes")
                #expect(changed.annotation("example.com/added") == "by-configuration")
                #expect(changed.label("tier") == "remote")
                #expect(changed.at("spec", "nodeSelector") == ["type": "simulated"])
                let tolerations = changed.at("spec", "tolerations")?.array ?? []
                #expect(tolerations.contains { $0["key"]?.string == "pool" })
            }
        }

        @Test(
            "A field that the cluster drops is named, and one that the pod can't be without keeps it out",
            .rows(7, 73)
        )
        func fieldsOfTomorrow() async throws {
            try await TestSpace.with("tomorrow") { space in
                for kind in ["field", "volume"] {
                    var pod = Self.pod(kind, cluster: "us-west")
                    pod["metadata"]?["labels"] = ["tomorrow": .string(kind)]
                    try await space.apply(pod)
                }
                _ = try await space.running("field", in: "us-west")
                try await space.event(about: "field", containing: "containers[main].tomorrow")
                let pod = try await space.pod("volume", "says what its cluster does not have") {
                    $0.condition("martlet.dev/Delegated")?["reason"]?.string == "FieldsNotInCluster"
                }
                let message = pod.condition("martlet.dev/Delegated")?["message"]?.string
                #expect(message?.contains("volumes[v].tomorrow") == true, "\(message ?? "")")
                #expect(try await space.delegate(of: pod, in: "us-west") == nil)
            }
        }

        @Test("An image comes from the cluster's own registry, also when it is changed in place", .rows(8, 24))
        func images() async throws {
            try await TestSpace.with("registry") { space in
                let spec = Manifest.podSpec(Manifest.cluster("us-west"), image: "registry.example/team/web:1")
                try await space.apply(Manifest.pod("web", spec))
                let (pod, delegate) = try await space.running("web", in: "us-west")
                #expect(delegate.image == "mirror.example/cache/team/web:1")
                #expect(pod.image == "registry.example/team/web:1")
                try await space.kubectl("set", "image", "pod/web", "main=registry.example/team/web@sha256:\(digest)")
                try await eventually("the delegate has the new image of its own registry") {
                    try await space.delegate(of: pod, in: "us-west")?.image ?? ""
                } until: {
                    $0 == "mirror.example/cache/team/web@sha256:\(digest)"
                }
            }
        }

        private let digest = String(repeating: "9f86d081", count: 8)

        @Test("A priority class travels by the map of the cluster, and not at all without", .rows(73))
        func priorities() async throws {
            try await TestSpace.with("priority") { space in
                let name = "translated"
                try await space.origin.kubectl("create", "priorityclass", name, "--value=1000")
                try await space.fleet.remote("us-west").kubectl(
                    "create",
                    "priorityclass",
                    "\(name)-there",
                    "--value=77"
                )
                try await space.origin.takes(["priorityClassName": .string(name)], in: space.name)
                for cluster in ["us-west", "us-east"] {
                    let spec = Manifest.overlay(["priorityClassName": .string(name)], on: Manifest.cluster(cluster))
                    try await space.apply(Manifest.pod("in-\(cluster)", Manifest.podSpec(spec)))
                }
                let mapped = try await space.running("in-us-west", in: "us-west").delegate
                #expect(mapped.at("spec", "priorityClassName") == "translated-there")
                #expect(mapped.at("spec", "priority") == 77)
                let plain = try await space.running("in-us-east", in: "us-east").delegate
                #expect(plain.at("spec", "priorityClassName") == nil)
                #expect(plain.at("spec", "priority") == 0)
            }
        }

        @Test("A runtime class is what the cluster says or else the pod's own, with the cluster's overhead", .rows(73))
        func runtimeClasses() async throws {
            try await TestSpace.with("runtime") { space in
                try await space.origin.apply(Manifest.runtimeClass("heavy", overhead: "250m"))
                try await space.origin.takes(["runtimeClassName": "heavy"], in: space.name)
                for cluster in ["us-west", "us-east"] {
                    let spec: JSON = ["runtimeClassName": "heavy"]
                    try await space.apply(Self.pod("in-\(cluster)", cluster: cluster, spec: spec))
                }
                let (pod, delegate) = try await space.running("in-us-west", in: "us-west")
                #expect(pod.at("spec", "overhead", "cpu") == "250m")
                #expect(delegate.at("spec", "runtimeClassName") == "sandboxed")
                #expect(delegate.at("spec", "overhead") == ["cpu": "10m"])
                try await space.pod("in-us-east", "says that its cluster has no such class") {
                    let words = $0.condition("martlet.dev/Delegated")?["message"]?.string ?? ""
                    return words.contains("RuntimeClass \"heavy\" not found")
                }
                try await space.fleet.remote("us-east").apply(Manifest.runtimeClass("heavy", overhead: "20m"))
                let own = try await space.running("in-us-east", in: "us-east").delegate
                #expect(own.at("spec", "runtimeClassName") == "heavy")
                #expect(own.at("spec", "overhead") == ["cpu": "20m"])
            }
        }

        @Test("Two namespaces stay two under a template, and their pods see the origin's names", .rows(22))
        func namespaces() async throws {
            try await TestSpace.with("left") { left in
                try await TestSpace.with("right", sharing: left.fleet) { right in
                    let origin = try await left.origin.client.get(.namespaces, name: "kube-system").uid
                    for space in [left, right] {
                        try await space.apply(Self.pod("web", cluster: "us-west"))
                        let (pod, delegate) = try await space.running("web", in: "us-west")
                        #expect(delegate.at("metadata", "namespace")?.string == "\(space.name)-\(origin.prefix(8))")
                        let env = delegate.at("spec", "containers")?[0]?["env"]?.array ?? []
                        #expect(env.map { $0["value"]?.string } == [space.name, pod.uid, "us-west", nil])
                        let namespace = try await left.fleet.remote("us-west").client
                            .get(.namespaces, name: delegate.at("metadata", "namespace")?.string ?? "")
                        #expect(namespace.label("martlet.dev/origin") == origin)
                        try await space.kubectl("delete", "pod/web", "--wait=false")
                        try await eventually("pod and delegate are gone") {
                            let isThere = try await space.origin.pod("web", in: space.name) != nil
                            let delegated = try await space.delegate(of: pod, in: "us-west") != nil
                            return !isThere && !delegated
                        }
                    }
                }
            }
        }

        @Test("Scheduling constraints choose among the cluster's nodes where the configuration keeps them", .rows(73))
        func scheduling() async throws {
            try await TestSpace.with("keep") { space in
                let key = "example.com/\(space.name)"
                let remote = space.fleet.remote("eu-central")
                let node = try await remote.list(.nodes).map(\.name).sorted().last ?? ""
                try await remote.kubectl("label", "node", node, "\(key)=fast")
                try await space.origin.kubectl("label", "node", "eu-central", "\(key)=fast")
                let selector: JSON = ["kubernetes.io/hostname": "eu-central", key: "fast"]
                try await space.apply(Manifest.pod("web", Manifest.podSpec(["nodeSelector": selector])))
                let delegate = try await space.running("web", in: "eu-central").delegate
                #expect(delegate.at("spec", "nodeSelector") == [key: "fast"])
                #expect(delegate.nodeName == node)
                try await space.origin.kubectl("label", "node", "eu-central", "\(key)-")
            }
        }
    }
}
