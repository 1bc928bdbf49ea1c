import KubeModel

/// The container statuses of a delegate in the terms of its pod, which may have had delegates before. Pure.
enum MirroredContainers {
    /// Adds the restarts of earlier delegates, and keeps the containers of the last one in sight, as waiting, until
    /// the new delegate has something to say: a restart count never goes down.
    static func adjust(_ status: inout JSON, current: JSON, restartBase: [String: Int64], policy: RestartPolicy) {
        for field in ContainerStatuses.fields {
            defer { if policy != .always { keepFinished(&status, field: field, current: current) } }
            if field == "ephemeralContainerStatuses" {
                keepEphemeral(&status, field: field, current: current)
                continue
            }
            if let containers = status[field]?.array, !containers.isEmpty {
                guard !restartBase.isEmpty else { continue }
                let earlier = ContainerStatuses.byName(current[field])
                status[field] = .array(containers.map { adding(restartBase, to: $0, after: earlier) })
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
        let earlier = ContainerStatuses.byName(current[field])
        status[field] = .array(
            containers.map { container in
                guard let before = earlier[container["name"]?.string ?? ""], ContainerStatuses.hasFinished(before)
                else { return container }
                return container.at("state", "terminated") == nil ? before : container
            }
        )
    }

    /// Ephemeral containers run once: those of earlier delegates have ended, whatever was heard of them last.
    private static func keepEphemeral(_ status: inout JSON, field: String, current: JSON) {
        let present = status[field]?.array ?? []
        let names = Set(present.compactMap { $0["name"]?.string })
        let earlier = (current[field]?.array ?? []).filter { !names.contains($0["name"]?.string ?? "") }
        guard !earlier.isEmpty else { return }
        let ended = earlier.map { container -> JSON in
            guard container.at("state", "terminated") == nil, ContainerStatuses.hasRun(container) else {
                return container
            }
            var result = container
            result["state"] = ["terminated": unseenEnd]
            return result
        }
        status[field] = .array(present + ended)
    }

    private static func adding(
        _ base: [String: Int64],
        to container: JSON,
        after statuses: [String: JSON]
    ) -> JSON {
        guard let name = container["name"]?.string, let count = base[name] else { return container }
        var result = container
        result["restartCount"] = .int(ContainerStatuses.restartCount(container["restartCount"]?.int ?? 0, after: count))
        if container.at("lastState", "terminated") == nil, let earlier = statuses[name] {
            let isSame = earlier["containerID"] != nil && earlier["containerID"] == container["containerID"]
            let last = isSame ? earlier.at("lastState", "terminated") : lastEnd(of: earlier)
            if let last { result["lastState"] = ["terminated": last] }
        }
        return result
    }

    /// How a container of an earlier delegate ended.
    private static func lastEnd(of earlier: JSON) -> JSON? {
        if let ended = earlier.at("state", "terminated") { return ended }
        return earlier.at("state", "running") == nil ? earlier.at("lastState", "terminated") : unseenEnd
    }

    /// What a kubelet says of a container that it lost sight of (kuberuntime `ContainerStatusUnknown`).
    private static let unseenEnd: JSON = [
        "exitCode": 137, "reason": "ContainerStatusUnknown",
        "message": "The delegate is gone, and what became of its container was not seen.",
    ]

    private static func waiting(_ earlier: JSON, _ base: [String: Int64]) -> JSON {
        var result = earlier
        result["ready"] = false
        result["started"] = false
        result["state"] = ["waiting": ["reason": "ContainerCreating"]]
        if let last = lastEnd(of: earlier) { result["lastState"] = ["terminated": last] }
        if let name = earlier["name"]?.string, let count = base[name] { result["restartCount"] = .int(count) }
        return result
    }
}
