import KubeClient
import KubeModel
import Observability
import Synchronization

// MARK: - What the pods' side tells and asks

extension Dependents {
    /// Counts a pod of the origin among the users of what it refers to, as long as it may run.
    ///
    /// - Parameter namespace: where its delegate lives.
    func follow(_ pod: Pod, in namespace: String) {
        guard !pod.isTerminal else { return unfollow(pod.uid) }
        // Only ephemeral containers can bring new references.
        let state = "\(namespace)/\(pod.fingerprint.ephemeralContainers)"
        guard memory.withLock({ $0.note(state, of: pod.uid) }) else { return }
        do {
            set(uses(of: try pod.json(), in: namespace), of: .pod(pod.uid))
        } catch {
            logger.error("A pod in memory can't be read", ["pod": pod.key.description, "error": "\(error)"])
        }
    }

    /// The pod is gone, or runs no more.
    func unfollow(_ uid: UID) {
        memory.withLock { memory in
            memory.stopWaiting(uid)
            memory.forgetState(of: uid)
        }
        set([], of: .pod(uid))
    }

    /// All pods and delegates that there are have been told.
    func usersAreComplete() {
        memory.withLock { $0.isComplete = true }
        for kind in Self.kinds {
            for key in copies(kind).keys { queue.add(DependentKey(kind, key)) }
        }
    }

    /// Takes nothing away from now on, or goes on with it.
    func hold(_ isHeld: Bool) {
        let isOver = memory.withLock { memory in
            defer { memory.isHeld = isHeld }
            return memory.isHeld && !isHeld
        }
        if isOver { lookAtAll() }
    }

    /// Whether all that a pod refers to is there for its delegate. If not, the pod is looked at again when it may be.
    ///
    /// - Returns: the names of Secrets among the references that hold a ServiceAccount token.
    /// - Throws: ``ProviderError``: `.pending` while something is on its way, `.missing` for what does not exist, others
    ///   for what stands in the way.
    func require(_ pod: Pod, in namespace: String) throws -> Set<String> {
        try require(pod, in: namespace) { _ in true }
    }

    /// The same for what its ephemeral containers refer to, before they are sent after the delegate.
    func requireForEphemeral(_ pod: Pod, in namespace: String) throws {
        _ = try require(pod, in: namespace, where: \.isOfEphemeral)
    }

    private func require(
        _ pod: Pod,
        in namespace: String,
        where isAsked: (DependentUse) -> Bool
    ) throws -> Set<String> {
        follow(pod, in: namespace)
        // From now on changes wake the pod: none can be missed between the look and the wait.
        let uses = memory.withLock { memory in
            memory.wait(pod.uid)
            return memory.users.uses(of: .pod(pod.uid)) ?? []
        }
        var tokens: Set<String> = []
        var pending: DependentKey?
        for use in uses where isAsked(use) {
            switch readiness(of: use) {
            case .ready: break
            case .token: tokens.insert((use.source ?? use.copy).name)
            case .pending:
                pending = use.source
                lookAgain(at: use)
            case .failed(let error): throw error
            }
        }
        if let pending { throw ProviderError.pending(pending, in: cluster) }
        memory.withLock { $0.stopWaiting(pod.uid) }
        return tokens
    }

    /// What a pod that starts does without, for its owner to read (virtual-kubelet has the same reasons).
    func absences(for pod: Pod) -> [TranslationNotice] {
        let uses = memory.withLock { $0.users.uses(of: .pod(pod.uid)) ?? [] }
        return uses.compactMap { use in
            guard use.isOptional, let source = use.source, sources.state(of: source) == .missing else { return nil }
            return TranslationNotice(
                reason: "Optional\(source.kind.rawValue)NotFound",
                message: "\(source) not found; the pod starts without it."
            )
        }
    }

    /// What a pod refers to, and how far that is, for who wonders.
    func needs(of uid: UID) -> [PodNeed] {
        let uses = memory.withLock { $0.users.uses(of: .pod(uid)) ?? [] }
        return uses.compactMap { use in
            guard let source = use.source else { return nil }
            let state: PodNeed.State =
                switch readiness(of: use) {
                case .ready: .ready
                case .token: .leftOut
                case .pending: .pending
                case .failed(let error): .lacking(reason: error.reason, message: error.message)
                }
            let kind = source.kind.rawValue
            return PodNeed(kind: kind, name: source.name, isOptional: use.isOptional, state: state)
        }
    }

    /// That nothing stands in the place of a missing object is believed for a moment only. After a failure it is looked at
    /// when its time comes.
    private func lookAgain(at use: DependentUse) {
        guard use.isOptional, let source = use.source, queue.failures(of: use.copy) == 0 else { return }
        let isVacant = memory.withLock { $0[use.copy].isVacant }
        if sources.state(of: source) == .missing, !isVacant { queue.add(use.copy) }
    }

    private func readiness(of use: DependentUse) -> DependentReadiness {
        if let problem = copiesProblem(use.copy.kind) { return .failed(problem) }
        guard copies(use.copy.kind).isSynced else { return .pending }
        let record = memory.withLock { $0[use.copy] }
        return DependentReadiness.of(
            use,
            source: use.source.map { sources.state(of: $0) } ?? .unknown,
            copy: copies(use.copy.kind).get(use.copy.place),
            record: record,
            isVacant: record.isVacant,
            cluster: cluster
        )
    }

    private func uses(of pod: JSON, in namespace: String) -> [DependentUse] {
        let origin = ObjectMeta(pod).namespace
        let spec = pod["spec"] ?? [:]
        let ephemeral = Set(
            PodReference.all(in: ["ephemeralContainers": spec["ephemeralContainers"] ?? []]).map(Name.init)
        )
        let needed = Set(PodReference.all(in: TokenVolumes.withoutSecrets(spec)).map(Name.init))
        return DelegatePod.references(of: pod).map { reference in
            let name = names.copyName(reference.kind, reference.name)
            return DependentUse(
                copy: DependentKey(reference.kind, ObjectKey(namespace: namespace, name: name)),
                source: DependentKey(reference.kind, ObjectKey(namespace: origin, name: reference.name)),
                isOptional: reference.isOptional,
                isLeftOutAsToken: !needed.contains(Name(reference)),
                isOfEphemeral: ephemeral.contains(Name(reference))
            )
        }
    }

    /// Which object a reference means, whatever it says beside.
    private struct Name: Hashable {
        let kind: PodReference.Kind
        let name: String

        init(_ reference: PodReference) { (kind, name) = (reference.kind, reference.name) }
    }
}

extension ProviderError {
    static func pending(_ key: DependentKey, in cluster: String) -> ProviderError {
        ProviderError(.pending, reason: "DependentsPending", message: "\(key) is on its way to cluster \(cluster).")
    }
}
