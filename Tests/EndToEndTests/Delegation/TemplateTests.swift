import KubeModel
import Testing

extension DelegationTests {
    /// What of a pod arrives in the remote: all but a short list (docs/pods.md).
    @Suite struct TemplateTests {}
}

extension DelegationTests.TemplateTests {
    @Test("A template with everything arrives as it was written", .rows(7, 8, 23))
    func verbatim() async throws {
        try await TestSpace.with("template") { space in
            try await space.makeReferred()
            try await space.origin.apply(AwkwardTemplate.manifest, namespace: space.name)
            let snapshot = try await space.running(1)
            let (pod, delegate) = (snapshot.pods[0], snapshot.delegates[0].object)
            for field in AwkwardTemplate.writtenFields {
                let (wanted, arrived) = (pod.template(field), delegate.template(field))
                #expect(wanted == arrived, "\(field)")
            }
            let containers = delegate.at("spec", "containers")
            #expect(containers?[0]?["image"]?.string == AwkwardTemplate.image)
            #expect(containers?[0]?["env"]?[0]?["value"]?.string == AwkwardTemplate.awkwardValue)
            #expect(containers?[0]?["livenessProbe"]?.at("httpGet", "path")?.string == "/live?full=true&x=1")
            #expect(containers?[0]?["tty"]?.bool == true)
            #expect(containers?[1]?["ports"]?[0]?["protocol"]?.string == "UDP")
            #expect(delegate.at("spec", "initContainers")?[0]?["args"]?[1]?.string == "echo \"it's\" 'done' \\ $(HOME)")
            #expect(delegate.at("metadata", "annotations", "example.com/null")?.string == "null")
            #expect(delegate.at("metadata", "annotations", "example.com/yes")?.string == "yes")
        }
    }

    @Test("A delegate has no more fields than its pod, but for those that are documented", .rows(7))
    func nothingElse() async throws {
        try await TestSpace.with("plain") { space in
            try await space.apply(Manifest.deployment(replicas: 1))
            let snapshot = try await space.running(1)
            let (pod, delegate) = (snapshot.pods[0], snapshot.delegates[0].object)
            let added = Set(delegate["spec"]?.object?.keys ?? []).subtracting(pod["spec"]?.object?.keys ?? [])
            #expect(added.isSubset(of: ["affinity", "automountServiceAccountToken"]), "\(added)")
            let fields = delegate["spec"]?.object?.keys.filter { !AwkwardTemplate.placementFields.contains($0) } ?? []
            #expect(fields.contains("containers") && fields.contains("tolerations"))
            for field in fields {
                #expect(pod.template(field) == delegate.template(field), "\(field)")
            }
            let labels = Set(delegate.at("metadata", "labels")?.object?.keys ?? [])
            let marks = Set(labels.filter { $0.hasPrefix("martlet.dev/") })
            #expect(marks.isSuperset(of: ["martlet.dev/origin", "martlet.dev/node", "martlet.dev/pod-uid"]))
            // The pod's own: since 1.35 among them where its node is, if the node says so.
            let own = Set(pod.at("metadata", "labels")?.object?.keys ?? [])
            #expect(own.isSuperset(of: ["app", "pod-template-hash"]))
            #expect(labels.subtracting(marks) == own)
            let owners = delegate.at("metadata", "ownerReferences")?.array ?? []
            #expect(owners.map { $0["kind"]?.string } == ["Namespace"])
        }
    }

    @Test(
        "An image name with registry, tag and digest arrives byte for byte",
        .rows(8),
        arguments: [
            "registry.example:5000/team/sub/web:1.2-rc.1_x@sha256:\(String(repeating: "0a", count: 32))",
            "web", "127.0.0.1:80/w", "UPPER.example/with_under/name--x:TAG.9",
        ]
    )
    func image(_ image: String) async throws {
        try await TestSpace.with("image") { space in
            try await space.apply(Manifest.pod("web", Manifest.podSpec(image: image)))
            let snapshot = try await space.running(1)
            #expect(snapshot.delegates[0].object.image == image)
            #expect(snapshot.pods[0].firstContainer?["image"]?.string == image)
        }
    }

    @Test("Labels, annotations and images that change on a pod change on its delegate, in place")
    func inPlace() async throws {
        try await TestSpace.with("inplace") { space in
            try await space.apply(Manifest.pod("web"))
            let before = try await space.running(1).delegateUIDs
            try await space.kubectl("label", "pod/web", "tier=front")
            try await space.kubectl("annotate", "pod/web", "example.com/note=new")
            try await space.kubectl("set", "image", "pod/web", "main=registry.example/web:2")
            try await eventually("the delegate has the label, the annotation and the image") {
                guard let delegate = try await space.snapshot().delegates.first?.object else { return false }
                return delegate.label("tier") == "front" && delegate.annotation("example.com/note") == "new"
                    && delegate.image == "registry.example/web:2"
            }
            try await space.kubectl("label", "pod/web", "tier-")
            try await eventually("the delegate lost the label") {
                try await space.snapshot().delegates.first?.object.label("tier") == nil
            }
            #expect(try await space.snapshot().delegateUIDs == before)
        }
    }
}

extension TestSpace {
    /// The ConfigMap and the Secret that the template refers to.
    fileprivate func makeReferred() async throws {
        try await kubectl("create", "configmap", "settings", "--from-literal=a=b")
        try await kubectl("create", "secret", "generic", "keys", "--from-literal=a=b")
    }
}

extension JSON {
    /// A field of the spec without what the ServiceAccount admission controller adds to it.
    fileprivate func template(_ field: String) -> JSON? {
        guard let value = at("spec", field) else { return nil }
        switch field {
        case "volumes": return nonEmpty((value.array ?? []).filter { !Self.isToken($0) })
        case "containers", "initContainers": return .array((value.array ?? []).map(\.withoutTokenMount))
        default: return value
        }
    }

    private var withoutTokenMount: JSON {
        var container = self
        container["volumeMounts"] = nonEmpty((self["volumeMounts"]?.array ?? []).filter { !Self.isToken($0) })
        return container
    }

    private static func isToken(_ named: JSON) -> Bool {
        let name = named["name"]?.string ?? ""
        return name.hasPrefix("default-token-") || name.hasPrefix("kube-api-access-")
    }

    private func nonEmpty(_ list: [JSON]) -> JSON? { list.isEmpty ? nil : .array(list) }
}
