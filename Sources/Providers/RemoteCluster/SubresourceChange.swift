import KubeModel

/// The JSON patches that bring to a delegate what only subresources of pods can change. Pure.
///
/// They are made from the delegate as it was just read, and test its UID, so that they can't reach a successor.
enum SubresourceChange {
    /// Adds the pod's ephemeral containers that have not run yet; nil where the delegate has them all.
    ///
    /// One that has run never runs again, in a later delegate neither.
    ///
    /// - Parameter path: where the list is in the object that the subresource speaks.
    static func ephemeralContainers(pod: JSON, delegate: JSON, path: String) -> JSON? {
        let present = delegate.at("spec", "ephemeralContainers")?.array ?? []
        let known = Set(present.compactMap { $0["name"]?.string }).union(startedEphemeral(of: pod))
        let missing = (pod.at("spec", "ephemeralContainers")?.array ?? []).filter { container in
            container["name"]?.string.map { !known.contains($0) } ?? false
        }
        guard !missing.isEmpty else { return nil }
        let volumes = Set((delegate.at("spec", "volumes")?.array ?? []).compactMap { $0["name"]?.string })
        let list = present + missing.map { mountingOnly(volumes, $0) }
        return [uidTest(delegate), ["op": "add", "path": .string(path), "value": .array(list)]]
    }

    /// Gives the delegate's containers the resources that the pod's have; nil where they have them.
    ///
    /// What the remote's admission added (a default limit) stays.
    static func resources(pod: JSON, delegate: JSON) -> JSON? {
        var operations: [JSON] = []
        for field in ["initContainers", "containers"] {
            for (index, container) in (delegate.at("spec", field)?.array ?? []).enumerated() {
                let source = pod.at("spec", field)?.array?.first { $0["name"] == container["name"] }
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

    private static func uidTest(_ delegate: JSON) -> JSON {
        ["op": "test", "path": "/metadata/uid", "value": delegate.at("metadata", "uid") ?? .null]
    }

    private static func startedEphemeral(of pod: JSON) -> [String] {
        (pod.at("status", "ephemeralContainerStatuses")?.array ?? [])
            .filter { ContainerStatuses.hasRun($0) }
            .compactMap { $0["name"]?.string }
    }

    /// The container without mounts of volumes that the delegate does not have, such as the token's.
    private static func mountingOnly(_ volumes: Set<String>, _ container: JSON) -> JSON {
        guard let mounts = container["volumeMounts"]?.array else { return container }
        var result = container
        let kept = mounts.filter { volumes.contains($0["name"]?.string ?? "") }
        result["volumeMounts"] = kept.isEmpty ? nil : .array(kept)
        return result
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
