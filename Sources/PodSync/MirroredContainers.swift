import KubeModel

/// The container statuses of a delegate in the terms of its pod, which may have had delegates before. Pure.
enum MirroredContainers {
    /// Adds the restarts of earlier delegates, and keeps the containers of the last one in sight, as waiting, until
    /// the new delegate has something to say: a restart count never goes down.
    static func adjust(_ status: inout JSON, current: JSON, restartBase: [String: Int64], policy: RestartPolicy) {
        for field in ContainerStatuses.fields {
            defer { if policy != .always { keepFinished(&status, field: field, current: current) } }
            if let containers = status[field]?.array, !containers.isEmpty {
                guard !restartBase.isEmpty else { continue }
                status[field] = .array(containers.map { adding(restartBase, to: $0) })
            } else if let earlier = current[field]?.array, !earlier.isEmpty {
                status[field] = .array(earlier.map { waiting($0, restartBase) })
            }
        }
    }

    /// Where the restart policy does not start a finished container again, API servers refuse a status that takes its
    /// end back (ValidateContainerStateTransition). A new delegate runs the init containers once more: until they are
    /// through, the pod shows their first end.
    private static func keepFinished(_ status: inout JSON, field: String, current: JSON) {
        guard let containers = status[field]?.array else { return }
        let earlier = current[field]?.array ?? []
        status[field] = .array(
            containers.map { container in
                let before = earlier.first { $0["name"] == container["name"] }
                guard let before, ContainerStatuses.hasFinished(before) else { return container }
                return container.at("state", "terminated") == nil ? before : container
            }
        )
    }

    private static func adding(_ base: [String: Int64], to container: JSON) -> JSON {
        guard let name = container["name"]?.string, let earlier = base[name] else { return container }
        var result = container
        result["restartCount"] = .int((container["restartCount"]?.int ?? 0) + earlier)
        return result
    }

    private static func waiting(_ earlier: JSON, _ base: [String: Int64]) -> JSON {
        var result = earlier
        result["ready"] = false
        result["started"] = false
        result["state"] = ["waiting": ["reason": "ContainerCreating"]]
        if let name = earlier["name"]?.string, let count = base[name] { result["restartCount"] = .int(count) }
        return result
    }
}
