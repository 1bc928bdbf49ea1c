import KubeModel

/// Keeps what a pod sees of itself by the downward API what it is in the origin, where the delegate's differs. Pure.
///
/// Addresses are those of the cluster where it runs; so are labels and annotations, which are the pod's and some more.
struct OwnNames {
    /// The annotation with the pod's namespace, on delegates in a namespace of another name: files of the downward API
    /// take no literal.
    static let namespaceAnnotation = "martlet.dev/origin-namespace"

    private let literals: [String: String]
    private let isRenamed: Bool

    /// - Parameters:
    ///   - pod: the pod as the origin has it.
    ///   - namespace: the delegate's.
    init(pod: JSON, nodeName: String, namespace: String) {
        let metadata = ObjectMeta(pod)
        isRenamed = metadata.namespace != namespace
        var literals = [
            "metadata.uid": metadata.uid,
            // The node that the origin shows; the remote's node means nothing there.
            "spec.nodeName": nodeName,
            // The delegate has another account, or none.
            "spec.serviceAccountName": pod.at("spec", "serviceAccountName")?.string ?? "default",
        ]
        if isRenamed { literals["metadata.namespace"] = metadata.namespace }
        self.literals = literals
    }

    /// Rewrites the environment of all containers and the files of all volumes.
    func apply(to spec: inout JSON) {
        for field in DelegatePod.containerFields {
            spec.changeElements(of: field) { container in
                container.changeElements(of: "env") { fixVariable(&$0) }
            }
        }
        spec.changeElements(of: "volumes") { volume in
            fixFiles(in: &volume)
            guard var projected = volume["projected"] else { return }
            projected.changeElements(of: "sources") { fixFiles(in: &$0) }
            volume["projected"] = projected
        }
    }

    /// The environment takes the value itself. It holds no `$`, so that nothing is expanded in it.
    private func fixVariable(_ variable: inout JSON) {
        guard let path = variable.at("valueFrom", "fieldRef", "fieldPath")?.string, let value = literals[path] else {
            return
        }
        variable["valueFrom"] = nil
        variable["value"] = .string(value)
    }

    /// Files can show single labels and annotations: the UID is among our marks, the namespace where it differs.
    private func fixFiles(in holder: inout JSON) {
        guard var source = holder["downwardAPI"] else { return }
        source.changeElements(of: "items") { item in
            guard let path = item.at("fieldRef", "fieldPath")?.string, let other = filePath(path) else { return }
            item["fieldRef"]?["fieldPath"] = .string(other)
        }
        holder["downwardAPI"] = source
    }

    private func filePath(_ path: String) -> String? {
        switch path {
        case "metadata.uid": "metadata.labels['\(DelegateIdentity.podUIDLabel)']"
        case "metadata.namespace" where isRenamed: "metadata.annotations['\(Self.namespaceAnnotation)']"
        default: nil
        }
    }
}
