internal import KubeClient
internal import KubeModel
internal import Observability
internal import PodSync
internal import Providers
internal import Synchronization

/// Makes the next step that brings one Node object to what it shall be.
final class NodeReconciler: Sendable {
    private let settings: NodeSettings
    private let client: APIClient
    private let state: VirtualNodeState
    private let options: NodeOptions
    private let events: EventRecorder
    private let now: @Sendable () -> Duration
    private let logger: Logger
    private let writes: Counter
    private let ready: Gauge
    private let roundTrip: Gauge
    private let heldOrphans: Gauge
    /// When the status was last written, since 1970; nil if this process has not written it yet.
    private let lastWrite = Mutex<Duration?>(nil)
    /// The declared features that the origin was told last and has not kept, as one before 1.35 does without a word.
    private let dropped = Mutex<[String]?>(nil)
    private let started: Duration
    private let slots: Mutex<SlotGauge>

    init(
        settings: NodeSettings,
        client: APIClient,
        state: VirtualNodeState,
        options: NodeOptions,
        events: EventRecorder,
        now: @escaping @Sendable () -> Duration,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.settings = settings
        self.client = client
        self.state = state
        self.options = options
        self.events = events
        self.now = now
        started = now()
        self.logger = logger
        slots = Mutex(SlotGauge(cluster: settings.name, interval: options.slotInterval, metrics: metrics))
        let labels = ["cluster": settings.name]
        writes = metrics.counter("martlet_node_writes_total", help: "Writes of the Node object.", labels: labels)
        ready = metrics.gauge(
            "martlet_node_ready",
            help: "1 while the cluster answers and its pods are in sync, whatever its node stands as.",
            labels: labels
        )
        heldOrphans = metrics.gauge(
            "martlet_orphans_held",
            help: "Delegates without a pod that are kept until a person confirms their end.",
            labels: labels
        )
        roundTrip = metrics.gauge(
            "martlet_cluster_round_trip_seconds",
            help: "The least time of the last answers of the cluster's API server to the smallest request.",
            labels: labels
        )
    }

    /// Looks at the node as it was last seen and does what it needs. One that has changed since is read, and looked at
    /// anew: the watch may be behind.
    ///
    /// - Returns: How long to wait before it must be looked at again without a cause.
    /// - Throws: `APIError` or `CancellationError`; the step is to be tried again.
    func reconcile(observed: JSON?) async throws -> Duration {
        do {
            return try await look(observed)
        } catch let error as APIError where error.code == .conflict {
            logger.debug("The node has changed meanwhile", ["error": "\(error)"])
            let found = try await client.list(.nodes, fieldSelector: "metadata.name=\(settings.name)")
            return try await look(found["items"]?[0])
        }
    }

    private func look(_ observed: JSON?) async throws -> Duration {
        let time = now()
        let (report, sync) = (state.report, state.sync)
        state.note(node: observed)
        let notice = state.brake.notice
        heldOrphans.set(Double(notice?.orphans ?? 0))
        state.shortage.note(isShown: NodeDescription.saysUnplaced(observed))
        let shortage = state.shortage.remaining()
        let (slots, nextSlots) = slots.withLock { gauge in
            let wait = gauge.look(at: time) { state.slots }
            return (gauge.slots, wait)
        }
        let full = NodeDescription(
            settings: settings,
            report: report,
            sync: sync,
            kubelet: state.kubelet,
            slots: slots,
            held: notice,
            lacksPlace: shortage != nil
        )
        .keepingSharedLabels(of: observed)
        .keepingRoundTrip(of: observed)
        .keepingRemoteID(of: observed)
        if !full.readiness.isProvisional { state.noteVerdict() }
        ready.set(full.isReady ? 1 : 0)
        if let found = report?.roundTrip { roundTrip.set(found / .seconds(1)) }
        // A clock that went back ends the grace rather than drawing it out.
        let grace = time < started ? .zero : started + options.startGrace - time
        // A node that says that its cluster is lost goes on saying so until the contrary is known. One that the origin has
        // not given up in its own outage stays as it is.
        let mayBeHeld = grace > .zero || sync == .originUnseen
        let isProvisional = mayBeHeld && !NodeDescription.saysLost(observed)
        let held = isProvisional ? full.holdingReadiness(of: observed) : full
        let desired = held == full ? full.holdingPods(of: observed) : held
        let step = try await step(desired, observed: observed, at: time)
        let wait = min(step, nextSlots ?? step, shortage ?? step)
        return held == full || grace <= .zero ? wait : min(wait, grace)
    }

