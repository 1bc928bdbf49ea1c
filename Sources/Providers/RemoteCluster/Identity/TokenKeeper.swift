import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Keeps the tokens of the origin that delegates have in a Secret of their remote, and renews them.
///
/// What a delegate needs follows from its pod (``TokenOrder``), when its tokens are due stands on its Secret: a process
/// that starts knows both from its first lists. A Secret that somebody took away is made again.
///
/// The remote says nothing of whose tokens are issued: they are for a pod of the origin that is bound to this node, and
/// go to the place where its delegate belongs.
final class TokenKeeper: Sendable {
    /// Tells a pod's owner something.
    typealias Tell = @Sendable (_ pod: ObjectKey, _ uid: UID, _ reason: String, _ message: String) -> Void

    /// Those of other virtual nodes of the remote may be among them.
    let secrets: ObjectStore<TokenSecret>
    /// Opened before the first of them is made.
    private let need: Latch
    private let cache: DelegateCache
    private let remote: APIClient
    private let issuer: TokenIssuer
    private let identity: DelegateIdentity
    private let isReachable: @Sendable () -> Bool
    private let tell: Tell
    private let now: @Sendable () -> Duration
    private let queue: WorkQueue<UID>
    private let state = Mutex(State())
    private let logger: Logger

    private struct State {
        /// The pods of the origin that may have a delegate.
        var pods: [UID: Bound] = [:]
        /// Tokens that no Secret holds yet: one entry for each pod whose delegate is being made.
        var pending: [UID: IssuedTokens] = [:]
        /// What was written last for a pod.
        var written: [UID: Written] = [:]
    }

    private struct Bound {
        let pod: Pod
        /// Where its delegate belongs.
        let place: ObjectKey
    }

    /// When the tokens of a Secret are due, also where the remote's admission takes that off the Secret.
    private struct Written {
        let secret: UID
        let refreshAt: Duration
    }

    private static let workers = 8
    /// Between two looks at a delegate of a remote that can't be reached.
    private static let outageInterval = Duration.seconds(5)
    /// After which a Secret that was written and is not known is looked for.
    private static let lookInterval = Duration.seconds(1)

    /// - Parameters:
    ///   - isReachable: whether calls to the remote make sense now.
    ///   - now: time since 1970.
    init(
        cache: DelegateCache,
        secrets: ObjectStore<TokenSecret> = ObjectStore(),
        need: Latch = Latch(),
        remote: APIClient,
        issuer: TokenIssuer,
        identity: DelegateIdentity,
        isReachable: @escaping @Sendable () -> Bool,
        tell: @escaping Tell,
        clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Duration,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.cache = cache
        self.secrets = secrets
        self.need = need
        self.remote = remote
        self.issuer = issuer
        self.identity = identity
        self.isReachable = isReachable
        self.tell = tell
        self.now = now
        self.logger = logger
        queue = WorkQueue(
            name: "tokens-\(identity.nodeName)",
            labels: ["cluster": identity.nodeName],
            backoff: Backoff(base: .milliseconds(200), cap: .seconds(60), jitter: 0.2),
            clock: clock,
            metrics: metrics
        )
        // As the cache follows the store, so that it knows of each delegate first.
        cache.store.follow(for: self) { [weak queue] delegates in
            for delegate in delegates where delegate.tokenSecret != nil { queue?.add(delegate.instance.podUID) }
        } onChange: { [weak queue] change in
            guard let new = change.new, new.tokenSecret != nil, change.old?.metadata.uid != new.metadata.uid else {
                return
            }
            queue?.add(new.instance.podUID)
        }
        secrets.onChange(for: self) { [weak queue] change in
            if let podUID = (change.new ?? change.old)?.podUID { queue?.add(podUID) }
        }
    }

    /// Has the tokens of a pod ready before its delegate is made, so that what the origin refuses is known by then.
    ///
    /// - Throws: ``ProviderError``.
    func prepare(_ order: TokenOrder, pod: ObjectKey, uid: UID) async throws {
        guard secrets.isSynced else {
            throw ProviderError(
                .unavailable,
                reason: "TokensNotReady",
                message: "The Secrets with tokens in cluster \(identity.nodeName) have not been listed yet."
            )
        }
        guard ready(uid, count: order.needs.count) == nil else { return }
        let tokens = try await issuer.issue(order, pod: pod, uid: uid)
        state.withLock { $0.pending[uid] = tokens }
    }

    /// Supplies the delegate of a pod of the origin from now on, as long as the pod may run.
    ///
    /// - Parameter place: where its delegate belongs.
    func follow(_ pod: Pod, at place: ObjectKey) {
        guard !pod.isTerminal else { return forget(pod.uid) }
        let isNew = state.withLock { $0.pods.updateValue(Bound(pod: pod, place: place), forKey: pod.uid) == nil }
        if isNew { queue.add(pod.uid) }
    }

    /// Drops what is held for a pod that is gone.
    func forget(_ uid: UID) {
        state.withLock { state in
            state.pods[uid] = nil
            state.pending[uid] = nil
            state.written[uid] = nil
        }
    }

    /// Works until cancelled.
    func run() async throws {
        try await cache.waitUntilSynced()
        try await secrets.waitUntilSynced()
        await queue.run(workers: Self.workers) { await self.reconcile($0) }
        throw CancellationError()
    }

    /// Tokens for the pod that no Secret holds yet and that are not due.
    private func ready(_ uid: UID, count: Int) -> IssuedTokens? {
        let now = now()
        return state.withLock { state in
            guard let tokens = state.pending[uid], tokens.tokens.count == count, tokens.refreshAt > now else {
                return nil
            }
            return tokens
        }
    }
}

