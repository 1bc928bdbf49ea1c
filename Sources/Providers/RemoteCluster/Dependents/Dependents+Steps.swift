import KubeClient
import KubeModel
import Observability
import Synchronization

extension Dependents {
    /// Takes the next step for a copy.
    func reconcile(_ key: DependentKey) async -> WorkQueue<DependentKey>.Outcome {
        let view = view(of: key)
        let step = copies(key.kind).isSynced ? DependentPlan.step(view) : .rest
        guard step.isLocal || isReachable() else { return .again(after: options.outageInterval) }
        defer { wake(key) }
        do {
            let outcome = try await take(step, key, view)
            // A rest is no success: what was in the way of the last try may still be.
            if !step.isLocal { settle(key, problem: nil) }
            return outcome
        } catch is CancellationError {
            return .done
        } catch let error as ProviderError {
            return failed(error, key)
        } catch let error as APIError {
            return failed(problem(error, key), key)
        } catch {
            return .retry(error)
        }
    }

    private func view(of key: DependentKey) -> DependentPlan.View {
        let copy = copies(key.kind).get(key.place)
        let (isUsed, wanted, hasOptionalUse) = memory.withLock { memory in
            (
                memory.users.isUsed(key), memory.users.source(of: key, preferring: copy?.source),
                memory.users.hasOptionalUse(of: key)
            )
        }
        // Only pods of the origin say what is read there: what stands in the remote is the word of others. A delegate
        // whose pod is gone keeps the copy as it is.
        let source = wanted.map { DependentKey(key.kind, $0) }
        follow(source, for: key)
        let state = source.map { sources.state(of: $0) } ?? .unknown
        let (record, mayRemove) = memory.withLock { memory in
            memory.note(isSourceless: state == .missing, key)
            return (memory[key], memory.isComplete && !memory.isHeld)
        }
        return DependentPlan.View(
            source: state,
            sourceKey: wanted,
            copy: copy,
            isUsed: isUsed,
            hasOptionalUse: hasOptionalUse,
            owner: identity.owner,
            isDoubtful: record.isDoubtful,
            isTaken: record.isTaken,
            isVacant: record.isVacant,
            mayRemove: mayRemove
        )
    }

    private func take(
        _ step: DependentStep,
        _ key: DependentKey,
        _ view: DependentPlan.View
    ) async throws -> WorkQueue<DependentKey>.Outcome {
        switch (step, view.copy, view.sourceKey) {
        case (.rest, let copy?, _) where view.source.isPresent && !copy.isTerminating:
            settle(key, problem: nil)  // It is as it should be, whoever made it so.
        case (.rest, _, _): break
        case (.forget, _, _): forget(key)
        case (.clash, _, _): throw ProviderError.nameTaken(key, in: cluster)
        case (.create, _, let source?): try await create(key, of: source)
        case (.update, let copy?, let source?): try await update(key, copy, from: source)
        case (.replace, let copy?, _): try await delete(key, copy)
        case (.removeSourceless, let copy?, let source?): return try await removeSourceless(key, copy, of: source)
        case (.remove, let copy?, _): return try await remove(key, copy)
        case (.probe, _, _):
            try await probe(key, of: view.source.metadata)
            if view.source.isPresent { return .again(after: .zero) }
        default: break
        }
        return .done
    }

    private func failed(_ error: ProviderError, _ key: DependentKey) -> WorkQueue<DependentKey>.Outcome {
        logger.debug("A copy is not as it should be", ["copy": "\(key)", "reason": error.reason])
        // What often passes by itself is told from the third failure in a row on.
        if !error.isPassing || queue.failures(of: key) >= 2 { settle(key, problem: error) }
        switch error.code {
        case .conflict: return .again(after: options.clashInterval)
        default: return .retry(error, notBefore: error.leastDelay)
        }
    }

    /// Notes what is in the way of a copy, or that nothing is. Pods that wait for it learn it at their next look; those
    /// that run already are told here, a few for all of a workload.
    private func settle(_ key: DependentKey, problem: ProviderError?) {
        let users = memory.withLock { memory -> Set<UID> in
            let isNews = problem != nil && memory[key].problem?.reason != problem?.reason
            memory[key].problem = problem
            if problem == nil { memory[key].isTaken = false }
            return isNews ? memory.runningUsers(of: key) : []
        }
        guard let problem else { return }
        for uid in users.sorted().prefix(options.toldPods) { tell(uid, problem) }
    }

    private func forget(_ key: DependentKey) {
        memory.withLock { memory in
            guard !memory.users.isUsed(key) else { return }
            memory.forget(key)
        }
    }
}

extension DependentStep {
    /// Whether it needs no call.
    fileprivate var isLocal: Bool {
        switch self {
        case .rest, .forget, .clash: true
        case .create, .update, .replace, .remove, .removeSourceless, .probe: false
        }
    }
}