    private func step(_ desired: NodeDescription, observed: JSON?, at time: Duration) async throws -> Duration {
        let heartbeat = NodeHeartbeat(interval: options.statusInterval)
        let due = observed.map { heartbeat.remaining(for: desired, observed: $0, now: time) } ?? .zero
        let text = Timestamp.format(time.inSeconds)
        let plan = NodePlan(
            desired: desired,
            observed: observed,
            now: text,
            heartbeatDue: due <= .zero,
            dropped: dropped.withLock { $0 }
        )
        switch plan {
        case .create(let object):
            return try await create(object, desired, at: time)
        case .refuse(let reason):
            refuse(reason, node: observed)
            return options.statusInterval
        case .patch(let patch):
            state.set(registration: .registered(observed?.at("metadata", "uid")?.string ?? ""))
            return try await send(patch, desired: desired, due: due, at: time)
        }
    }

    private func create(_ object: JSON, _ desired: NodeDescription, at time: Duration) async throws -> Duration {
        let created: JSON
        do {
            created = try await client.create(.nodes, namespace: nil, object: object)
        } catch let error as APIError where error.code == .alreadyExists {
            // The watch is about to show it; the wait is only for a watch that does not.
            return .seconds(1)
        }
        noteWrite(of: desired, answer: created, at: time)
        logger.info("Created the node")
        state.set(registration: .registered(created.at("metadata", "uid")?.string ?? ""))
        return options.statusInterval
    }

    private func refuse(_ reason: String, node: JSON?) {
        guard state.registration != .refused(reason) else { return }
        state.set(registration: .refused(reason))
        logger.error("The node belongs to somebody else and is left alone", ["reason": reason])
        report(node, type: .warning, reason: "NodeNameTaken", message: reason)
    }

    private func send(
        _ patch: NodePatch,
        desired: NodeDescription,
        due: Duration,
        at time: Duration
    ) async throws -> Duration {
        guard !patch.isEmpty else { return due }
        let pause = quietTime(at: time)
        if due > .zero, !patch.isUrgent, pause > .zero { return min(pause, due) }
        var object = patch.object
        if let status = patch.status {
            let node = try await client.patch(
                .nodes,
                namespace: nil,
                name: settings.name,
                subresource: "status",
                type: .strategicMerge,
                body: status
            )
            noteWrite(of: desired, answer: node, at: time)
            if patch.changesReadiness { announce(desired.readiness, of: node) }
            for condition in patch.warnings {
                report(node, type: .warning, reason: condition.reason, message: condition.message)
            }
            // The write made a new version, and a patch of taints names the version that it was derived from.
            if object != nil { object = NodePatch.object(desired: desired, observed: node) }
        }
        if let object {
            _ = try await client.patch(.nodes, namespace: nil, name: settings.name, type: .merge, body: object)
            writes.increment()
        }
        return options.statusInterval
    }

    private func noteWrite(of desired: NodeDescription, answer: JSON, at time: Duration) {
        writes.increment()
        lastWrite.withLock { $0 = time }
        let isKept = desired.declaredFeatures == NodePatch.declaredFeatures(of: answer)
        dropped.withLock { $0 = isKept ? nil : desired.declaredFeatures }
    }

    /// What is left of the pause between two writes that only tell new amounts. A clock that went back ends it.
    private func quietTime(at time: Duration) -> Duration {
        guard let last = lastWrite.withLock({ $0 }), last <= time else { return .zero }
        return options.quietInterval - (time - last)
    }

    private func announce(_ ready: StatedCondition, of node: JSON) {
        if ready.isTrue {
            logger.info("The node is ready")
            report(node, type: .normal, reason: "NodeReady", message: ready.message)
        } else {
            logger.warning("The node is not ready", ["reason": ready.reason, "message": ready.message])
            report(node, type: .warning, reason: "NodeNotReady", message: "\(ready.reason): \(ready.message)")
        }
    }

    private func report(_ node: JSON?, type: EventRecorder.EventType, reason: String, message: String) {
        let reference = ObjectReference(
            apiVersion: "v1",
            kind: "Node",
            namespace: "",
            name: settings.name,
            uid: node?.at("metadata", "uid")?.string ?? ""
        )
        events.record(about: reference, type: type, reason: reason, message: message)
    }
}
