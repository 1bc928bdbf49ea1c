import KubeClient
import KubeModel
import Testing

extension LifeTests {
    /// In-place changes of a pod arrive at its delegate, or the pod says why not.
    @Suite struct ChangeTests {}
}

extension LifeTests.ChangeTests {
    @Test("kubectl label, annotate and set image work on a delegated pod, and touch nothing else", .rows(24, 113))
    func kubectl() async throws {
        try await TestSpace.with("change") { space in
            let before = try await space.runningPod(on: "us-west").pod("web", in: space.name)
            try await space.kubectl("label", "pod/web", "tier=gold")
            try await space.kubectl("annotate", "pod/web", "note=changed")
            try await space.kubectl("set", "image", "pod/web", "main=registry.example/web:2")
            let after = try await space.delegate("web", on: "us-west", "has all changes") { delegate in
                delegate.label("tier") == "gold" && delegate.annotation("note") == "changed"
                    && delegate.at("spec", "containers")?[0]?["image"]?.string == "registry.example/web:2"
            }
            #expect(after.uid == before?.uid)
            try await space.kubectl("label", "pod/web", "tier-")
            try await space.delegate("web", on: "us-west", "has lost its label") { $0.label("tier") == nil }
        }
    }

    @Test("A deadline and tolerations that a pod gets later are its delegate's too", .rows(113))
    func deadline() async throws {
        try await TestSpace.with("deadline") { space in
            _ = try await space.runningPod(on: "us-west")
            let live = try #require(try await space.origin.pod("web", in: space.name))
            let toleration: JSON = ["key": "later", "operator": "Exists", "effect": "NoExecute"]
            let tolerations = (live.at("spec", "tolerations")?.array ?? []) + [toleration]
            let patch: JSON = ["spec": ["activeDeadlineSeconds": 3600, "tolerations": .array(tolerations)]]
            _ = try await space.origin.client.patch(
                .pods,
                namespace: space.name,
                name: "web",
                type: .merge,
                body: patch
            )
            try await space.delegate("web", on: "us-west", "has both") { delegate in
                delegate.at("spec", "activeDeadlineSeconds") == 3600
                    && delegate.at("spec", "tolerations")?.array?.contains { $0["key"] == "later" } == true
            }
        }
    }

    @Test(
        "What is said of a pod is of its own generation, whatever its delegate counts",
        .rows(78, 113),
        .enabled(if: KubernetesRelease.minor >= 34)
    )
    func generations() async throws {
        try await TestSpace.with("generation") { space in
            // Changed before it has a delegate, whose first generation is another one of the pod.
            try await space.apply(Manifest.pod("web", ReferredKind.configMap.podSpec))
            try await space.pod("web", "waits for its ConfigMap") {
                $0.condition("martlet.dev/Delegated")?["reason"]?.string == "MandatoryConfigMapNotFound"
            }
            try await space.kubectl("set", "image", "pod/web", "main=registry.example/web:2")
            try await space.origin.kubectl(["-n", space.name] + ReferredKind.configMap.creation)
            try await space.running(1)
            let first = try await space.pod("web", "is told of as it is", until: \.isObserved)
            try await space.kubectl("set", "image", "pod/web", "main=registry.example/web:3")
            let second = try await space.pod("web", "is told of as it is now") {
                $0.isObserved && $0.generation != first.generation
            }
            let delegate = try await space.snapshot().pair("web").delegate
            #expect(delegate.at("spec", "containers")?[0]?["image"] == "registry.example/web:3")
            #expect(delegate.generation != second.generation)
        }
    }

    @Test("kubectl debug adds an ephemeral container to the delegate", .rows(113))
    func debug() async throws {
        try await TestSpace.with("debug") { space in
            _ = try await space.runningPod(on: "us-east")
            try await space.kubectl("debug", "web", "--image=registry.example/debug:1", "--container=first")
            try await space.delegate("web", on: "us-east", "has the container") { $0.ephemeralContainers == ["first"] }
            try await space.kubectl("debug", "web", "--image=registry.example/debug:1", "--container=second")
            try await space.delegate("web", on: "us-east", "has both") {
                $0.ephemeralContainers == ["first", "second"]
            }
            let pod = try #require(try await space.origin.pod("web", in: space.name))
            #expect(pod.condition("martlet.dev/Updated") == nil)
        }
    }

    @Test("An ephemeral container follows the ConfigMap that it alone refers to", .rows(79, 113))
    func debugWithReference() async throws {
        try await TestSpace.with("debugref") { space in
            let remote = try await space.runningPod(on: "us-east")
            let container: JSON = [
                "name": "first", "image": "registry.example/debug:1", "imagePullPolicy": "IfNotPresent",
                "terminationMessagePolicy": "File", "envFrom": [["configMapRef": ["name": "settings"]]],
            ]
            try await space.addEphemeral(container, to: "web")
            try await space.pod("web", "says what is missing") {
                $0.condition("martlet.dev/Updated")?["reason"]?.string == "MandatoryConfigMapNotFound"
            }
            try await holds("the container waits", for: .seconds(5)) {
                try await remote.pod("web", in: space.name)?.ephemeralContainers == []
            }
            try await space.kubectl("create", "configmap", "settings", "--from-literal=a=b")
            try await space.delegate("web", on: "us-east", "has the container") { $0.ephemeralContainers == ["first"] }
            #expect(try await remote.find(.configMaps, "settings", in: space.name)?.at("data", "a") == "b")
            try await space.pod("web", "says that nothing is missing") { $0.condition("martlet.dev/Updated") == nil }
        }
    }

