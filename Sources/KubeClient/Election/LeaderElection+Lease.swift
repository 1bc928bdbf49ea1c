import KubeModel
import Lifecycle
import Observability

extension LeaderElection {
    /// What one look at the lease gave.
    struct Attempt: Sendable {
        let state: ElectionState
        let leads: Bool
    }

    /// Takes or renews the lease if that is possible now. Throws `APIError` where the server can't be asked.
    func attempt(_ state: ElectionState) async throws -> Attempt {
        if state.isHolder, let renewed = try await write(state) { return renewed }
        var state = state
        do {
            let lease = try await client.get(.leases, namespace: namespace, name: name)
            state.observe(try decode(lease), now: elapsed())
        } catch let error as APIError where error.code == .notFound {
            return try await create(state)
        }
        guard state.mayTake(now: elapsed()) else { return Attempt(state: state, leads: false) }
        return try await write(state) ?? Attempt(state: state, leads: false)
    }

    private func create(_ state: ElectionState) async throws -> Attempt {
        let sentAt = elapsed()
        let lease: JSON = [
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": spec(ElectionState(identity: identity, fallbackDuration: timing.leaseDuration)),
        ]
        do {
            let answer = try await client.create(.leases, namespace: namespace, object: lease)
            return try wrote(answer, state, sentAt: sentAt)
        } catch let error as APIError where error.code == .alreadyExists {
            return Attempt(state: state, leads: false)
        }
    }

    /// Writes our record over the one that we know; nil if it is another one by now, or gone.
    private func write(_ state: ElectionState) async throws -> Attempt? {
        let sentAt = elapsed()
        do {
            let answer = try await patch(spec(state), resourceVersion: state.resourceVersion)
            return try wrote(answer, state, sentAt: sentAt)
        } catch let error as APIError where error.code == .conflict || error.code == .notFound {
            return nil
        }
    }

    private func wrote(_ answer: JSON, _ state: ElectionState, sentAt: Duration) throws -> Attempt {
        var state = state
        state.wrote(try decode(answer), sentAt: sentAt)
        return Attempt(state: state, leads: true)
    }

    private func decode(_ lease: JSON) throws(APIError) -> Lease {
        do {
            return try Lease(json: lease)
        } catch {
            throw APIError(.decoding, message: "the lease can't be read: \(error)")
        }
    }

    private func patch(_ spec: JSON, resourceVersion: String?) async throws -> JSON {
        var body: JSON = ["spec": spec]
        if let resourceVersion { body["metadata"] = ["resourceVersion": .string(resourceVersion)] }
        return try await client.patch(.leases, namespace: namespace, name: name, type: .merge, body: body)
    }

    private func spec(_ state: ElectionState) -> JSON {
        let now = now() / .seconds(1)
        let acquired = state.isHolder ? state.acquireTime ?? now : now
        return [
            "holderIdentity": .string(identity),
            "leaseDurationSeconds": .int(timing.leaseDuration.components.seconds),
            "acquireTime": .string(Timestamp.formatMicro(acquired)),
            "renewTime": .string(Timestamp.formatMicro(now)),
            "leaseTransitions": .int(state.nextTransitions),
        ]
    }

    /// Gives the lease up if it is still ours, so that another one can lead at once. If that fails the others wait.
    func release() async {
        do {
            try await withTimeout(timing.renewDeadline, clock: clock) { try await giveUp() }
            logger.info("Gave up leadership")
        } catch {
            logger.warning("Cannot give up leadership", ["error": "\(error)"])
        }
    }

    private func giveUp() async throws {
        let lease = try decode(try await client.get(.leases, namespace: namespace, name: name))
        guard lease.holderIdentity == identity else { return }
        let now = Timestamp.formatMicro(now() / .seconds(1))
        // A duration of one second, since servers refuse none.
        let spec: JSON = ["holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": .string(now)]
        _ = try await patch(spec, resourceVersion: lease.metadata.resourceVersion)
    }
}
