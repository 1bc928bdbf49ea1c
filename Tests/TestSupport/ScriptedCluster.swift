package import KubeClient
package import KubeModel
package import Observability
import Synchronization
import Transport

/// A scripted fake of an API server, in memory, for faults that real servers can't be made to show on command.
///
/// It keeps objects, versions and watches, and knows as much of pods as the code under test asks for: creation, strategic
/// merge patches, deletion with grace and UID preconditions. It has no admission, no defaults, no garbage collector and
/// no kubelet; a test plays those with `put` and `remove`. What real servers do is tested against real servers, in the
/// end-to-end suite.
package final class ScriptedCluster: Sendable {
    /// What the server does to a call instead of serving it.
    package enum Fault: Sendable {
        /// Refuses with a Status.
        case refuse(Int, reason: String, message: String = "refused", retryAfter: Int? = nil)
        /// Answers with bytes that say nothing, as proxies in between do.
        case bare(Int)
        /// Answers with this object and changes nothing.
        case answer(JSON)
        /// Serves the call, and the answer is lost.
        case loseAnswer
        /// Is silent for longer than the caller waits.
        case timeout
        /// Is not there.
        case unreachable
        /// Keeps the call until ``serveHeld()``.
        case hold
    }

    private struct State {
        var content = ScriptedContent()
        var requests: [ScriptedRequest] = []
        var faults: [(match: @Sendable (ScriptedRequest) -> Bool, fault: Fault, left: Int)] = []
        var held: [(ScriptedRequest, ScriptedCall)] = []

        mutating func takeFault(_ request: ScriptedRequest) -> Fault? {
            guard let index = faults.firstIndex(where: { $0.left > 0 && $0.match(request) }) else { return nil }
            faults[index].left -= 1
            return faults[index].fault
        }
    }

    package let name: String
    package let metrics = MetricsRegistry()
    package let log = InMemoryLogSink()
    private let state = Mutex(State())
    private let changes = ChangeLog()

    /// - Parameter objects: what the cluster has from the start.
    package init(_ name: String, objects: [JSON] = []) {
        self.name = name
        for object in objects { put(object) }
    }

    package var logger: Logger { log.logger() }

    /// What was counted so far, as it is exposed.
    package var metricsText: String { metrics.text() }

    package func client(budget: RequestBudget = RequestBudget(.unlimited)) -> APIClient {
        let http = ScriptedHTTPClient { [self] call in handle(call) }
        return .scripted(http, cluster: name, budget: budget, logger: logger, metrics: metrics)
    }
}

// MARK: - What the test does

extension ScriptedCluster {
    /// Makes or replaces an object, as somebody else would: it gets a version, and a UID if it has none.
    @discardableResult
    package func put(_ object: JSON) -> JSON {
        defer { changes.note("") }
        return state.withLock { $0.content.put(object, as: ScriptedContent.plural(of: object)) }
    }

    /// Takes an object away, whatever it waits for.
    package func remove(_ resource: Resource, _ key: ObjectKey) {
        state.withLock { $0.content.remove(resource.plural, key) }
        changes.note("")
    }

    /// Breaks the watches of a resource, as a lost connection does.
    package func breakWatches(of resource: String) { state.withLock { $0.content.breakWatches(of: resource) } }

    package func object(_ resource: Resource, _ key: ObjectKey) -> JSON? {
        state.withLock { $0.content.object(resource.plural, key) }
    }

    /// Lets the next calls that match fail, earlier rules first.
    package func fault(
        _ fault: Fault,
        times: Int = .max,
        when match: @escaping @Sendable (ScriptedRequest) -> Bool
    ) {
        state.withLock { $0.faults.append((match, fault, times)) }
    }

    package func endFaults() { state.withLock { $0.faults = [] } }

    /// Serves the calls that were kept.
    package func serveHeld() {
        state.withLock { state in
            for (request, call) in state.held { state.content.serve(request, call) }
            state.held = []
        }
        changes.note("")
    }

    /// Every call so far, in order.
    package var requests: [ScriptedRequest] { state.withLock { $0.requests } }

    /// The calls so far that change something, and the single reads: "patch pods/status shop/web-0".
    package var lines: [String] { requests.filter { $0.verb != .list && $0.verb != .watch }.map(\.line) }

    package func requests(_ verb: ScriptedRequest.Verb, _ resource: String) -> [ScriptedRequest] {
        requests.filter { $0.verb == verb && $0.resource == resource }
    }

    /// Forgets the calls so far.
    package func clearRequests() { state.withLock { $0.requests = [] } }

    /// Returns when the condition holds; it is looked at after each call and each change.
    package func until(_ condition: @escaping @Sendable (ScriptedCluster) -> Bool) async throws {
        try await changes.until { condition(self) }
    }
}

// MARK: - Serving

extension ScriptedCluster {
    private func handle(_ call: ScriptedCall) {
        let request = ScriptedRequest(call)
        state.withLock { state in
            state.requests.append(request)
            guard let fault = state.takeFault(request) else { return state.content.serve(request, call) }
            switch fault {
            case .refuse(let status, let reason, let message, let retryAfter):
                let body = ScriptedCall.status(status, reason: reason, message: message)
                let headers = retryAfter.map { [(name: "Retry-After", value: "\($0)")] } ?? []
                call.respond(body, status: status, headers: headers)
            case .bare(let status): call.respond(bytes: Array("nothing here".utf8), status: status)
            case .answer(let object): call.respond(object)
            case .loseAnswer:
                state.content.serve(request, ScriptedCall(request: call.request, isStream: false))
                call.fail(.timedOut)
            case .timeout: call.fail(.timedOut)
            case .unreachable: call.fail(.cannotConnect)
            case .hold: state.held.append((request, call))
            }
        }
        changes.note("")
    }
}
