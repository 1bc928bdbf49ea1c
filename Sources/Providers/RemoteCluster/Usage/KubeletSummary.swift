import KubeModel

/// Takes from a kubelet's `/stats/summary` what is about some instances, in the names of their pods. Pure.
enum KubeletSummary {
    /// - Parameter summary: a `Summary` of stats/v1alpha1; what it says of the node and of other pods is left out.
    static func pods(in summary: JSON, of subjects: UsageSubjects, _ voice: CounterVoice) -> UsageSummary {
        var result = UsageSummary()
        for pod in summary["pods"]?.array ?? [] {
            let place = ObjectKey(
                namespace: pod.at("podRef", "namespace")?.string ?? "",
                name: pod.at("podRef", "name")?.string ?? ""
            )
            // By the name alone it might be an earlier pod of that name, which the kubelet still remembers.
            guard let subject = subjects[place], pod.at("podRef", "uid")?.string == subject.instanceUID else {
                continue
            }
            let told = counted(pod, subject, voice)
            result.pods.append(renamed(told, subject).serialized())
            result.readings += readings(of: told, subject)
        }
        return result
    }

    /// The pod with its counters as they are to be told.
    private static func counted(_ pod: JSON, _ subject: UsageSubjects.Subject, _ voice: CounterVoice) -> JSON {
        var pod = counted(pod, "", subject, voice)
        pod["containers"] = pod["containers"]?.array.map { containers in
            .array(
                containers.map { container in
                    let name = container["name"]?.string ?? ""
                    return begun(counted(container, name, subject, voice), name, subject, voice)
                }
            )
        }
        return pod
    }

    private static func counted(
        _ part: JSON,
        _ container: String,
        _ subject: UsageSubjects.Subject,
        _ voice: CounterVoice
    ) -> JSON {
        guard var cpu = part["cpu"], let nanoseconds = cpu["usageCoreNanoSeconds"]?.double,
            let moved = voice.moved(nanoseconds / 1e9, of: subject, container: container)
        else { return part }
        var part = part
        cpu["usageCoreNanoSeconds"] = .int(Int64(clamping: moved * 1e9))
        part["cpu"] = cpu
        return part
    }

    /// The container with its start as it is to be told.
    private static func begun(
        _ container: JSON,
        _ name: String,
        _ subject: UsageSubjects.Subject,
        _ voice: CounterVoice
    ) -> JSON {
        guard let start = container["startTime"]?.string.flatMap(Timestamp.parse) else { return container }
        let told = voice.beginning(start, of: CounterKey(subject, container: name))
        guard told != start else { return container }
        var container = container
        container["startTime"] = .string(Timestamp.format(told))
        return container
    }

    private static func renamed(_ pod: JSON, _ subject: UsageSubjects.Subject) -> JSON {
        var pod = pod
        var reference = pod["podRef"] ?? [:]
        reference["namespace"] = .string(subject.key.namespace)
        reference["name"] = .string(subject.key.name)
        reference["uid"] = .string(subject.podUID)
        pod["podRef"] = reference
        if let volumes = pod["volume"]?.array {
            pod["volume"] = .array(volumes.map { renamed(volume: $0, subject.key.namespace) })
        }
        return pod
    }

    /// A claim has its pod's namespace, and the same name on both sides.
    private static func renamed(volume: JSON, _ namespace: String) -> JSON {
        guard var reference = volume["pvcRef"] else { return volume }
        var volume = volume
        reference["namespace"] = .string(namespace)
        volume["pvcRef"] = reference
        return volume
    }

    private static func readings(of pod: JSON, _ subject: UsageSubjects.Subject) -> [UsageReading] {
        if let whole = reading(pod, "", start: subject.start, subject) { return [whole] }
        return (pod["containers"]?.array ?? []).compactMap { container in
            let start = container["startTime"]?.string.flatMap(Timestamp.parse)
            return reading(container, container["name"]?.string ?? "", start: start, subject)
        }
    }

    private static func reading(
        _ part: JSON,
        _ name: String,
        start: Double?,
        _ subject: UsageSubjects.Subject
    ) -> UsageReading? {
        guard let nanoseconds = part.at("cpu", "usageCoreNanoSeconds")?.double,
            let time = part.at("cpu", "time")?.string.flatMap(Timestamp.parse)
        else { return nil }
        return UsageReading(
            instanceUID: subject.instanceUID,
            container: name,
            start: start,
            cpuSeconds: nanoseconds / 1e9,
            nanoCores: part.at("cpu", "usageNanoCores")?.int,
            memoryBytes: part.at("memory", "workingSetBytes")?.int ?? 0,
            time: time
        )
    }
}
