import KubeModel

/// What a counter of CPU time is of: one incarnation of one container, or an instance as a whole.
struct CounterKey: Hashable, Sendable {
    let instanceUID: UID
    /// Empty for the instance as a whole.
    let container: String
    /// When the container began, in seconds since 1970, by the status of its pod: sources differ in the fraction. Nil for
    /// the whole, and where it is not known.
    let start: Double?

    /// Of how many containers of an instance something is kept: their names are the remote's word.
    static let mostContainers = 256

    /// Whether it is of a later incarnation of the same container, as far as that is known.
    func isLater(than other: CounterKey) -> Bool {
        guard let start, let earlier = other.start else { return false }
        return start > earlier
    }
}

extension CounterKey {
    /// - Parameter container: empty for the instance as a whole.
    init(_ subject: UsageSubjects.Subject, container: String) {
        self.init(
            instanceUID: subject.instanceUID,
            container: container,
            start: container.isEmpty ? nil : subject.containerStarts[container]
        )
    }
}
