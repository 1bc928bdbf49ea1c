import Foundation
import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct DelegatePodTests {
    private let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")

    private func render(
        _ pod: JSON,
        tokenSecrets: Set<String> = []
    ) throws -> (object: JSON, notices: [TranslationNotice]) {
        let (delegate, notices) = try DelegatePod.render(
            pod,
            identity: identity,
            namespace: "shop",
            owner: ["apiVersion": "v1", "kind": "Namespace", "name": "shop", "uid": "ns-1", "controller": true],
            tokenSecrets: tokenSecrets
        )
        return (DelegatePod.creation(of: delegate), notices)
    }

    private func fixture(_ name: String) throws -> JSON {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        return try JSON.parse([UInt8](Data(contentsOf: url)))
    }

    @Test func `Annotations that come from the delegate go along once and are its own from then on`() throws {
        let upward = AnnotationFilter(["up.example.com/*"])
        let pod = PodFixture.json(metadata: ["annotations": ["up.example.com/a": "1", "down": "1"]])
        func rendered(_ pod: JSON) throws -> JSON {
            try DelegatePod.render(pod, identity: identity, namespace: "shop", owner: [:], upward: upward).object
        }
        let delegate = try rendered(pod)
        #expect(delegate.at("metadata", "annotations", "up.example.com/a") == "1")
        var changed = delegate
        changed["metadata"]?["annotations"]?["up.example.com/a"] = "2"
        let instance = try Delegate(json: changed).instance
        #expect(instance.ownAnnotations == ["up.example.com/a": "2"])
        let later = PodFixture.json(metadata: ["annotations": ["up.example.com/a": "1"]])
        let back = DelegateUpdate.patch(
            pod: later,
            rendered: try rendered(later),
            instance: instance,
            upward: upward
        )
        #expect(back.at("metadata", "annotations")?.object?["up.example.com/a"] == nil)
        #expect(back.at("metadata", "annotations", "down") == .null)
    }

    @Test func `The fullest pod becomes exactly the recorded delegate`() throws {
        let delegate = try render(try fixture("full-pod")).object
        #expect(delegate == (try fixture("full-pod.delegate")))
    }

    @Test func `Everything that is not on the list arrives as it is`() throws {
        let pod = try fixture("full-pod")
        let delegate = try render(pod).object
        let changed: Set<String> = [
            "serviceAccountName", "serviceAccount", "volumes", "containers", "initContainers", "affinity",
            "ephemeralContainers",
        ]
        for (field, value) in pod["spec"]?.object ?? [:]
        where !DelegatePod.droppedSpecFields.contains(field) && !changed.contains(field) {
            #expect(delegate.at("spec", field) == value, "\(field)")
        }
    }

    @Test(arguments: DelegatePod.droppedSpecFields.sorted().filter { $0 != "affinity" })
    func `A field on the list does not travel`(field: String) throws {
        var pod = PodFixture.json()
        pod["spec"]?[field] = "the origin's"
        #expect(try render(pod).object.at("spec", field) == nil)
    }

    @Test func `A field of a later release travels, in the spec and in a container`() throws {
        let pod = PodFixture.json(spec: [
            "fromTheFuture": ["deep": [1, 2.5, true, .null]],
            "containers": [["name": "main", "image": "a", "alsoNew": "x"]],
        ])
        let delegate = try render(pod).object
        #expect(delegate.at("spec", "fromTheFuture") == ["deep": [1, 2.5, true, .null]])
        #expect(delegate.at("spec", "containers")?[0]?["alsoNew"] == "x")
    }

    @Test(arguments: [
        "nginx", "registry.example:5000/team/app:v1.2-rc.1",
        "r.example/a@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ])
    func `Any image name arrives byte for byte`(image: String) throws {
        let pod = PodFixture.json(spec: ["containers": [["name": "main", "image": .string(image)]]])
        #expect(try render(pod).object.at("spec", "containers")?[0]?["image"] == .string(image))
    }

    @Test func `The marks of a delegate can't be forged by the pod's own labels`() throws {
        let pod = PodFixture.json(metadata: ["labels": ["martlet.dev/origin": "someone", "app": "web"]])
        let labels = try render(pod).object.at("metadata", "labels")?.stringMap
        #expect(labels?["martlet.dev/origin"] == "origin-1")
        #expect(labels?["martlet.dev/pod-uid"] == "uid-1")
        #expect(labels?["app"] == "web")
    }

    @Test func `Nothing of the origin's object identity travels`() throws {
        let pod = PodFixture.json(metadata: [
            "generateName": "web-", "finalizers": ["example.com/hold"], "generation": 3, "selfLink": "/x",
            "ownerReferences": [["kind": "ReplicaSet", "name": "web", "uid": "rs", "controller": true]],
        ])
        let metadata = try render(pod).object["metadata"]?.object
        #expect(Set(metadata?.keys ?? []) == ["name", "namespace", "labels", "annotations", "ownerReferences"])
        #expect(metadata?["ownerReferences"]?[0]?["kind"] == "Namespace")
    }

    @Test(arguments: ["default-token-x7k2p", "kube-api-access-x7k2p"])
    func `The injected token volume goes without a word`(name: String) throws {
        let volume: JSON =
            name.hasPrefix("kube")
            ? ["name": .string(name), "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]]]
            : ["name": .string(name), "secret": ["secretName": .string(name)]]
        let pod = tokenPod(volume, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount")
        let (delegate, notices) = try render(pod)
        #expect(delegate.at("spec", "volumes") == nil)
        #expect(delegate.at("spec", "containers")?[0]?["volumeMounts"] == nil)
        #expect(notices.isEmpty)
        #expect(delegate.at("spec", "automountServiceAccountToken") == false)
    }

    @Test func `A token volume that the author wrote is told, and its other sources stay`() throws {
        let volume: JSON = [
            "name": "identity",
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["path": "token", "audience": "vault"]], ["configMap": ["name": "c"]],
                ]
            ],
        ]
        let (delegate, notices) = try render(tokenPod(volume, mountPath: "/identity"))
        #expect(delegate.at("spec", "volumes")?[0]?.at("projected", "sources") == [["configMap": ["name": "c"]]])
        #expect(notices.map(\.reason) == ["ServiceAccountTokenDropped"])
        #expect(notices.first?.message.contains("identity") == true)
    }

    @Test func `A Secret volume is dropped only if the Secret holds a token`() throws {
        let volume: JSON = ["name": "v", "secret": ["secretName": "s"]]
        let pod = tokenPod(volume, mountPath: "/s")
        #expect(try render(pod).object.at("spec", "volumes") == [volume])
        let (delegate, notices) = try render(pod, tokenSecrets: ["s"])
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
    private func patch(
        _ pod: Pod,
        _ instance: PodInstance,
        settings: TranslationSettings = TranslationSettings()
    ) throws -> JSON {
        let rendered = try rendered(pod, settings: settings)
        return DelegateUpdate.patch(pod: try pod.json(), rendered: rendered, instance: instance)
    }

    private func rendered(_ pod: Pod, settings: TranslationSettings = TranslationSettings()) throws -> JSON {
        try DelegatePod.render(
            try pod.json(),
            identity: DelegateIdentity(originID: "origin-1", nodeName: "us-east"),
            namespace: "shop",
            owner: .null,
            settings: settings
        ).object
    }

    @Test func `An update brings what the configuration makes of the change`() throws {
        var settings = TranslationSettings()
        settings.imageRewrites = ImageRewrites(["registry.example": "mirror.example"])
        settings.labels = ["tier": "remote"]
        settings.tolerations = [["key": "a", "operator": "Exists"]]
        let old = try PodFixture.pod()
        let new = try PodFixture.pod(spec: [
            "containers": [["name": "main", "image": "registry.example/web:2"]],
            "tolerations": [["key": "b", "operator": "Exists"]],
        ])
        let patch = try patch(new, PodFixture.instance(for: old), settings: settings)
        #expect(patch.at("spec", "containers")?[0]?["image"] == "mirror.example/web:2")
        #expect(patch.at("spec", "tolerations")?.array?.count == 2)
        #expect(patch.at("metadata", "labels", "tier") == "remote")
    }

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
        let patch = try patch(pod, instance)
        #expect(patch.at("metadata", "uid") == "delegate-1")
        #expect(patch.at("metadata", "labels", "app") == "web")
        #expect(patch.at("metadata", "labels", "tier") == .null)
        #expect(patch.at("metadata", "annotations", "note") == .null)
        #expect(patch.at("metadata", "annotations", "martlet.dev/fingerprint")?.string == pod.fingerprint.text)
    }

    @Test(arguments: ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"])
    func `Where its node is, a delegate knows from its pod first and from its own cluster then`(label: String) throws {
        let pod = try PodFixture.pod(metadata: ["labels": ["app": "web", label: "of-the-virtual-node"]])
        let made = try rendered(pod)
        #expect(made.at("metadata", "labels", label) == "of-the-virtual-node")
        for carried in [["app"], ["app", label]] {
            let instance = PodInstance(
                podUID: pod.uid,
                podKey: pod.key,
                instanceUID: "delegate-1",
                instanceKey: pod.key,
                phase: .running,
                isTerminating: false,
                deletionGracePeriodSeconds: nil,
                fingerprint: PodFingerprint(text: "old"),
                carried: CarriedKeys(labels: carried, annotations: []),
                status: [:]
            )
            for metadata: JSON in [["labels": ["app": "web", label: "changed"]], ["labels": ["app": "web"]]] {
                let new = try PodFixture.pod(metadata: metadata)
                let patch = try patch(new, instance)
                #expect(patch.at("metadata", "labels", "app") == "web")
                #expect(patch.at("metadata", "labels", label) == nil)
            }
        }
    }

    @Test func `Of several images only the one that changed is sent: the remote may have rewritten the others`() throws
    {
        func pod(_ first: JSON, _ second: JSON) throws -> Pod {
            try PodFixture.pod(spec: [
                "initContainers": [["name": "init", "image": "a:1"]],
                "containers": [["name": "main", "image": first], ["name": "side", "image": second]],
            ])
        }
        let old = try pod("a:1", "b:1")
        let instance = PodFixture.instance(for: old)
        let change: JSON = ["containers": [["name": "side", "image": "b:2"]]]
        #expect(try patch(pod("a:1", "b:2"), instance)["spec"] == change)
        let earlier = PodFingerprint(text: old.fingerprint.text.split(separator: ".").dropLast().joined(separator: "."))
        #expect(earlier.images == old.fingerprint.images)
        let ofEarlier = PodFixture.instance(for: old, fingerprint: earlier)
        let all = try patch(pod("a:1", "b:2"), ofEarlier)
        #expect(all.at("spec", "containers")?.array?.count == 2, "an earlier release did not note which is which")
        #expect(try patch(old, ofEarlier)["spec"] == nil)
    }

    @Test func `What did not change is not sent again`() throws {
        let old = try PodFixture.pod(spec: ["activeDeadlineSeconds": 9, "tolerations": [["operator": "Exists"]]])
        func patch(_ metadata: JSON, _ spec: JSON) throws -> JSON {
            var full = spec
            full["tolerations"] = full["tolerations"] ?? [["operator": "Exists"]]
            full["activeDeadlineSeconds"] = full["activeDeadlineSeconds"] ?? 9
            let new = try PodFixture.pod(metadata: metadata, spec: full)
            let instance = PodFixture.instance(for: old)
            return try self.patch(new, instance)
        }
        #expect(try patch(["labels": ["app": "web"]], [:])["spec"] == nil)
        #expect(try patch([:], ["activeDeadlineSeconds": 5])["spec"] == ["activeDeadlineSeconds": 5])
        let image: JSON = ["name": "main", "image": "registry.example/web:2"]
        #expect(try patch([:], ["containers": [image]])["spec"] == ["containers": [image]])
        let more: JSON = [["operator": "Exists"], ["key": "gpu", "operator": "Exists"]]
        #expect(try patch([:], ["tolerations": more])["spec"] == ["tolerations": more])
    }

    @Test func `A grace that was corrected is sent, and not where an earlier release did not note the last one`() throws
    {
        let field = "terminationGracePeriodSeconds"
        let old = try PodFixture.pod(spec: [field: -1])
        let new = try PodFixture.pod(spec: [field: 1])
        #expect(try patch(new, PodFixture.instance(for: old))["spec"] == [field: 1])
        #expect(try patch(new, PodFixture.instance(for: new))["spec"] == nil)
        let earlier = PodFingerprint(text: old.fingerprint.text.split(separator: ".").prefix(4).joined(separator: "."))
        #expect(earlier.images == old.fingerprint.images)
        #expect(try patch(new, PodFixture.instance(for: old, fingerprint: earlier))["spec"] == nil)
    }
}
