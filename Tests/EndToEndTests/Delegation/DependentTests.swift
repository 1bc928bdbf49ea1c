import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// ConfigMaps and Secrets follow the pods that refer to them.
    @Suite struct DependentTests {}
}

extension DelegationTests.DependentTests {
    @Test(
        "All that a pod refers to is in its cluster before its delegate, follows edits, and goes with the last user",
        .rows(79, 93)
    )
    func row79() async throws {
        try await TestSpace.with("refers") { space in
            let remote = space.fleet.remote("us-east")
            try await space.makeDependents()
            let versions = try await space.sourceVersions()
            try await space.apply(Manifest.pod("first", DependentSample.spec))
            try await space.apply(Manifest.pod("second", DependentSample.spec))
            let delegate = try await space.running(2).pair("first").delegate
            for (resource, name) in DependentSample.objects {
                let source = try await space.origin.client.get(resource, namespace: space.name, name: name)
                let copy = try #require(try await remote.find(resource, name, in: space.name), "\(name)")
                for field in ["data", "binaryData", "type"] { #expect(copy[field] == source[field], "\(name)") }
                #expect(copy.at("metadata", "creationTimestamp")?.string ?? "" <= delegate.created)
            }
            let container = delegate.at("spec", "containers")?[0]
            #expect(container?.at("env")?[0]?.at("valueFrom", "secretKeyRef", "name")?.string == "keys")
            #expect(delegate.at("spec", "imagePullSecrets") == [["name": "registry"]], "the ServiceAccount's")
            try await space.kubectl("create", "configmap", "unrelated", "--from-literal=a=b")
            #expect(try await space.sourceVersions() == versions, "nothing is written on what users own")

            let edit = ["patch", "configmap", "settings", "--type=json"]
            let operations = #"[{"op":"remove","path":"/data/old"},{"op":"add","path":"/data/mode","value":"new"}]"#
            try await space.origin.kubectl(["-n", space.name] + edit + ["--patch", operations])
            let data: JSON = ["mode": "new"]
            try await eventually("the edit is in the remote", within: .seconds(5)) {
                try await remote.find(.configMaps, "settings", in: space.name)?["data"] == data
            }

            try await space.deletePod("first")
            try await space.onlyRunning(["second"])
            #expect(try await remote.find(.configMaps, "settings", in: space.name) != nil)
            try await space.deletePod("second")
            try await space.empty()
            try await eventually("nothing of ours is left", within: .seconds(30)) {
                try await space.copies(in: remote)
            } until: {
                $0.isEmpty
            }
            #expect(try await remote.find(.configMaps, "unrelated", in: space.name) == nil)
        }
    }

    @Test("An object of others stays as it is; the pod says so, and starts when the place is free", .rows(79, 93))
    func clash() async throws {
        try await TestSpace.with("clash") { space in
            let remote = space.fleet.remote("us-east")
            try await remote.makeNamespace(space.name)
            try await remote.kubectl(
                "-n",
                space.name,
                "create",
                "secret",
                "generic",
                "settings",
                "--from-literal=a=theirs"
            )
            let theirs = try #require(try await remote.find(.secrets, "settings", in: space.name))
            try await space.origin.kubectl(["-n", space.name] + ReferredKind.secret.creation)
            try await space.apply(Manifest.pod("web", ReferredKind.secret.podSpec))
            try await space.event(about: "web", containing: "SecretNameTaken")
            let pod = try await space.pod("web", "says that the name is taken") {
                $0.condition("martlet.dev/Delegated")?["reason"]?.string == "SecretNameTaken"
            }
            #expect(pod.condition("martlet.dev/Delegated")?["message"]?.string?.contains("us-east") == true)
            let still = try #require(try await remote.find(.secrets, "settings", in: space.name))
            #expect(still.resourceVersion == theirs.resourceVersion)
            try await remote.kubectl("-n", space.name, "delete", "secret", "settings")
            try await space.running(1, within: .seconds(20))
            let copy = try #require(try await remote.find(.secrets, "settings", in: space.name))
            #expect(copy.at("data", "a")?.string == "Yg==")
        }
    }

    @Test("An optional object comes, is immutable, goes and is another; the pod runs all the while", .rows(79))
    func optional() async throws {
        try await TestSpace.with("optional") { space in
            let remote = space.fleet.remote("us-west")
            func copyIs(_ value: String, immutable: Bool) async throws {
                try await eventually("the copy has '\(value)'", within: .seconds(5)) {
                    let copy = try await remote.find(.configMaps, "settings", in: space.name)
                    return copy?.at("data", "a")?.string == value && (copy?["immutable"]?.bool ?? false) == immutable
                }
            }
            let container: JSON = [
                "name": "main", "image": "web", "envFrom": [["configMapRef": ["name": "settings", "optional": true]]],
            ]
            let spec = Manifest.overlay(Manifest.cluster(remote.name), on: ["containers": [container]])
            try await space.apply(Manifest.pod("web", spec))
            let delegate = try await space.running(1).pair("web").delegate
            try await space.event(about: "web", containing: "OptionalConfigMapNotFound")
            try await space.origin.kubectl(["-n", space.name] + ReferredKind.configMap.creation)
            try await copyIs("b", immutable: false)
            try await space.kubectl("patch", "configmap", "settings", "--patch", #"{"immutable":true}"#)
            try await copyIs("b", immutable: true)
            try await space.kubectl("delete", "configmap", "settings")
            try await eventually("the copy is gone", within: .seconds(5)) {
                try await remote.find(.configMaps, "settings", in: space.name) == nil
            }
            try await space.kubectl("create", "configmap", "settings", "--from-literal=a=c")
            try await copyIs("c", immutable: false)
            #expect(try await space.running(1).delegateUIDs == [delegate.uid])
        }
    }

    @Test("An object that is deleted and made anew, immutable or of another type, replaces its copy", .rows(79))
    func madeAnew() async throws {
        try await TestSpace.with("anew") { space in
            let remote = space.fleet.remote("eu-central")
            func secret(_ value: String, _ changes: JSON) -> JSON {
                let base: JSON = [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "settings"],
                    "stringData": ["a": .string(value)],
                ]
                return Manifest.overlay(changes, on: base)
            }
            func copyShows(_ value: String) async throws -> JSON? {
                try await eventually("the copy shows '\(value)'", within: .seconds(5)) {
                    try await remote.find(.secrets, "settings", in: space.name)
                } until: {
                    $0?.at("data", "a")?.string == value
                }
            }
            try await space.apply(secret("1", ["immutable": true]))
            let spec = Manifest.overlay(Manifest.cluster(remote.name), on: ReferredKind.secret.podSpec)
            try await space.apply(Manifest.pod("web", spec))
            try await space.running(1)
            let first = try await copyShows("MQ==")
            #expect(first?["immutable"] == true)
            try await space.kubectl("delete", "secret", "settings")
            try await space.apply(secret("2", ["immutable": true]))
            let second = try await copyShows("Mg==")
            #expect(second?.uid != first?.uid)
            try await space.kubectl("delete", "secret", "settings")
            try await space.apply(secret("3", ["type": "example.com/own"]))
            let third = try await copyShows("Mw==")
            #expect(third?["type"] == "example.com/own")
            try await space.apply(secret("3", ["type": "example.com/own", "immutable": true]))
            try await eventually("the copy is immutable too", within: .seconds(5)) {
                try await remote.find(.secrets, "settings", in: space.name)?["immutable"] == true
            }
        }
    }

    @Test("What others do to a copy is undone, and fields that they add stay theirs", .rows(79))
    func meddling() async throws {
        try await TestSpace.with("meddle") { space in
            let remote = space.fleet.remote("us-east")
            try await space.origin.kubectl(["-n", space.name] + ReferredKind.configMap.creation)
            try await space.apply(Manifest.pod("web", ReferredKind.configMap.podSpec))
            try await space.running(1)
            let name = ["-n", space.name]
            let entry = "jsonpath={range .metadata.managedFields[*]}{.manager}/{.operation} {end}"
            let managers = try await remote.kubectl(name + ["get", "configmap", "settings", "-o", entry])
            #expect(managers.contains("martlet/Apply ") && !managers.contains("kubectl"))
            try await remote.kubectl(name + ["label", "configmap", "settings", "team=blue"])
            try await remote.kubectl(name + ["patch", "configmap", "settings", "--patch", #"{"data":{"a":"forged"}}"#])
            try await eventually("the copy shows its source again", within: .seconds(5)) {
                let copy = try await remote.find(.configMaps, "settings", in: space.name)
                return copy?.at("data", "a")?.string == "b" && copy?.label("team") == "blue"
            }
            let before = try await remote.find(.configMaps, "settings", in: space.name)?.uid
            let marks = ["martlet.dev/copy-", "martlet.dev/origin-"]
            try await remote.kubectl(name + ["label", "configmap", "settings"] + marks)
            try await eventually("the copy has its marks again", within: .seconds(5)) {
                let copy = try await remote.find(.configMaps, "settings", in: space.name)
                return copy?.label("martlet.dev/copy") == "true" && copy?.uid == before
            }
            try await remote.kubectl(name + ["delete", "configmap", "settings"])
            try await eventually("the copy is back", within: .seconds(5)) {
                try await remote.find(.configMaps, "settings", in: space.name)?.at("data", "a")?.string == "b"
            }
        }
    }

    @Test("An object as large as API servers take is copied", .rows(79))
    func largest() async throws {
        try await TestSpace.with("largest") { space in
            let value = String(repeating: "x", count: 1 << 20 - 1)
            let object: JSON = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "settings"],
                "data": ["a": .string(value)],
            ]
            _ = try await space.origin.client.create(.configMaps, namespace: space.name, object: object)
            try await space.apply(Manifest.pod("web", ReferredKind.configMap.podSpec))
            try await space.running(1)
            let copy = try await space.fleet.remote("us-east").find(.configMaps, "settings", in: space.name)
            #expect(copy?.at("data", "a")?.string?.utf8.count == value.utf8.count)
        }
    }

    @Test("A pod that names kube-root-ca.crt gets the origin's, under a name of its own", .rows(79))
    func rootCertificates() async throws {
        try await TestSpace.with("bundle") { space in
            let remote = space.fleet.remote("us-east")
            let volume: JSON = ["name": "ca", "configMap": ["name": "kube-root-ca.crt"]]
            try await eventually("the origin has told its bundle") {
                try await space.origin.find(.configMaps, "kube-root-ca.crt", in: space.name) != nil
            }
            let bundle = try #require(try await space.origin.find(.configMaps, "kube-root-ca.crt", in: space.name))
            let spec = Manifest.podSpec(Manifest.overlay(["volumes": [volume]], on: Manifest.cluster(remote.name)))
            try await space.apply(Manifest.pod("web", spec))
            let delegate = try await space.running(1).pair("web").delegate
            let name = try #require(delegate.at("spec", "volumes")?[0]?.at("configMap", "name")?.string)
            #expect(name.hasPrefix("martlet-kube-root-ca-"))
            #expect(try await remote.find(.configMaps, name, in: space.name)?["data"] == bundle["data"])
        }
    }
}

/// A pod that refers to objects in every way, and the objects.
enum DependentSample {
    static let objects: [(Resource, String)] = [
        (.configMaps, "settings"), (.configMaps, "init"), (.configMaps, "files"), (.secrets, "keys"),
        (.secrets, "mixed"), (.secrets, "registry"),
    ]

