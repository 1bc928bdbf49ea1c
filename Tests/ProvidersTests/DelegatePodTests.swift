import Foundation
import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct DelegatePodTests {
    private let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")

    private func render(_ pod: JSON, tokenSecrets: Set<String> = []) -> (object: JSON, notices: [TranslationNotice]) {
        DelegatePod.render(
            pod,
            identity: identity,
            namespace: "shop",
            owner: ["apiVersion": "v1", "kind": "Namespace", "name": "shop", "uid": "ns-1", "controller": true],
            tokenSecrets: tokenSecrets
        )
    }

    private func fixture(_ name: String) throws -> JSON {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        return try JSON.parse([UInt8](Data(contentsOf: url)))
    }

    @Test func `The fullest pod becomes exactly the recorded delegate`() throws {
        let delegate = render(try fixture("full-pod")).object
        #expect(delegate == (try fixture("full-pod.delegate")))
    }

    @Test func `Everything that is not on the list arrives as it is`() throws {
        let pod = try fixture("full-pod")
        let delegate = render(pod).object
        let changed: Set<String> = ["volumes", "containers", "initContainers", "affinity"]
        for (field, value) in pod["spec"]?.object ?? [:]
        where !DelegatePod.droppedSpecFields.contains(field) && !changed.contains(field) {
            #expect(delegate.at("spec", field) == value, "\(field)")
        }
    }

    @Test(arguments: DelegatePod.droppedSpecFields.sorted().filter { $0 != "affinity" })
    func `A field on the list does not travel`(field: String) {
        var pod = PodFixture.json()
        pod["spec"]?[field] = "the origin's"
        #expect(render(pod).object.at("spec", field) == nil)
    }

    @Test func `A field of a later release travels, in the spec and in a container`() {
        let pod = PodFixture.json(spec: [
            "fromTheFuture": ["deep": [1, 2.5, true, .null]],
            "containers": [["name": "main", "image": "a", "alsoNew": "x"]],
        ])
        let delegate = render(pod).object
        #expect(delegate.at("spec", "fromTheFuture") == ["deep": [1, 2.5, true, .null]])
        #expect(delegate.at("spec", "containers")?[0]?["alsoNew"] == "x")
    }

    @Test(arguments: [
        "nginx", "registry.example:5000/team/app:v1.2-rc.1",
        "r.example/a@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ])
    func `Any image name arrives byte for byte`(image: String) {
        let pod = PodFixture.json(spec: ["containers": [["name": "main", "image": .string(image)]]])
        #expect(render(pod).object.at("spec", "containers")?[0]?["image"] == .string(image))
    }

    @Test func `The marks of a delegate can't be forged by the pod's own labels`() {
        let pod = PodFixture.json(metadata: ["labels": ["martlet.dev/origin": "someone", "app": "web"]])
        let labels = render(pod).object.at("metadata", "labels")?.stringMap
        #expect(labels?["martlet.dev/origin"] == "origin-1")
        #expect(labels?["martlet.dev/pod-uid"] == "uid-1")
        #expect(labels?["app"] == "web")
    }

    @Test func `Nothing of the origin's object identity travels`() {
        let pod = PodFixture.json(metadata: [
            "generateName": "web-", "finalizers": ["example.com/hold"], "generation": 3, "selfLink": "/x",
            "ownerReferences": [["kind": "ReplicaSet", "name": "web", "uid": "rs", "controller": true]],
        ])
        let metadata = render(pod).object["metadata"]?.object
        #expect(Set(metadata?.keys ?? []) == ["name", "namespace", "labels", "annotations", "ownerReferences"])
        #expect(metadata?["ownerReferences"]?[0]?["kind"] == "Namespace")
    }

    @Test(arguments: ["default-token-x7k2p", "kube-api-access-x7k2p"])
    func `The injected token volume goes without a word`(name: String) {
        let volume: JSON =
            name.hasPrefix("kube")
            ? ["name": .string(name), "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]]]
            : ["name": .string(name), "secret": ["secretName": .string(name)]]
        let pod = tokenPod(volume, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount")
        let (delegate, notices) = render(pod)
        #expect(delegate.at("spec", "volumes") == nil)
        #expect(delegate.at("spec", "containers")?[0]?["volumeMounts"] == nil)
        #expect(notices.isEmpty)
        #expect(delegate.at("spec", "automountServiceAccountToken") == false)
    }

    @Test func `A token volume that the author wrote is told, and its other sources stay`() {
        let volume: JSON = [
            "name": "identity",
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["path": "token", "audience": "vault"]], ["configMap": ["name": "c"]],
                ]
            ],
        ]
        let (delegate, notices) = render(tokenPod(volume, mountPath: "/identity"))
        #expect(delegate.at("spec", "volumes")?[0]?.at("projected", "sources") == [["configMap": ["name": "c"]]])
        #expect(notices.map(\.reason) == ["ServiceAccountTokenDropped"])
        #expect(notices.first?.message.contains("identity") == true)
    }

    @Test func `A Secret volume is dropped only if the Secret holds a token`() {
        let volume: JSON = ["name": "v", "secret": ["secretName": "s"]]
        let pod = tokenPod(volume, mountPath: "/s")
        #expect(render(pod).object.at("spec", "volumes") == [volume])
        let (delegate, notices) = render(pod, tokenSecrets: ["s"])
        #expect(delegate.at("spec", "volumes") == nil)
        #expect(notices.count == 1)
    }

    private func tokenPod(_ volume: JSON, mountPath: String) -> JSON {
        PodFixture.json(spec: [
            "serviceAccountName": "default",
            "volumes": [volume],
            "containers": [
                [
                    "name": "main", "image": "a",
                    "volumeMounts": [["name": volume["name"] ?? "", "mountPath": .string(mountPath)]],
                ]
            ],
        ])
    }
}

@Suite struct DelegateUpdateTests {
    private let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")

    @Test func `A label that the pod lost is removed and one that others gave stays`() throws {
        let pod = try PodFixture.pod(metadata: ["labels": ["app": "web"]])
        let instance = PodInstance(
            podUID: pod.uid,
            podKey: pod.key,
            instanceUID: "delegate-1",
            instanceKey: pod.key,
            phase: .running,
            isTerminating: false,
            deletionGracePeriodSeconds: nil,
            fingerprint: PodFingerprint(text: "old"),
            carried: CarriedKeys(labels: ["app", "tier"], annotations: ["note"]),
            status: [:]
        )
        let patch = DelegateUpdate.patch(pod: try pod.json(), instance: instance, identity: identity)
        #expect(patch.at("metadata", "uid") == "delegate-1")
        #expect(patch.at("metadata", "labels", "app") == "web")
        #expect(patch.at("metadata", "labels", "tier") == .null)
        #expect(patch.at("metadata", "annotations", "note") == .null)
        #expect(patch.at("metadata", "annotations", "martlet.dev/fingerprint")?.string == pod.fingerprint.text)
    }

    @Test func `What did not change is not sent again`() throws {
        let old = try PodFixture.pod(spec: ["activeDeadlineSeconds": 9, "tolerations": [["operator": "Exists"]]])
        func patch(_ metadata: JSON, _ spec: JSON) throws -> JSON {
            var full = spec
            full["tolerations"] = full["tolerations"] ?? [["operator": "Exists"]]
            full["activeDeadlineSeconds"] = full["activeDeadlineSeconds"] ?? 9
            let new = try PodFixture.pod(metadata: metadata, spec: full)
            let instance = PodFixture.instance(for: old)
            return DelegateUpdate.patch(pod: try new.json(), instance: instance, identity: identity)
        }
        #expect(try patch(["labels": ["app": "web"]], [:])["spec"] == nil)
        #expect(try patch([:], ["activeDeadlineSeconds": 5])["spec"] == ["activeDeadlineSeconds": 5])
        let image: JSON = ["name": "main", "image": "registry.example/web:2"]
        #expect(try patch([:], ["containers": [image]])["spec"] == ["containers": [image]])
        let more: JSON = [["operator": "Exists"], ["key": "gpu", "operator": "Exists"]]
        #expect(try patch([:], ["tolerations": more])["spec"] == ["tolerations": more])
    }
}
