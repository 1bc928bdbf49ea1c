import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct ClaimPlanTests {
    /// A claim of the origin that the scheduler gave to us-east; only what a case is about is named.
    static func claim(_ spec: JSON = [:], metadata: JSON = [:], status: JSON = [:], node: String = "us-east") -> JSON {
        var object: JSON = [
            "kind": "PersistentVolumeClaim",
            "metadata": [
                "name": "data", "namespace": "shop", "uid": "claim-1", "labels": ["app": "db"],
                "annotations": [
                    "volume.kubernetes.io/selected-node": .string(node),
                    "volume.beta.kubernetes.io/storage-provisioner": "martlet.dev/remote",
                ],
            ],
            "spec": [
                "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
                "storageClassName": "remote", "volumeMode": "Filesystem",
            ],
            "status": status,
        ]
        for (key, value) in spec.object ?? [:] { object["spec"]?[key] = value }
        for (key, value) in metadata.object ?? [:] { object["metadata"]?[key] = value }
        return object
    }

    private static let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")
    private static let deleted: JSON = ["deletionTimestamp": "2026-11-21T06:00:00Z"]

    static func remote(request: String = "1Gi", metadata: JSON = [:], status: JSON = [:]) throws -> JSON {
        let key = ObjectKey(namespace: "shop", name: "data")
        let claim = try OriginClaim(json: claim())
        var object = RemoteClaim.object(for: claim, at: key, storageClass: nil, identity: identity)
        object["metadata"]?["uid"] = "remote-1"
        object["spec"]?["resources"] = ["requests": ["storage": .string(request)]]
        object["status"] = status
        for (key, value) in metadata.object ?? [:] { object["metadata"]?[key] = value }
        return object
    }

    static func volume(
        phase: String = "Bound",
        policy: String = "Delete",
        capacity: String = "1Gi",
        node: String = "us-east"
    ) throws -> JSON {
        let claim = try OriginClaim(json: claim())
        let behind = try RemoteClaim(json: remote())
        let identity = DelegateIdentity(originID: "origin-1", nodeName: node)
        var object = OriginVolume.object(for: claim, remote: behind, storageClass: nil, identity: identity)
        object["metadata"]?["uid"] = "volume-1"
        object["spec"]?["persistentVolumeReclaimPolicy"] = .string(policy)
        object["spec"]?["capacity"] = ["storage": .string(capacity)]
        object["status"] = ["phase": .string(phase)]
        return object
    }

    private func step(_ claim: JSON?, _ volume: JSON?, _ remote: JSON?, expands: Bool = true) throws -> ClaimStep {
        ClaimPlan.step(
            claim: try claim.map { try OriginClaim(json: $0) },
            volume: try volume.map { try OriginVolume(json: $0) },
            remote: try remote.map { try RemoteClaim(json: $0) },
            allowsExpansion: expands,
            node: "us-east"
        )
    }

    @Test func `A claim that was given to the cluster is made there, then told to be there`() throws {
        #expect(try step(Self.claim(), nil, nil) == .createRemote)
        #expect(try step(Self.claim(), nil, Self.remote()) == .createVolume)
        #expect(try step(Self.claim(["volumeName": "martlet-claim-1"]), Self.volume(), Self.remote()) == .rest)
    }

    @Test func `What is not ours to provide is left alone`() throws {
        #expect(try step(Self.claim(node: "us-west"), nil, nil) == .rest)
        #expect(try step(Self.claim(["volumeName": "somebody's"]), nil, nil) == .rest)
        let asked = ["volume.kubernetes.io/selected-node": "us-east"] as JSON
        #expect(try step(Self.claim(metadata: ["annotations": asked]), nil, nil) == .rest)
        #expect(try step(Self.claim(metadata: Self.deleted), nil, nil) == .rest)
        #expect(try step(nil, Self.volume(phase: "Released", node: "us-west"), nil) == .rest)
        #expect(try step(nil, nil, nil) == .rest)
    }

    @Test func `An earlier claim of the remote that ends is waited for`() throws {
        #expect(try step(Self.claim(), nil, Self.remote(metadata: Self.deleted)) == .rest)
    }

    @Test func `When the claim is gone for good the remote's goes first, then the volume`() throws {
        let released = try Self.volume(phase: "Released")
        #expect(try step(nil, released, Self.remote()) == .deleteRemote)
        #expect(try step(nil, released, Self.remote(metadata: Self.deleted)) == .rest)
        #expect(try step(nil, released, nil) == .deleteVolume)
        #expect(try step(nil, released, Self.remote(metadata: ["uid": "a later one"])) == .deleteVolume)
    }

    @Test func `What is to be retained stays`() throws {
        #expect(try step(nil, Self.volume(phase: "Released", policy: "Retain"), Self.remote()) == .rest)
        #expect(try step(nil, Self.volume(phase: "Bound"), Self.remote()) == .rest)
    }

    @Test func `A claim of the remote that nobody asks for goes only if it never held anything`() throws {
        #expect(try step(nil, nil, Self.remote(status: ["phase": "Pending"])) == .deleteUnused)
        #expect(try step(nil, nil, Self.remote(status: ["phase": "Bound"])) == .rest)
    }

    @Test func `More room is asked for in the remote, and told once it is there`() throws {
        let bound = Self.claim(
            ["volumeName": "v", "resources": ["requests": ["storage": "2Gi"]]],
            status: ["capacity": ["storage": "1Gi"]]
        )
        let two = try Quantity("2Gi")
        #expect(try step(bound, Self.volume(), Self.remote()) == .expandRemote(two))
        #expect(try step(bound, Self.volume(), Self.remote(), expands: false) == .rest)
        let asked = try Self.remote(request: "2Gi", status: ["capacity": ["storage": "1Gi"]])
        #expect(try step(bound, Self.volume(), asked) == .rest)
        let grown = try Self.remote(request: "2Gi", status: ["capacity": ["storage": "5Gi"]])
        #expect(try step(bound, Self.volume(), grown) == .recordCapacity(two))
        // The volume was told and the claim not: a crash in between.
        #expect(try step(bound, Self.volume(capacity: "2Gi"), grown) == .recordCapacity(two))
    }

    @Test func `The claim of the remote has the claim's labels, modes and size, and the class of the configuration`()
        throws
    {
        let claim = try OriginClaim(json: Self.claim())
        let key = ObjectKey(namespace: "shop", name: "data")
        let object = RemoteClaim.object(for: claim, at: key, storageClass: "fast", identity: Self.identity)
        #expect(
            object["spec"] == [
                "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
                "volumeMode": "Filesystem", "storageClassName": "fast",
            ]
        )
        #expect(object.at("metadata", "labels", "app") == "db")
        #expect(object.at("metadata", "labels", "martlet.dev/claim-uid") == "claim-1")
        let byDefault = RemoteClaim.object(for: claim, at: key, storageClass: nil, identity: Self.identity)
        #expect(byDefault.at("spec", "storageClassName") == nil)
    }

    @Test func `The volume of the origin is good on its virtual node only`() throws {
        let volume = try Self.volume()
        #expect(volume.at("metadata", "name") == "martlet-claim-1")
        #expect(volume.at("spec", "claimRef", "uid") == "claim-1")
        let terms = volume.at("spec", "nodeAffinity", "required", "nodeSelectorTerms")
        #expect(
            terms?[0]?["matchExpressions"] == [
                ["key": "kubernetes.io/hostname", "operator": "In", "values": ["us-east"]]
            ]
        )
    }
}
