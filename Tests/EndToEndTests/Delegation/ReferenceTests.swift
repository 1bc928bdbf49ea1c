import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// Pods that refer to other objects, which are missing or stay behind.
    @Suite struct ReferenceTests {}
}

extension DelegationTests.ReferenceTests {
    @Test(
        "A pod that refers to a missing object says so, and starts when the origin has it",
        .rows(93),
        arguments: [ReferredKind.configMap, .secret]
    )
    func missing(_ kind: ReferredKind) async throws {
        try await TestSpace.with("missing") { space in
            try await space.apply(Manifest.pod("web", kind.podSpec))
            let pod = try await space.pod("web", "says what is missing") {
                $0.condition("martlet.dev/Delegated")?["reason"]?.string == "Mandatory\(kind.rawValue)NotFound"
            }
            #expect(pod.condition("martlet.dev/Delegated")?["message"]?.string?.contains("settings") == true)
            #expect(pod.phase == "Pending")
            try await space.event(about: "web", containing: "\(space.name)/settings")
            try await space.origin.kubectl(["-n", space.name] + kind.creation)
            try await space.running(1, within: .seconds(15))
            let runs = try await space.pod("web", "is delegated") { $0.isReady }
            #expect(runs.condition("martlet.dev/Delegated")?["status"]?.string == "True")
        }
    }

    @Test("A ServiceAccount token that the author asked for is dropped with an event; the usual one without a word")
    func token() async throws {
        try await TestSpace.with("token") { space in
            let volumes: JSON = [
                ["name": "token", "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]]]
            ]
            let mounts: JSON = [["name": "token", "mountPath": "/var/run/mine"]]
            let asking: JSON = [
                "containers": [["name": "main", "image": "web", "volumeMounts": mounts]], "volumes": volumes,
            ]
            try await space.apply(Manifest.pod("asking", asking))
            try await space.apply(Manifest.pod("plain"))
            let snapshot = try await space.running(2)
            for delegate in snapshot.delegates {
                #expect(delegate.object.at("spec", "volumes") == nil)
                #expect(delegate.object.at("spec", "containers")?[0]?["volumeMounts"] == nil)
                #expect(delegate.object.at("spec", "automountServiceAccountToken")?.bool == false)
            }
            try await space.event(about: "asking", containing: "ServiceAccountTokenDropped")
            let others = try await space.origin.events(about: "plain", in: space.name)
            #expect(!others.contains { $0.contains("ServiceAccountTokenDropped") })
        }
    }

    @Test("A Secret with a ServiceAccount token stays in the origin: a mount of it is dropped with an event", .rows(93))
    func tokenSecret() async throws {
        try await TestSpace.with("robot") { space in
            let remote = space.fleet.remote("us-east")
            let secret: JSON = [
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                "metadata": ["name": "robot", "annotations": ["kubernetes.io/service-account.name": "default"]],
            ]
            try await space.apply(secret)
            let container: JSON = [
                "name": "main", "image": "web",
                "volumeMounts": [
                    ["name": "robot", "mountPath": "/var/run/robot"], ["name": "scratch", "mountPath": "/scratch"],
                ],
            ]
            let volumes: JSON = [
                ["name": "robot", "secret": ["secretName": "robot"]], ["name": "scratch", "emptyDir": [:]],
            ]
            let spec = Manifest.overlay(
                ["containers": [container], "volumes": volumes],
                on: Manifest.cluster(remote.name)
            )
            try await space.apply(Manifest.pod("web", spec))
            let delegate = try await space.running(1).pair("web").delegate
            let kept = delegate.at("spec", "volumes")?.array ?? []
            #expect(kept.map { $0["name"]?.string } == ["scratch"])
            let mounts = delegate.at("spec", "containers")?[0]?["volumeMounts"]?.array ?? []
            #expect(mounts.map { $0["name"]?.string } == ["scratch"])
            try await space.event(about: "web", containing: "ServiceAccountTokenDropped: Volume \"robot\"")
            #expect(try await remote.find(.secrets, "robot", in: space.name) == nil)
        }
    }
}

/// A kind of object that a pod refers to by name.
enum ReferredKind: String, Sendable {
    case configMap = "ConfigMap"
    case secret = "Secret"

    /// kubectl's arguments that make it.
    var creation: [String] {
        let kind = self == .configMap ? ["configmap"] : ["secret", "generic"]
        return ["create"] + kind + ["settings", "--from-literal=a=b"]
    }

    /// A pod of us-east that can't start without it.
    var podSpec: JSON { podSpec(isOptional: false) }

    /// A pod of us-east that refers to it.
    func podSpec(isOptional: Bool) -> JSON {
        let key = self == .configMap ? "configMapRef" : "secretRef"
        let reference: JSON = ["name": "settings", "optional": .bool(isOptional)]
        let container: JSON = ["name": "main", "image": "web", "envFrom": [[key: reference]]]
        return Manifest.overlay(Manifest.cluster("us-east"), on: ["containers": [container]])
    }
}
