import KubeModel

/// The container statuses of a delegate in the terms of its pod, which may have had delegates before. Pure.
enum MirroredContainers {
    /// Adds the restarts of earlier delegates, and keeps the containers of the last one in sight, as waiting, until
    /// the new delegate has something to say: a restart count never goes down.
    static func adjust(_ status: inout JSON, current: JSON, restartBase: [String: Int64]) {
        for field in ContainerStatuses.fields {
            if let containers = status[field]?.array, !containers.isEmpty {
                guard !restartBase.isEmpty else { continue }
                status[field] = .array(containers.map { adding(restartBase, to: $0) })
            } else if let earlier = current[field]?.array, !earlier.isEmpty {
                status[field] = .array(earlier.map { waiting($0, restartBase) })
            }
        }
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
