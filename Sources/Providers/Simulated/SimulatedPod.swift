import KubeModel

/// A pod that runs nothing: what a kubelet would say of it at each moment of its life. Pure.
///
/// What it does is set by annotations: ``durationAnnotation``, ``exitCodeAnnotation``, ``stopAnnotation``.
struct SimulatedPod: Sendable {
    /// How long each container runs, in seconds ("2.5"), before it exits; without it, for ever.
    static let durationAnnotation = "simulated.martlet.dev/run-seconds"
    /// The exit code of every container that ends by itself.
    static let exitCodeAnnotation = "simulated.martlet.dev/exit-code"
    /// How long the containers take to end after they were told to, in seconds; never longer than the grace.
    static let stopAnnotation = "simulated.martlet.dev/stop-seconds"

    enum Phase: Sendable, Equatable {
        case starting
        case running(since: String)
        case ended(since: String, at: String, exitCode: Int64, reason: String)
    }

    let podUID: UID
    let key: ObjectKey
    let instanceUID: UID
    var fingerprint: PodFingerprint
    let address: String
    let hostAddress: String
    let startTime: String
    let policy: RestartPolicy
    let duration: Duration?
    let exitCode: Int64
    let stopDuration: Duration
    let defaultGrace: Int64
    private var load: SimulatedLoad
    private var meter = SimulatedMeter()
    private let initContainers: [Container]
    private let containers: [Container]
    var phase: Phase = .starting
    var restartCount: Int64
    var grace: Int64?
    private var lastEnd: (since: String, at: String)?

    private struct Container: Sendable {
        let name: String
        let image: String
    }

    init(_ pod: Pod, json: JSON, instanceUID: UID, address: String, hostAddress: String, now: String) {
        podUID = pod.uid
        key = pod.key
        self.instanceUID = instanceUID
        fingerprint = pod.fingerprint
        self.address = json.at("status", "podIP")?.string ?? address
        self.hostAddress = hostAddress
        startTime = json.at("status", "startTime")?.string ?? now
        policy = pod.restartPolicy
        let annotations = pod.metadata.annotations
        duration = annotations[Self.durationAnnotation].flatMap(Self.seconds)
        exitCode = annotations[Self.exitCodeAnnotation].flatMap(Int64.init) ?? 0
        stopDuration = annotations[Self.stopAnnotation].flatMap(Self.seconds) ?? .zero
        defaultGrace = json.at("spec", "terminationGracePeriodSeconds")?.int ?? 30
        load = SimulatedLoad(annotations: annotations)
        initContainers = Self.containers(json.at("spec", "initContainers"))
        containers = Self.containers(json.at("spec", "containers"))
        restartCount = json.at("status", "containerStatuses")?[0]?["restartCount"]?.int ?? 0
    }

    /// Nil for what is no number of seconds; at most some thirty years.
    private static func seconds(_ text: String) -> Duration? {
        Double(text).flatMap { $0 >= 0 ? .seconds(min($0, 1e9)) : nil }
    }

    private static func containers(_ list: JSON?) -> [Container] {
        (list?.array ?? []).map { Container(name: $0["name"]?.string ?? "", image: $0["image"]?.string ?? "") }
    }

    /// Takes the changes of the pod that show in what it does.
    mutating func update(_ pod: Pod, now: String) {
        fingerprint = pod.fingerprint
        if let time = Timestamp.parse(now) { meter.advance(to: time, cores: currentCores) }
        load = SimulatedLoad(annotations: pod.metadata.annotations)
    }

    /// The containers begin to run.
    mutating func start(now: String) {
        phase = .running(since: now)
        if let time = Timestamp.parse(now) { meter.restart(at: time) }
    }

    private var currentCores: Double { isRunning ? load.cores : 0 }

    /// The containers exited by themselves: the pod's end, or the next run of the same containers.
    mutating func finish(now: String) {
        guard case .running(let since) = phase else { return }
        if let time = Timestamp.parse(now) { meter.advance(to: time, cores: load.cores) }
        let restarts = policy == .always || (policy == .onFailure && exitCode != 0)
        guard restarts else {
            phase = .ended(since: since, at: now, exitCode: exitCode, reason: exitCode == 0 ? "Completed" : "Error")
            return
        }
        lastEnd = (since, now)
        restartCount += 1
        start(now: now)
    }

