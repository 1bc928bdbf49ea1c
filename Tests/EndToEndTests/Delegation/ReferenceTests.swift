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
