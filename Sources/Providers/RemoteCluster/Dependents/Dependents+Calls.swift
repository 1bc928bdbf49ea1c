import KubeClient
import KubeModel
import Observability
import Synchronization

extension Dependents {
    /// Makes the copy, and makes it ours field by field.
    func create(_ key: DependentKey, of source: ObjectKey) async throws {
        guard let object = try await read(key.kind, source) else { return }
        _ = try await namespaces.owner(in: key.namespace)
        let copy = DependentCopy.render(object, as: key, originID: identity.originID, users: [identity.owner])
        let mark = copies(key.kind).mark()
        let created: JSON
        do {
            let body = DependentCopy.unfinished(copy)
            created = try await remote.create(
                key.kind.resource,
                namespace: key.namespace,
                object: body,
                fieldManager: DependentCopy.fieldManager
            )
        } catch let error as APIError where error.code == .alreadyExists {
            return try await probe(key, of: ObjectMeta(object))
        } catch let error as APIError where error.code == .notFound {
            namespaces.forget(key.namespace)
            throw error
        }
        try await handOver(created, version: ObjectMeta(object).resourceVersion, key, since: mark)
        logger.debug("Copied", ["copy": "\(key)"])
    }

    /// How often a new copy is read again that others write on at the same time.
    private static let handoverTries = 5

    /// Makes what the creation set the fields of our applies. A copy for which that fails is not finished, and made anew.
    private func handOver(
        _ created: JSON,
        version: String,
        _ key: DependentKey,
        since mark: ObjectStore<CopyHeader>.Mark
    ) async throws {
        let uid = ObjectMeta(created).uid
        // There is no other entry yet, as long as nobody has written on it.
        var index: Int? = 0
        var resourceVersion: String? = ObjectMeta(created).resourceVersion
        for attempt in 1...Self.handoverTries {
            guard let place = index else { break }
            do {
                let answer = try await remote.patch(
                    key.kind.resource,
                    namespace: key.namespace,
                    name: key.name,
                    type: .json,
                    body: DependentCopy.handover(
                        of: uid,
                        index: place,
                        version: version,
                        resourceVersion: resourceVersion
                    )
                )
                try wrote(answer, to: key, since: mark)
                // What others wrote meanwhile may be on our fields: the next look applies them.
                if resourceVersion == nil { memory.withLock { $0[key].isDoubtful = true } }
                return
            } catch let error as APIError where error.code == .invalid || error.code == .conflict {
                logger.debug("A new copy has changed already", ["copy": "\(key)", "attempt": "\(attempt)"])
            }
            let copy = try await remote.get(
                key.kind.resource,
                namespace: key.namespace,
                name: key.name,
                withManagers: true
            )
            guard ObjectMeta(copy).uid == uid else { return }
            (index, resourceVersion) = (DependentCopy.creationEntry(of: copy), nil)
        }
        throw ProviderError(
            .unavailable,
            reason: "CopyNotFinished",
            message: "\(key) in cluster \(cluster) is changed by others faster than it can be made."
        )
    }

    /// Brings the copy up to its source.
    func update(_ key: DependentKey, _ copy: CopyHeader, from source: ObjectKey) async throws {
        guard let object = try await read(key.kind, source) else { return }
        let users = copy.users.union([identity.owner])
        var body = DependentCopy.render(object, as: key, originID: identity.originID, users: users)
        // Nothing but this very copy may be changed, and only as it was seen: another virtual node may have written its
        // name on it meanwhile, which this apply would take off.
        body["metadata"]?["uid"] = .string(copy.metadata.uid)
        body["metadata"]?["resourceVersion"] = .string(copy.metadata.resourceVersion)
        let mark = copies(key.kind).mark()
        do {
            let answer = try await remote.patch(
                key.kind.resource,
                namespace: key.namespace,
                name: key.name,
                type: .apply(fieldManager: DependentCopy.fieldManager, force: true),
                body: body
            )
            try wrote(answer, to: key, since: mark)
        } catch let error as APIError where error.code == .conflict || error.code == .notFound {
            return  // Another state, another object, or none by now: the watch tells, and it is looked at again.
        } catch let error as APIError where error.code == .invalid {
            // Somebody made the copy immutable, or it is of another type than we knew.
            try await delete(key, copy)
        }
    }

    /// The copy is as we wrote it, unless the watch has told a later state. It may have told ours too, before the answer
    /// came: that was no change by others.
    private func wrote(_ answer: JSON, to key: DependentKey, since mark: ObjectStore<CopyHeader>.Mark) throws {
        let header = try CopyHeader(json: answer)
        let store = copies(key.kind)
        store.upsert(header, since: mark)
        let version = header.metadata.resourceVersion
        memory.withLock { memory in
            memory[key].wrote(version, isLatest: store.get(key.place)?.metadata.resourceVersion == version)
        }
    }

    /// Takes exactly this copy away; the watch tells when it is gone.
    func delete(_ key: DependentKey, _ copy: CopyHeader) async throws {
        let options = DeleteOptions(uid: copy.metadata.uid)
        try await delete(key, options)
    }

    /// The source is gone, or holds a token by now: that is asked past the cache.
    func removeSourceless(
        _ key: DependentKey,
        _ copy: CopyHeader,
        of source: ObjectKey
    ) async throws -> WorkQueue<DependentKey>.Outcome {
        if let since = memory.withLock({ $0[key].sourcelessSince }) {
            let isSeen = sources.isSeenToGo(DependentKey(key.kind, source))
            let rest = since + (isSeen ? options.sourcelessGrace : options.unseenGrace) - .now
            guard rest <= .zero else { return .again(after: rest) }
        }
        guard try await read(key.kind, source) == nil else { return .done }
        try await delete(key, copy)
        return .done
    }