    var podPhase: PodPhase {
        switch phase {
        case .starting: .pending
        case .running: .running
        case .ended(_, _, let exitCode, _): exitCode == 0 ? .succeeded : .failed
        }
    }

    var instance: PodInstance {
        PodInstance(
            podUID: podUID,
            podKey: key,
            instanceUID: instanceUID,
            instanceKey: key,
            phase: podPhase,
            isTerminating: grace != nil,
            deletionGracePeriodSeconds: grace,
            fingerprint: fingerprint,
            status: status
        )
    }

    /// What the pod uses at this moment, each container the same; nil while it does not run.
    func usage(now: String, as key: ObjectKey) -> PodUsage? {
        guard case .running(let since) = phase, let start = Timestamp.parse(since), let time = Timestamp.parse(now)
        else {
            return nil
        }
        var meter = meter
        meter.advance(to: time, cores: load.cores)
        let share = 1 / Double(max(1, containers.count))
        return PodUsage(
            podUID: podUID,
            key: key,
            instanceUID: instanceUID,
            start: Timestamp.parse(startTime),
            cpuSeconds: meter.total,
            containers: containers.map { container in
                PodUsage.Container(
                    name: container.name,
                    start: start,
                    cpuSeconds: meter.sinceStart * share,
                    cores: load.cores * share,
                    memoryBytes: load.memoryBytes / Int64(containers.count)
                )
            },
            time: max(time, meter.time)
        )
    }

    private var status: JSON {
        var status: JSON = ["phase": .string(podPhase.rawValue), "startTime": .string(startTime)]
        guard phase != .starting else { return status }
        status["hostIP"] = .string(hostAddress)
        status["podIP"] = .string(address)
        status["podIPs"] = [["ip": .string(address)]]
        status["conditions"] = .array(conditions)
        status["containerStatuses"] = .array(containers.map { containerStatus($0, state: state) })
        if !initContainers.isEmpty {
            status["initContainerStatuses"] = .array(initContainers.map { containerStatus($0, state: initState) })
        }
        return status
    }

    private var isRunning: Bool {
        if case .running = phase { true } else { false }
    }

    private var conditions: [JSON] {
        let ready: JSON = .string(isRunning ? "True" : "False")
        var notReady: JSON = [:]
        if !isRunning { notReady["reason"] = "PodCompleted" }
        return [("Initialized", "True"), ("Ready", ready), ("ContainersReady", ready)].map { type, status in
            var condition: JSON = type == "Initialized" ? [:] : notReady
            condition["type"] = .string(type)
            condition["status"] = status
            condition["lastTransitionTime"] = .string(transitionTime)
            return condition
        }
    }

    private var transitionTime: String {
        switch phase {
        case .starting: startTime
        case .running(let since): since
        case .ended(_, let end, _, _): end
        }
    }

    private var state: JSON {
        switch phase {
        case .starting: ["waiting": ["reason": "ContainerCreating"]]
        case .running(let since): ["running": ["startedAt": .string(since)]]
        case .ended(let since, let end, let code, let reason): terminated(since, end, code, reason)
        }
    }

    private var initState: JSON { terminated(startTime, startTime, 0, "Completed") }

    private func terminated(_ since: String, _ end: String, _ code: Int64, _ reason: String) -> JSON {
        [
            "terminated": [
                "startedAt": .string(since), "finishedAt": .string(end), "exitCode": .int(code),
                "reason": .string(reason),
            ]
        ]
    }

    private func containerStatus(_ container: Container, state: JSON) -> JSON {
        var status: JSON = [
            "name": .string(container.name),
            "image": .string(container.image),
            "imageID": .string("simulated://\(container.image)"),
            "containerID": .string("simulated://\(instanceUID)/\(container.name)/\(restartCount)"),
            "ready": .bool(isRunning),
            "started": .bool(isRunning),
            "restartCount": .int(restartCount),
            "state": state,
            "lastState": [:],
        ]
        if let lastEnd {
            let reason = exitCode == 0 ? "Completed" : "Error"
            status["lastState"] = terminated(lastEnd.since, lastEnd.at, exitCode, reason)
        }
        return status
    }
}
