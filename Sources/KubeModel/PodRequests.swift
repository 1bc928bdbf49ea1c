/// What a pod takes from a node, as the scheduler counts it (component-helpers `resource.PodRequests`).
package enum PodRequests {
    /// The requests of a pod with this `spec`, as an API server has defaulted it (limits imply requests there).
    ///
    /// The containers and the native sidecars (init containers that restart always) run together; a plain init
    /// container runs alone, beside the sidecars started before it; the larger counts. Pod-level requests replace the
    /// sum for the resources that they may name, and the overhead of the runtime class comes on top.
    package static func effective(spec: JSON) -> ResourceList {
        let running = (spec["containers"]?.array ?? []).reduce(into: ResourceList()) { sum, container in
            sum.add(requests(of: container))
        }
        var sidecars: ResourceList = [:]
        var starting: ResourceList = [:]
        for container in spec["initContainers"]?.array ?? [] {
            let isSidecar = container["restartPolicy"]?.string == "Always"
            // What it does not name has not changed since the last: the sidecars' sum, which is counted already.
            for (name, own) in requests(of: container) {
                let beside = own + (sidecars[name] ?? .zero)
                if isSidecar { sidecars[name] = beside }
                starting[name] = max(starting[name] ?? .zero, beside)
            }
        }
        let podLevel = requests(of: spec).filter { isPodLevel($0.key) }
        return running.adding(sidecars).maximum(starting)
            .merging(podLevel) { _, podLevel in podLevel }
            .adding(ResourceList(json: spec["overhead"]))
    }

    private static func requests(of holder: JSON) -> ResourceList {
        ResourceList(json: holder.at("resources", "requests"))
    }

    /// component-helpers `resource.IsSupportedPodLevelResource`.
    private static func isPodLevel(_ name: String) -> Bool {
        name == "cpu" || name == "memory" || name.hasPrefix("hugepages-")
    }
}