    /// Nobody of ours uses the copy any more.
    func remove(_ key: DependentKey, _ copy: CopyHeader) async throws -> WorkQueue<DependentKey>.Outcome {
        switch beginRemoval(of: key) {
        case .never: return .done
        case .later(let pause): return .again(after: pause)
        case .now: break
        }
        do {
            if copy.users.subtracting([identity.owner]).isEmpty {
                // By its version too: another virtual node may have come to use it meanwhile.
                let version = copy.metadata.resourceVersion
                try await delete(key, DeleteOptions(uid: copy.metadata.uid, resourceVersion: version))
            } else {
                try await leave(key, copy)
            }
            logger.debug("Collected", ["copy": "\(key)"])
            return .done
        } catch {
            memory.withLock { $0[key].isGoing = false }
            throw error
        }
    }

    /// Looks whose object stands in the place of a copy.
    ///
    /// - Parameter source: what the copy is to be of; nil where that is not there.
    func probe(_ key: DependentKey, of source: ObjectMeta?) async throws {
        let mark = copies(key.kind).mark()
        let object: JSON
        do {
            object = try await remote.get(
                key.kind.resource,
                namespace: key.namespace,
                name: key.name,
                withManagers: true
            )
        } catch let error as APIError where error.code == .notFound {
            let until = ContinuousClock.now + options.vacancy
            memory.withLock { $0[key].vacantUntil = until }
            return
        }
        if CopyHeader.isCopy(ObjectMeta(object), originID: identity.originID) {
            try copies(key.kind).upsert(CopyHeader(json: object), since: mark)
        } else if let source, DependentCopy.isUnmarkedCopy(object, of: source) {
            logger.info("Somebody took the marks off a copy; it gets them again", ["copy": "\(key)"])
            try await update(key, CopyHeader(json: object), from: source.key)
        } else {
            memory.withLock { $0[key].isTaken = true }
            throw ProviderError.nameTaken(key, in: cluster)
        }
    }

    /// The source as it is now; nil if it is gone or may not be copied, which the watch tells too.
    ///
    /// - Throws: ``ProviderError`` in the origin's words.
    private func read(_ kind: PodReference.Kind, _ source: ObjectKey) async throws -> JSON? {
        do {
            let object = try await origin.get(kind.resource, namespace: source.namespace, name: source.name)
            return try SourceHeader(json: object).isToken ? nil : object
        } catch let error as APIError where error.code == .notFound {
            return nil
        } catch let error as APIError {
            throw Self.unread(error, DependentKey(kind, source))
        }
    }

    private func delete(_ key: DependentKey, _ options: DeleteOptions) async throws {
        do {
            _ = try await remote.delete(
                key.kind.resource,
                namespace: key.namespace,
                name: key.name,
                options: options
            )
        } catch let error as APIError where error.code == .notFound {
            return
        }
    }

    /// Takes our name off a copy that others use.
    private func leave(_ key: DependentKey, _ copy: CopyHeader) async throws {
        let label = DependentCopy.userLabel(identity.owner)
        let body: JSON = ["metadata": ["uid": .string(copy.metadata.uid), "labels": .object([label: .null])]]
        let mark = copies(key.kind).mark()
        let answer = try await remote.patch(
            key.kind.resource,
            namespace: key.namespace,
            name: key.name,
            type: .merge,
            body: body
        )
        try copies(key.kind).upsert(CopyHeader(json: answer), since: mark)
        memory.withLock { $0[key].isGoing = false }
    }

    // MARK: - When to collect

    private enum Removal {
        case never
        case later(Duration)
        case now
    }

    /// Decides and marks in one step, so that no pod counts on a copy that goes.
    private func beginRemoval(of key: DependentKey) -> Removal {
        let now = ContinuousClock.now
        let isInView = delegates.isSynced
        return memory.withLock { memory in
            guard memory.isComplete, isInView, memory.hasSeenDelegates, !memory.users.isUsed(key) else { return .never }
            let since = memory[key].unusedSince ?? now
            memory[key].unusedSince = since
            let due = since + options.grace
            guard now >= due else { return .later(due - now) }
            memory[key].isGoing = true
            return .now
        }
    }

    /// What the origin's answer means to the pods that wait for a copy: never a refusal by the cluster.
    private static func unread(_ error: APIError, _ source: DependentKey) -> ProviderError {
        let code: ProviderError.Code
        switch error.code {
        case .forbidden: return .forbidden(source, error.message)
        case .tooManyRequests: code = .throttled(after: error.retryAfter)
        default: code = .unavailable
        }
        let message = "\(source) can't be read in the origin: \(error.message)"
        return ProviderError(code, reason: "\(source.kind.rawValue)NotRead", message: message)
    }

    /// What the remote's answer means to the pods that wait for a copy.
    func problem(_ error: APIError, _ key: DependentKey) -> ProviderError {
        let message = "\(key) can't be copied to cluster \(cluster): \(error.message)"
        switch error.code {
        case .forbidden, .invalid, .badRequest, .requestEntityTooLarge:
            return ProviderError(.rejected, reason: "\(key.kind.rawValue)NotCopied", message: message)
        default:
            return ProviderError(error, doing: "copying \(key)")
        }
    }
}