    static var spec: JSON {
        let container: JSON = [
            "name": "main", "image": "web",
            "env": [["name": "KEY", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "k"]]]],
            "envFrom": [["configMapRef": ["name": "settings"]]],
            "volumeMounts": [["name": "files", "mountPath": "/files"], ["name": "mixed", "mountPath": "/mixed"]],
        ]
        let initial: JSON = [
            "name": "init", "image": "web",
            "env": [["name": "A", "valueFrom": ["configMapKeyRef": ["name": "init", "key": "k"]]]],
        ]
        let sources: JSON = [
            ["secret": ["name": "mixed"]], ["configMap": ["name": "settings"]],
            ["downwardAPI": ["items": [["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]]]],
        ]
        let members: JSON = [
            "containers": [container], "initContainers": [initial], "terminationGracePeriodSeconds": 1,
            "volumes": [
                ["name": "files", "configMap": ["name": "files"]],
                ["name": "mixed", "projected": ["sources": sources]],
            ],
        ]
        return Manifest.overlay(Manifest.cluster("us-east"), on: members)
    }
}

extension TestSpace {
    /// Makes what ``DependentSample`` refers to, and gives the default ServiceAccount its pull secret.
    func makeDependents() async throws {
        try await kubectl("create", "configmap", "settings", "--from-literal=mode=first", "--from-literal=old=1")
        for name in ["init", "files"] { try await kubectl("create", "configmap", name, "--from-literal=k=v") }
        for name in ["keys", "mixed"] { try await kubectl("create", "secret", "generic", name, "--from-literal=k=v") }
        try await kubectl(
            "create",
            "secret",
            "docker-registry",
            "registry",
            "--docker-server=registry.example",
            "--docker-username=u",
            "--docker-password=p"
        )
        try await kubectl(
            "patch",
            "serviceaccount",
            "default",
            "--patch",
            #"{"imagePullSecrets":[{"name":"registry"}]}"#
        )
    }

    /// The versions of what ``DependentSample`` refers to, in the origin.
    fileprivate func sourceVersions() async throws -> [String] {
        var versions: [String] = []
        for (resource, name) in DependentSample.objects {
            versions.append(try await origin.client.get(resource, namespace: self.name, name: name).resourceVersion)
        }
        return versions
    }

    /// The names of martlet's copies in the namespace of a remote.
    func copies(in remote: FleetCluster) async throws -> [String] {
        var names: [String] = []
        for resource in [Resource.configMaps, .secrets] {
            names += try await remote.list(resource, namespace: name, labels: "martlet.dev/copy=true").map(\.name)
        }
        return names
    }
}

extension JSON {
    fileprivate var created: String { at("metadata", "creationTimestamp")?.string ?? "" }
}
