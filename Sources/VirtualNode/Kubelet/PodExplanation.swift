internal import KubeModel
internal import PodSync
internal import Providers

/// What a node's keeper knows of one of its pods, as the page `/martlet/explain/NAMESPACE/POD` has it: names, fields and the
/// clusters' words, no value of a spec. Pure.
struct PodExplanation {
    let pod: Pod
    let cluster: String
    let account: PodAccount
    let findings: PodFindings?
    let health: NodeHealth
    /// Since 1970.
    let now: Duration

    var json: JSON {
        var result: JSON = [
            "pod": Self.place(pod.key, uid: pod.uid), "cluster": .string(cluster),
            "time": .string(Timestamp.format(now.inSeconds)), "reachable": .bool(account.isReachable),
            "health": Self.health(health), "step": .string(Self.word(account.step)),
        ]
        result["delegate"] = account.instance.map(delegate)
        result["place"] = findings.map { Self.place($0.place, uid: nil) }
        result["needs"] = findings.map { .array($0.needs.map(Self.need)) }
        result["refusal"] = findings?.refusal.map { Self.words($0.reason, $0.message) }
        result["fields"] = findings?.differences.map { .array($0.map(Self.field)) }
        result["failures"] = account.failures.map(failures)
        result["nextLook"] = account.nextLook.map { .string(Timestamp.format((now + $0).inSeconds)) }
        result["failsAt"] = account.failsIn.map { .string(Timestamp.format((now + $0).inSeconds)) }
        result["events"] = findings.map { .array($0.events.map(Self.event)) }
        result["problem"] = findings?.problem.map { .string($0) }
        return result
    }

    private func delegate(_ instance: PodInstance) -> JSON {
        var result = Self.place(instance.instanceKey, uid: instance.instanceUID)
        result["phase"] = .string(instance.phase.rawValue)
        result["terminating"] = .bool(instance.isTerminating)
        result["node"] = instance.nodeName.map { .string($0) }
        result["lostNode"] = account.lostNode.map { .string($0) }
        result["deletionGracePeriodSeconds"] = instance.deletionGracePeriodSeconds.map { .int($0) }
        result["conditions"] = .array(Self.conditions(of: instance))
        return result
    }

    /// A status that can't be read says nothing; memory is not damaged in one place only.
    private static func conditions(of instance: PodInstance) -> [JSON] {
        let all = (try? instance.status())?["conditions"]?.array ?? []
        return all.map { condition in
            var result: JSON = [:]
            for key in ["type", "status", "reason", "message"] { result[key] = condition[key] }
            return result
        }
    }

    private func failures(_ failures: PodAccount.Failures) -> JSON {
        var result = Self.words(failures.reason, failures.message)
        result["count"] = .int(Int64(failures.count))
        result["lastTime"] = .string(Timestamp.format((now - failures.age).inSeconds))
        return result
    }

    private static func place(_ key: ObjectKey, uid: UID?) -> JSON {
        var result: JSON = ["namespace": .string(key.namespace), "name": .string(key.name)]
        result["uid"] = uid.map { .string($0) }
        return result
    }

    private static func words(_ reason: String, _ message: String) -> JSON {
        ["reason": .string(reason), "message": .string(message)]
    }

    private static func health(_ health: NodeHealth) -> JSON {
        switch health {
        case .ready: ["state": "ready"]
        case .degraded(let reason, let message): stated("degraded", reason, message)
        case .unknown(let reason, let message): stated("unknown", reason, message)
        case .notReady(let reason, let message): stated("notReady", reason, message)
        }
    }

    private static func stated(_ state: String, _ reason: String, _ message: String) -> JSON {
        var result = words(reason, message)
        result["state"] = .string(state)
        return result
    }

    private static func need(_ need: PodNeed) -> JSON {
        var result: JSON = [
            "kind": .string(need.kind), "name": .string(need.name), "optional": .bool(need.isOptional),
        ]
        switch need.state {
        case .ready: result["state"] = "ready"
        case .pending: result["state"] = "pending"
        case .leftOut: result["state"] = "leftOut"
        case .lacking(let reason, let message):
            result["state"] = "lacking"
            result["reason"] = .string(reason)
            result["message"] = .string(message)
        }
        return result
    }

    private static func field(_ field: FieldDifference) -> JSON {
        var result: JSON = [
            "path": .string(field.path), "missing": .bool(field.isMissing), "why": .string(field.why),
            "ordinary": .bool(field.isOrdinary),
        ]
        result["fate"] = field.fate.map { .string($0.rawValue) }
        return result
    }

    private static func event(_ event: InstanceEvent) -> JSON {
        var result: JSON = [
            "type": .string(event.type), "reason": .string(event.reason), "message": .string(event.message),
            "count": .int(event.count), "from": .string(event.component),
        ]
        result["lastTime"] = event.lastTimestamp.map { .string($0) }
        return result
    }

    private static func word(_ step: PodStep) -> String {
        switch step {
        case .rest: "rest"
        case .forget: "forget"
        case .create: "create"
        case .update: "update"
        case .mirror: "mirror"
        case .mirrorDeparted: "mirrorDeparted"
        case .failLost: "failLost"
        case .evict: "evict"
        case .withdraw: "withdraw"
        case .failUnplaced: "failUnplaced"
        case .end: "end"
        case .release: "release"
        case .endOrphan: "endOrphan"
        }
    }
}