    @Test(
        "An ephemeral container that the cluster does not allow stays out and says so; the others go",
        .rows(109, 113),
        .enabled(if: KubernetesRelease.minor >= 23)
    )
    func debugPrivileged() async throws {
        try await TestSpace.with("debugroot") { space in
            _ = try await space.runningPod(on: "us-east")
            let container: JSON = [
                "name": "root", "image": "registry.example/debug:1", "imagePullPolicy": "IfNotPresent",
                "terminationMessagePolicy": "File", "securityContext": ["privileged": true],
            ]
            try await space.addEphemeral(container, to: "web")
            let pod = try await space.pod("web", "says what is not allowed") {
                $0.condition("martlet.dev/Updated")?["reason"]?.string == "PrivilegedForbidden"
            }
            #expect(pod.condition("martlet.dev/Updated")?["message"]?.string?.contains("\"root\"") == true)
            try await space.event(about: "web", containing: "PrivilegedForbidden")
            try await space.kubectl("debug", "web", "--image=registry.example/debug:1", "--container=plain")
            try await space.delegate("web", on: "us-east", "has the other container") {
                $0.ephemeralContainers == ["plain"]
            }
        }
    }

    @Test("What the remote's admission makes of a delegate is no reason to write it again and again", .rows(113))
    func admission() async throws {
        try await TestSpace.with("admission") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.makeNamespace(space.name)
            let limits: JSON = [
                "apiVersion": "v1", "kind": "LimitRange", "metadata": ["name": "defaults"],
                "spec": ["limits": [["type": "Container", "default": ["cpu": "200m"]]]],
            ]
            try await remote.apply(limits, namespace: space.name)
            _ = try await space.runningPod(on: "us-west")
            try await space.kubectl("set", "image", "pod/web", "main=registry.example/web:2")
            let delegate = try await space.delegate("web", on: "us-west", "has the change") {
                // Where pods have generations (1.34) its kubelet answers each with a status.
                let isSeen = $0.generation == nil || $0.at("status", "observedGeneration")?.int == $0.generation
                return isSeen && $0.at("spec", "containers")?[0]?["image"] == "registry.example/web:2"
            }
            #expect(delegate.at("spec", "containers")?[0]?.at("resources", "limits", "cpu") == "200m")
            try await holds("nobody writes on the delegate", for: .seconds(3)) {
                try await remote.pod("web", in: space.name)?.at("metadata", "resourceVersion")
                    == delegate.at("metadata", "resourceVersion")
            }
        }
    }

    @Test(
        "A remote that takes no ephemeral containers says so on the pod, once, and other changes go on",
        .rows(113),
        .enabled(if: KubernetesRelease.minor < 23)
    )
    func debugRefused() async throws {
        try await TestSpace.with("nodebug") { space in
            _ = try await space.runningPod(on: "us-west")
            try await space.kubectl("debug", "web", "--image=registry.example/debug:1", "--container=first")
            try await space.pod("web", "says that its cluster can't") {
                $0.condition("martlet.dev/Updated")?["reason"]?.string == "EphemeralContainersUnsupported"
            }
            try await space.event(about: "web", containing: "EphemeralContainersUnsupported")
            try await space.kubectl("label", "pod/web", "tier=gold")
            try await space.delegate("web", on: "us-west", "has the label") { $0.label("tier") == "gold" }
            let events = try await space.origin.events(about: "web", in: space.name)
            #expect(events.filter { $0.contains("EphemeralContainersUnsupported") }.count == 1)
            #expect(try await space.origin.pod("web", in: space.name)?.isReady == true)
        }
    }
}

extension TestSpace {
    /// Adds an ephemeral container to a pod, in the form that the release speaks.
    fileprivate func addEphemeral(_ container: JSON, to pod: String) async throws {
        let isOwnKind = KubernetesRelease.minor < 23
        let body: JSON = [
            [
                "op": "add", "path": isOwnKind ? "/ephemeralContainers" : "/spec/ephemeralContainers",
                "value": [container],
            ]
        ]
        _ = try await origin.client.patch(
            .pods,
            namespace: name,
            name: pod,
            subresource: "ephemeralcontainers",
            type: .json,
            body: body
        )
    }
}

extension JSON {
    fileprivate var ephemeralContainers: [String] {
        at("spec", "ephemeralContainers")?.array?.compactMap { $0["name"]?.string } ?? []
    }

    fileprivate var generation: Int64? { at("metadata", "generation")?.int }

    /// Whether the status and the kubelet's conditions are of the generation that the object has (KEP-5067).
    fileprivate var isObserved: Bool {
        var observed = ["Initialized", "Ready", "ContainersReady"].map { condition($0)?["observedGeneration"]?.int }
        observed.append(at("status", "observedGeneration")?.int)
        return generation != nil && observed.allSatisfy { $0 == generation }
    }
}
