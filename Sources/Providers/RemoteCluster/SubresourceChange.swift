import KubeModel

/// The JSON patches that bring to a delegate what only subresources of pods can change. Pure.
///
/// They are made from the delegate as it was just read, and test its UID, so that they can't reach a successor.
enum SubresourceChange {
    /// Adds the pod's ephemeral containers that have not run yet; nil where the delegate has them all.
    ///
    /// One that has run never runs again, in a later delegate neither.
    ///
    /// - Parameters:
    ///   - refused: the names of those that are not for this cluster.
    ///   - path: where the list is in the object that the subresource speaks.
    static func ephemeralContainers(
        pod: JSON,
        besides refused: Set<String> = [],
        delegate: JSON,
        path: String
    ) -> JSON? {
        let present = delegate.at("spec", "ephemeralContainers")?.array ?? []
        let known = Set(present.compactMap { $0["name"]?.string }).union(startedEphemeral(of: pod)).union(refused)
        let missing = (pod.at("spec", "ephemeralContainers")?.array ?? []).filter { container in
            container["name"]?.string.map { !known.contains($0) } ?? false
        }
        guard !missing.isEmpty else { return nil }
        let list = present + missing.map { mounting($0, in: delegate) }
        return [uidTest(delegate), ["op": "add", "path": .string(path), "value": .array(list)]]
    }

    /// Gives the delegate and its containers the resources that the pod and its containers have; nil where they have
    /// them.
    ///
    /// What the remote's admission added (a default limit) stays.
    static func resources(pod: JSON, delegate: JSON) -> JSON? {
        var operations: [JSON] = []
        if let wanted = podResources(of: pod, for: delegate), wanted != delegate.at("spec", "resources") {
            operations.append(["op": "add", "path": "/spec/resources", "value": wanted])
        }
        for field in ["initContainers", "containers"] {
            let sources = ContainerStatuses.byName(pod.at("spec", field))
            for (index, container) in (delegate.at("spec", field)?.array ?? []).enumerated() {
                let source = sources[container["name"]?.string ?? ""]
                let present = container["resources"] ?? [:]
                let wanted = overlay(source?["resources"] ?? [:], on: present)
                guard wanted != present else { continue }
                operations.append([
                    "op": "add", "path": .string("/spec/\(field)/\(index)/resources"), "value": wanted,
                ])
            }
        }
        return operations.isEmpty ? nil : .array([uidTest(delegate)] + operations)
    }

    /// Whether a resized delegate lacks the resources of the pod as a whole, which its cluster does not know of.
    static func lostPodResources(pod: JSON, answer: JSON) -> Bool {
        podResources(of: pod, for: answer) != nil && answer.at("spec", "resources") == nil
    }

    /// The resources of the pod as a whole that its delegate shall have; nil where the pod has none.
    private static func podResources(of pod: JSON, for delegate: JSON) -> JSON? {
        pod.at("spec", "resources").map { overlay($0, on: delegate.at("spec", "resources") ?? [:]) }
    }

    private static func uidTest(_ delegate: JSON) -> JSON {
        ["op": "test", "path": "/metadata/uid", "value": delegate.at("metadata", "uid") ?? .null]
    }

    private static func startedEphemeral(of pod: JSON) -> [String] {
        (pod.at("status", "ephemeralContainerStatuses")?.array ?? [])
            .filter { ContainerStatuses.hasRun($0) }
            .compactMap { $0["name"]?.string }
    }

    /// Gives the ephemeral containers of a rendered delegate the mounts that the pod's have: which of them there are
    /// volumes for is known from the delegate that they are added to.
    static func restoreMounts(of pod: JSON, in rendered: inout JSON) {
        guard let containers = rendered.at("spec", "ephemeralContainers")?.array else { return }
        let originals = ContainerStatuses.byName(pod.at("spec", "ephemeralContainers"))
        rendered["spec"]?["ephemeralContainers"] = .array(
            containers.map { container in
                var result = container
                result["volumeMounts"] = originals[container["name"]?.string ?? ""]?["volumeMounts"]
                return result
            }
        )
    }

    /// The container with its mounts of volumes that the delegate has. At the token's place that is the one that the
    /// delegate's own containers mount there, by whatever name: API servers add it to them, and to ephemeral containers
    /// only who makes those does (kubernetes plugin/pkg/admission/serviceaccount).
    private static func mounting(_ container: JSON, in delegate: JSON) -> JSON {
        guard let mounts = container["volumeMounts"]?.array else { return container }
        let volumes = Set((delegate.at("spec", "volumes")?.array ?? []).compactMap { $0["name"]?.string })
        let token = tokenVolume(of: delegate)
        let kept = mounts.compactMap { mount -> JSON? in
            if volumes.contains(mount["name"]?.string ?? "") { return mount }
            guard let token, mount["mountPath"]?.string == TokenVolumes.mountPath else { return nil }
            var result = mount
            result["name"] = .string(token)
            return result
        }
        var result = container
        result["volumeMounts"] = kept.isEmpty ? nil : .array(kept)
        return result
    }

    private static func tokenVolume(of delegate: JSON) -> String? {
        let containers = delegate.at("spec", "containers")?.array ?? []
        let mounts = containers.flatMap { $0["volumeMounts"]?.array ?? [] }
        return mounts.first { $0["mountPath"]?.string == TokenVolumes.mountPath }?["name"]?.string
    }

    private static func overlay(_ changes: JSON, on base: JSON) -> JSON {
        guard let members = changes.object, base.object != nil else { return changes }
        var result = base
        for (key, value) in members {
            result[key] = result[key].map { overlay(value, on: $0) } ?? value
        }
        return result
    }
}