// MARK: - One delegate

extension TokenKeeper {
    private func reconcile(_ uid: UID) async -> WorkQueue<UID>.Outcome {
        guard let instance = cache.instance(for: uid), !instance.isTerminal,
            let name = cache.store.get(instance.instanceKey)?.tokenSecret,
            let bound = state.withLock({ $0.pods[uid] })
        else { return .done }
        let place = ObjectKey(namespace: instance.instanceKey.namespace, name: name)
        if let secret = secret(at: place, of: uid) {
            let pause = due(secret) - now()
            if pause > .zero { return .again(after: pause) }
        }
        guard isReachable() else { return .again(after: Self.outageInterval) }
        do {
            guard let order = try order(of: bound, secret: name, for: instance) else { return .done }
            let next = try await supply(order, at: place, for: instance)
            return .again(after: max(.zero, next - now()))
        } catch is CancellationError {
            return .done
        } catch let error as APIError {
            // The answer's words are not repeated: what was sent is secret, and servers quote what they refuse.
            return failed("Secret \"\(place)\" can't be written: \(error.code)", error, instance)
        } catch let error as ProviderError {
            return failed(error.message, error, instance)
        } catch {
            return failed("\(error)", error, instance)
        }
    }

    /// What the pod asks for.
    ///
    /// - Throws: ``ProviderError`` where what carries the marks of its delegate is elsewhere: who put it there may not
    ///   have the tokens.
    private func order(of bound: Bound, secret: String, for instance: PodInstance) throws -> TokenOrder? {
        guard instance.instanceKey == bound.place else {
            throw ProviderError(
                .conflict,
                reason: "DelegateElsewhere",
                message:
                    "\"\(instance.instanceKey)\" gets no tokens: the delegate of the pod belongs to \"\(bound.place)\"."
            )
        }
        return try TokenOrder(spec: bound.pod.json()["spec"] ?? [:], secret: secret, server: issuer.server)
    }

    /// The Secret there, if it is this pod's.
    private func secret(at place: ObjectKey, of uid: UID) -> TokenSecret? {
        secrets.get(place).flatMap { $0.podUID == uid ? $0 : nil }
    }

    /// When its tokens are due, time since 1970: at once where neither it says so nor we remember.
    private func due(_ secret: TokenSecret) -> Duration {
        if let refreshAt = secret.refreshAt { return refreshAt }
        let written = state.withLock { $0.written[secret.podUID] }
        guard let written, written.secret == secret.metadata.uid else { return .zero }
        return written.refreshAt
    }

    /// Brings fresh tokens to the Secret of a delegate. Returns when it is to be looked at next, time since 1970.
    private func supply(_ order: TokenOrder, at place: ObjectKey, for instance: PodInstance) async throws -> Duration {
        let tokens =
            if let ready = ready(instance.podUID, count: order.needs.count) {
                ready
            } else {
                try await issuer.issue(order, pod: instance.podKey, uid: instance.podUID)
            }
        need.open()
        let mark = secrets.mark()
        let answer = try await write(tokens, at: place, for: instance)
        let secret = try TokenSecret(json: answer)
        state.withLock { state in
            state.pending[instance.podUID] = nil
            guard state.pods[instance.podUID] != nil else { return }
            state.written[instance.podUID] = Written(secret: secret.metadata.uid, refreshAt: tokens.refreshAt)
        }
        secrets.upsert(secret, since: mark)
        logger.debug("Wrote tokens", ["pod": instance.podKey.description, "secret": place.description])
        // Somebody may have taken it away before the answer came, and of that nobody tells a second time.
        return self.secret(at: place, of: instance.podUID) == nil ? now() + Self.lookInterval : tokens.refreshAt
    }

    private func write(_ tokens: IssuedTokens, at place: ObjectKey, for instance: PodInstance) async throws -> JSON {
        if let secret = secret(at: place, of: instance.podUID) {
            do {
                return try await renew(secret, tokens, at: place, for: instance)
            } catch let error as APIError where error.code == .notFound || error.code == .conflict {
                // Taken away meanwhile.
            }
        }
        let object = TokenSecret.object(tokens, name: place.name, for: instance, identity: identity)
        do {
            return try await remote.create(.secrets, namespace: place.namespace, object: object)
        } catch let error as APIError where error.code == .alreadyExists {
            // The answer to an earlier call was lost.
            let found = try await remote.get(.secrets, namespace: place.namespace, name: place.name)
            guard identity.owns(ObjectMeta(found), podUID: instance.podUID) else { throw error }
            return try await renew(TokenSecret(json: found), tokens, at: place, for: instance)
        }
    }

    private func renew(
        _ secret: TokenSecret,
        _ tokens: IssuedTokens,
        at place: ObjectKey,
        for instance: PodInstance
    ) async throws -> JSON {
        try await remote.patch(
            .secrets,
            namespace: place.namespace,
            name: place.name,
            type: .merge,
            body: secret.patch(tokens, for: instance)
        )
    }

    /// What often passes by itself is told from the third failure in a row on.
    private func failed(
        _ message: String,
        _ error: any Error,
        _ instance: PodInstance
    ) -> WorkQueue<UID>.Outcome {
        logger.debug("Could not supply tokens", ["pod": instance.podKey.description])
        if queue.failures(of: instance.podUID) == 2 {
            tell(instance.podKey, instance.podUID, "TokenNotSupplied", message)
        }
        return .retry(error)
    }
}
