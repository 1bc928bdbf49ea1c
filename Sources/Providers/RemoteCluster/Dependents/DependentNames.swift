import KubeModel

/// The names that copies have in a remote: those of their sources, with one exception. Pure.
struct DependentNames: Sendable {
    /// The ConfigMap with which a cluster tells its pods whom to trust. Each namespace of each cluster has one of its own.
    static let rootCertificates = "kube-root-ca.crt"

    /// What the origin's bundle is called in a remote, whose own has the usual name: another one for each origin.
    let rootCertificatesCopy: String

    init(originID: String) {
        let hash = FNV1a.hash { $0.combine(bytes: originID.utf8) }
        rootCertificatesCopy = "martlet-kube-root-ca-\(hash.prefix(8))"
    }

    func copyName(_ kind: PodReference.Kind, _ name: String) -> String {
        kind == .configMap && name == Self.rootCertificates ? rootCertificatesCopy : name
    }

    /// The spec with the references that go by another name in the remote.
    func rewrite(_ spec: inout JSON) {
        for field in DelegatePod.containerFields {
            Self.map(field, of: &spec) { container in
                Self.map("env", of: &container) { rename(&$0, at: "valueFrom", "configMapKeyRef") }
                Self.map("envFrom", of: &container) { rename(&$0, at: "configMapRef") }
            }
        }
        Self.map("volumes", of: &spec) { volume in
            rename(&volume, at: "configMap")
            // Beside a token of the remote, where one is left, belongs the bundle of the remote.
            guard var projected = volume["projected"], !Self.hasToken(projected) else { return }
            Self.map("sources", of: &projected) { rename(&$0, at: "configMap") }
            volume["projected"] = projected
        }
    }

    private static func hasToken(_ projected: JSON) -> Bool {
        (projected["sources"]?.array ?? []).contains { $0["serviceAccountToken"] != nil }
    }

    private func rename(_ json: inout JSON, at field: String, _ inner: String) {
        guard var outer = json[field] else { return }
        rename(&outer, at: inner)
        json[field] = outer
    }

    private func rename(_ json: inout JSON, at field: String) {
        guard var reference = json[field], reference["name"]?.string == Self.rootCertificates else { return }
        reference["name"] = .string(rootCertificatesCopy)
        json[field] = reference
    }

    private static func map(_ field: String, of json: inout JSON, _ change: (inout JSON) -> Void) {
        guard var elements = json[field]?.array else { return }
        for index in elements.indices { change(&elements[index]) }
        json[field] = .array(elements)
    }
}
