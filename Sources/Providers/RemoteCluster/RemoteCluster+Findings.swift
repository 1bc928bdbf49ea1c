import KubeClient
package import KubeModel
import Lifecycle

/// What a person who wonders about a pod can be told.
extension RemoteCluster {
    /// How long the cluster may take to answer.
    private static let patience = Duration.seconds(5)
    /// How many of its events are told, the latest.
    private static let eventLimit = 20

    package func findings(on pod: Pod) async throws -> PodFindings? {
        let place = cache.instance(for: pod.uid)?.instanceKey ?? delegateKey(of: pod.key)
        let json = try pod.json()
        var findings = PodFindings(place: place)
        do {
            try PodAdmission.check(json, cluster: name, namespace: place.namespace, policies: settings.policies)
        } catch {
            findings.refusal = error
        }
        findings.needs = dependents.needs(of: pod.uid)
        if let claims {
            findings.needs += PodClaims(spec: json["spec"] ?? [:], podName: pod.key.name)
                .needs(in: pod.key.namespace, of: claims.origin, node: identity.nodeName)
        }
        guard source.isReachable else {
            findings.problem = "Cluster \(name) is not in sight."
            return findings
        }
        do {
            let found = try await withTimeout(Self.patience) { [self] in try await look(at: place, for: pod) }
            findings.differences = found.delegate.map { FieldComparison.differences(of: json, from: $0) }
            findings.events = found.events
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            findings.problem = "\(error)"
        }
        return findings
    }

    /// Reads the delegate and what is said of it, live; a stranger in its place is none.
    private func look(at place: ObjectKey, for pod: Pod) async throws -> (delegate: JSON?, events: [InstanceEvent]) {
        guard let object = try await client.find(.pods, namespace: place.namespace, name: place.name) else {
            return (nil, [])
        }
        let metadata = ObjectMeta(object)
        guard identity.owns(metadata, podUID: pod.uid) else { return (nil, []) }
        return (object, try await events(about: metadata, of: pod))
    }

    /// Where events may not be read there are none to tell.
    private func events(about delegate: ObjectMeta, of pod: Pod) async throws -> [InstanceEvent] {
        let list: JSON
        do {
            list = try await client.list(
                .events,
                namespace: delegate.namespace,
                fieldSelector: "involvedObject.uid=\(delegate.uid)",
                limit: 500
            )
        } catch let error as APIError where error.code == .forbidden {
            return []
        }
        let events = (list["items"]?.array ?? []).compactMap { RemoteEvent(json: $0) }
        let ordered = events.sorted { ($0.lastTime ?? .zero) < ($1.lastTime ?? .zero) }
        return ordered.suffix(Self.eventLimit).map { $0.about(pod.uid) }
    }
}
