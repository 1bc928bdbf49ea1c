import KubeModel

/// Instances whose usage is wanted, found by the names that their cluster has for them.
struct UsageSubjects: Sendable {
    struct Subject: Sendable {
        let podUID: UID
        /// The pod's name in the origin.
        let key: ObjectKey
        let instanceUID: UID
        /// When the instance was taken on, in seconds since 1970.
        let start: Double?
        /// When its running containers began, by their names.
        let containerStarts: [String: Double]
    }

    private var byPlace: [ObjectKey: Subject] = [:]

    var all: [Subject] { Array(byPlace.values) }
    var isEmpty: Bool { byPlace.isEmpty }

    mutating func add(_ subject: Subject, at place: ObjectKey) { byPlace[place] = subject }

    subscript(_ place: ObjectKey) -> Subject? { byPlace[place] }
}

extension UsageSubjects.Subject {
    /// The instance of a pod, which has this name in the origin.
    ///
    /// - Throws: `JSONError` only if memory was damaged.
    init(_ instance: PodInstance, key: ObjectKey) throws {
        let status = try instance.status()
        var starts: [String: Double] = [:]
        for container in ContainerStatuses.fields.flatMap({ status[$0]?.array ?? [] }) {
            let start = container.at("state", "running", "startedAt")?.string.flatMap(Timestamp.parse)
            if let name = container["name"]?.string { starts[name] = start }
        }
        self.init(
            podUID: instance.podUID,
            key: key,
            instanceUID: instance.instanceUID,
            start: status["startTime"]?.string.flatMap(Timestamp.parse),
            containerStarts: starts
        )
    }
}
