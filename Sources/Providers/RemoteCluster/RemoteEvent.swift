import KubeModel

/// An event of a remote, of either of its two forms (core/v1 with a count, events.k8s.io with a series). Pure.
struct RemoteEvent: Sendable {
    /// The UID of the pod that it is about.
    let involved: UID
    private let json: JSON

    /// Nil for what is no event about a pod with a UID.
    init?(json: JSON) {
        guard json.at("involvedObject", "kind")?.string == "Pod",
            let involved = json.at("involvedObject", "uid")?.string, !involved.isEmpty
        else { return nil }
        self.involved = involved
        self.json = json
    }

    /// When it happened last, since 1970; nil for one that does not say.
    var lastTime: Duration? {
        let texts = [
            json["lastTimestamp"], json.at("series", "lastObservedTime"), json["eventTime"],
            json.at("metadata", "creationTimestamp"),
        ]
        return texts.compactMap { $0?.string.flatMap { Timestamp.parse($0) } }.max().map { .seconds($0) }
    }

    /// The same in the terms of the pod that the delegate runs for.
    func about(_ podUID: UID) -> InstanceEvent {
        InstanceEvent(
            id: text("metadata", "uid"),
            podUID: podUID,
            type: text("type"),
            reason: text("reason"),
            message: text("message"),
            count: max(json["count"]?.int ?? json.at("series", "count")?.int ?? 1, 1),
            firstTimestamp: first(json["firstTimestamp"], json["eventTime"]),
            lastTimestamp: first(
                json["lastTimestamp"],
                json.at("series", "lastObservedTime"),
                json["eventTime"]
            ),
            component: first(json.at("source", "component"), json["reportingComponent"]) ?? "",
            host: first(json.at("source", "host"), json["reportingInstance"]) ?? "",
            fieldPath: text("involvedObject", "fieldPath")
        )
    }

    private func text(_ path: String...) -> String {
        path.reduce(json) { $0[$1] ?? .null }.string ?? ""
    }

    private func first(_ values: JSON?...) -> String? {
        values.lazy.compactMap { $0?.string }.first { !$0.isEmpty }
    }
}
