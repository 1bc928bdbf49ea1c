import KubeClient
import KubeModel
import Providers

/// An event of an instance as an event about its pod. Pure.
enum MirroredEvent {
    /// The name is that of the pod and the remote event's UID, so that the same event is told once, whoever tells it.
    static func name(of event: InstanceEvent, pod: Pod, cluster: String) -> String {
        let hash = FNV1a.hash { $0.combine(bytes: "\(cluster)/\(event.id)".utf8) }
        // Names of events may be as long as those of pods, which leaves no room for more.
        return "\(pod.key.name.prefix(236)).\(hash)"
    }

    static func make(_ event: InstanceEvent, pod: Pod, cluster: String) -> JSON {
        var involved = pod.reference.json
        if !event.fieldPath.isEmpty { involved["fieldPath"] = .string(event.fieldPath) }
        var object: JSON = [
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": [
                "name": .string(name(of: event, pod: pod, cluster: cluster)), "namespace": .string(pod.key.namespace),
            ],
            "involvedObject": involved,
            "source": [
                // kubectl shows the component only.
                "component": .string(event.component.isEmpty ? cluster : "\(cluster)/\(event.component)"),
                "host": .string(event.host),
            ],
            "type": .string(event.type),
            "reason": .string(event.reason),
        ]
        for (key, value) in changes(event).object ?? [:] { object[key] = value }
        object["firstTimestamp"] = event.firstTimestamp.map(JSON.string) ?? object["lastTimestamp"]
        return object
    }

    /// What changes of an event that happens again.
    static func changes(_ event: InstanceEvent) -> JSON {
        var changes: JSON = [
            "count": .int(event.count),
            "message": .string(String(event.message.prefix(EventRecorder.maximumMessageLength))),
        ]
        changes["lastTimestamp"] = event.lastTimestamp.map { .string(Self.wholeSeconds($0)) }
        return changes
    }

    /// Core events count in seconds; the newer form has fractions.
    private static func wholeSeconds(_ text: String) -> String {
        Timestamp.parse(text).map { Timestamp.format($0) } ?? text
    }
}
