import KubeModel

/// The note on a pod that an instance of it may exist, or have existed: written before the instance is asked for.
///
/// Without it a process that is started anew could not tell a pod that never had an instance from one whose instance
/// ran and went unseen. Pods that are restarted always need no such note. See docs/decisions.
enum RunOnceMark {
    /// The condition that says so.
    static let condition: JSON = [
        "type": .string(ConditionMerge.delegated), "status": "True", "reason": "DelegateRequested", "message": "",
    ]

    /// Whether pods of this policy carry the note.
    static func isNeeded(_ policy: RestartPolicy) -> Bool { policy != .always }

    /// A pod that can't be read counts as marked: what is not known must not run twice.
    static func isSet(on pod: Pod) -> Bool {
        guard let json = try? pod.json() else { return true }
        let conditions = json.at("status", "conditions")?.array ?? []
        let condition = conditions.first { $0["type"]?.string == ConditionMerge.delegated }
        return condition.map { $0["status"]?.string != "False" } ?? false
    }
}
