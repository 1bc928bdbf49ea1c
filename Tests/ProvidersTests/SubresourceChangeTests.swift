import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct SubresourceChangeTests {
    private static let path = "/spec/ephemeralContainers"

    private func pod(_ ephemeral: [String], statuses: [JSON] = []) -> JSON {
        let containers = ephemeral.map { name -> JSON in
            [
                "name": .string(name), "image": "debug:1",
                "volumeMounts": [["name": "data", "mountPath": "/d"], ["name": "token", "mountPath": "/t"]],
            ]
        }
        return PodFixture.json(
            spec: ["ephemeralContainers": .array(containers)],
            status: ["ephemeralContainerStatuses": .array(statuses)]
        )
    }

    private func delegate(_ ephemeral: [String] = []) -> JSON {
        PodFixture.json(
            uid: "delegate-1",
            spec: [
                "ephemeralContainers": .array(ephemeral.map { ["name": .string($0)] }),
                "volumes": [["name": "data"]],
            ]
        )
    }

    private func added(_ patch: JSON?) -> [String] {
        patch?[1]?["value"]?.array?.compactMap { $0["name"]?.string } ?? []
    }

    @Test func `What the delegate lacks is added to what it has, if it is the delegate that was read`() {
        let patch = SubresourceChange.ephemeralContainers(
            pod: pod(["one", "two"]),
            delegate: delegate(["one"]),
            path: Self.path
        )
        #expect(patch?[0] == ["op": "test", "path": "/metadata/uid", "value": "delegate-1"])
        #expect(patch?[1]?["path"] == "/spec/ephemeralContainers")
        #expect(added(patch) == ["one", "two"])
        #expect(patch?[1]?["value"]?[1]?["volumeMounts"] == [["name": "data", "mountPath": "/d"]])
    }

    @Test func `What the delegate has is not added again`() {
        let patch = SubresourceChange.ephemeralContainers(
            pod: pod(["one"]),
            delegate: delegate(["one"]),
            path: Self.path
        )
        #expect(patch == nil)
    }

    @Test func `A later delegate does not run an ephemeral container again`() {
        let ran: JSON = ["name": "one", "restartCount": 0, "state": ["terminated": ["exitCode": 0]]]
        let waits: JSON = ["name": "two", "restartCount": 0, "state": ["waiting": [:]]]
        let both = pod(["one", "two"], statuses: [ran, waits])
        let patch = SubresourceChange.ephemeralContainers(pod: both, delegate: delegate(), path: Self.path)
        #expect(added(patch) == ["two"])
    }

    @Test func `Resources are laid over those of the container of that name`() {
        let pod = PodFixture.json(
            spec: ["containers": [["name": "main", "resources": ["requests": ["cpu": "2"]]]]]
        )
        let delegate = PodFixture.json(
            uid: "delegate-1",
            spec: [
                "containers": [
                    ["name": "injected", "resources": ["requests": ["cpu": "1"]]],
                    ["name": "main", "resources": ["requests": ["cpu": "1"], "limits": ["memory": "1Gi"]]],
                ]
            ]
        )
        let patch = SubresourceChange.resources(pod: pod, delegate: delegate)
        #expect(patch?.array?.count == 2)
        #expect(patch?[1]?["path"] == "/spec/containers/1/resources")
        #expect(patch?[1]?["value"] == ["requests": ["cpu": "2"], "limits": ["memory": "1Gi"]])
        #expect(SubresourceChange.resources(pod: delegate, delegate: delegate) == nil)
    }

    @Test func `Resources of the pod as a whole are laid over those of the delegate, and belong to its state`() {
        let whole: JSON = ["resources": ["requests": ["cpu": "4"]]]
        let pod = PodFixture.json(spec: whole)
        let delegate = PodFixture.json(
            uid: "delegate-1",
            spec: ["resources": ["requests": ["cpu": "2"], "limits": ["memory": "1Gi"]]]
        )
        let patch = SubresourceChange.resources(pod: pod, delegate: delegate)
        #expect(patch?[1]?["path"] == "/spec/resources")
        #expect(patch?[1]?["value"] == ["requests": ["cpu": "4"], "limits": ["memory": "1Gi"]])
        #expect(PodFingerprint(of: pod).resources != PodFingerprint(of: delegate).resources)
    }

    @Test(arguments: [
        ("v1.20.2", false), ("v1.26.15", false), ("v1.27.0", true), ("v1.31.2-gke.1", true), ("v1.33+", true),
        ("v2.0.0", true), ("", true), ("unreadable", true),
    ])
    func `Releases are told apart by their minor number`(version: String, expected: Bool) {
        #expect(RemoteFeatures.release(version, isAtLeast: 27) == expected)
    }

    /// The name of the volume that the delegate's own container mounts at the token's place, and what becomes of the
    /// mount of an ephemeral container there.
    @Test(arguments: ["kube-api-access-remote", nil])
    func `An ephemeral container mounts the token that the delegate's containers have`(volume: String?) {
        let place: JSON = ["mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"]
        var own = place
        own["name"] = volume.map(JSON.string)
        var theirs = place
        theirs["name"] = "kube-api-access-origin"
        var delegate = delegate()
        delegate["spec"]?["containers"] = [["name": "main", "volumeMounts": volume == nil ? [] : [own]]]
        let pod = PodFixture.json(spec: ["ephemeralContainers": [["name": "one", "volumeMounts": [theirs]]]])
        let patch = SubresourceChange.ephemeralContainers(pod: pod, delegate: delegate, path: Self.path)
        let mounts = patch?[1]?["value"]?[0]?["volumeMounts"]?.array?.compactMap { $0["name"]?.string }
        #expect(mounts == volume.map { [$0] })
    }
}
