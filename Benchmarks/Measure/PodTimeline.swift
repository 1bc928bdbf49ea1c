import KubeClient
import KubeModel

/// When one pod was first seen in each state, in time since the benchmark's start.
struct PodTimeline: Sendable, Equatable {
    var seen: Duration
    var bound: Duration?
    var running: Duration?
    var ready: Duration?
    /// When it was asked to end.
    var deleting: Duration?
    var gone: Duration?

    /// Whether a pod's Ready condition holds.
    static func isReady(_ pod: JSON) -> Bool {
        (pod.at("status", "conditions")?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
    }
}

/// What a watch has told of the pods of one trial. Pure.
struct PodObservations: Sendable {
    private(set) var pods: [String: PodTimeline] = [:]
    private(set) var readyCount = 0
    private(set) var goneCount = 0

    /// True when each pod that was seen is gone.
    var isEmpty: Bool { goneCount == pods.count }

    var summary: String {
        let bound = pods.values.count { $0.bound != nil }
        return "\(pods.count) pods seen, \(bound) bound, \(readyCount) ready, \(goneCount) gone"
    }

    mutating func note(_ event: WatchEvent, at now: Duration) {
        guard event.type != .bookmark, let name = event.object.at("metadata", "name")?.string else { return }
        var pod = pods[name] ?? PodTimeline(seen: now)
        if pod.bound == nil, event.object.at("spec", "nodeName")?.string != nil { pod.bound = now }
        if pod.running == nil, event.object.at("status", "phase")?.string == "Running" { pod.running = now }
        if pod.ready == nil, PodTimeline.isReady(event.object) {
            pod.ready = now
            readyCount += 1
        }
        let isDeleting = event.type == .deleted || event.object.at("metadata", "deletionTimestamp") != nil
        if pod.deleting == nil, isDeleting { pod.deleting = now }
        if pod.gone == nil, event.type == .deleted {
            pod.gone = now
            goneCount += 1
        }
        pods[name] = pod
    }
}
