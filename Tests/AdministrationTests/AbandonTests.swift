import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Administration

/// What becomes in the origin of a cluster that nobody can ask any more.
@Suite(.timeLimit(.minutes(1))) struct AbandonTests {
    private let origin = ScriptedCluster("origin", objects: [Self.system("uid-origin"), Self.node, Self.secret()])
    private let remote = ScriptedCluster("west", objects: [Self.system("uid-west")])
    private let said = Said()

    /// What the command told.
    private final class Said: Sendable {
        private let lines = Mutex<[String]>([])

        var text: String { lines.withLock { $0.joined(separator: "\n") } }

        var report: Report {
            let note: @Sendable (String) -> Void = { [self] line in lines.withLock { $0.append(line) } }
            return Report(done: note, note: note)
        }
    }

    private static func system(_ uid: String) -> JSON {
        ["kind": "Namespace", "metadata": ["name": "kube-system", "uid": .string(uid)]]
    }

    private static let node: JSON = [
        "kind": "Node",
        "metadata": ["name": "west", "uid": "n", "annotations": ["martlet.dev/remote-id": "uid-west"]],
        "spec": ["providerID": "martlet://west"],
    ]

    private static func secret(departure: String? = nil) -> JSON {
        var metadata: JSON = [
            "name": "cluster-west", "namespace": "clusters",
            "labels": ["martlet.dev/cluster": "west", "martlet.dev/made-by": "join"],
        ]
        metadata["annotations"] = departure.map { ["martlet.dev/departure": .string($0)] }
        return ["kind": "Secret", "metadata": metadata, "data": ["kubeconfig": .string(kubeconfig.base64)]]
    }

    private static func pod(_ name: String, owner: String? = "ReplicaSet", isReady: Bool = false) -> JSON {
        var metadata: JSON = ["name": .string(name), "namespace": "shop"]
        metadata["ownerReferences"] = owner.map { [["kind": .string($0), "controller": true]] }
        let ready: JSON = ["type": "Ready", "status": isReady ? "True" : "False"]
        return [
            "kind": "Pod", "metadata": metadata, "spec": ["nodeName": "west"],
            "status": ["phase": "Running", "conditions": [ready]],
        ]
    }

    /// What a server says of an eviction that it takes.
    private static let success: JSON = ["kind": "Status", "status": "Success"]

    private func leave() -> Leave {
        Leave(
            Leave.Request(cluster: "west", namespace: "clusters"),
            origin: origin.client(),
            makeClient: { [remote] _ in remote.client() },
            report: said.report
        )
    }

    private func exists(_ resource: Resource, _ name: String, in namespace: String = "") -> Bool {
        origin.object(resource, ObjectKey(namespace: namespace, name: name)) != nil
    }

    /// Calls that change something; discovery's reads are none.
    private var writes: [String] { origin.lines.filter { !$0.hasPrefix("get") } }

    @Test func `A cluster that answers is not abandoned`() async throws {
        origin.put(Self.pod("web"))
        let error = await #expect(throws: Refusal.self) { try await leave().abandon(within: .seconds(30)) }
        #expect(error?.description.contains("west answers") == true)
        #expect(writes == [])
    }

    @Test func `What of the cluster stands in the origin goes, its pods by force and last, and nothing in the remote`()
        async throws
    {
        remote.fault(.unreachable) { _ in true }
        origin.put(Self.pod("web"))
        origin.put(Self.pod("db-0", owner: "StatefulSet"))
        origin.put(Self.pod("agent", owner: "DaemonSet", isReady: true))
        try await leave().abandon(within: .seconds(30))
        #expect(!exists(.nodes, "west") && !exists(.secrets, "cluster-west", in: "clusters"))
        #expect(!exists(.pods, "web", in: "shop") && !exists(.pods, "db-0", in: "shop"))
        #expect(!exists(.pods, "agent", in: "shop"))
        let forced = origin.requests(.delete, "pods").filter { $0.body["gracePeriodSeconds"] == 0 }
        #expect(Set(forced.map(\.key.name)) == ["web", "db-0", "agent"])
        // Not before nobody serves the cluster any more, and its node is gone.
        let lines = writes
        let node = try #require(lines.firstIndex { $0.hasPrefix("delete nodes") })
        let mark = try #require(lines.firstIndex { $0.hasPrefix("patch secrets") })
        #expect(mark < node)
        #expect(lines[..<node].filter { $0.hasPrefix("delete pods") }.count == 2, "each asked to end once: \(lines)")
        #expect(lines[node...].filter { $0.hasPrefix("delete pods") }.count == 3)
        #expect(lines.last?.hasPrefix("delete secrets") == true)
        #expect(remote.lines.allSatisfy { $0.hasPrefix("get") })
        #expect(said.text.contains("run twice then: shop/db-0"))
        #expect(said.text.contains("kubectl delete pods --all-namespaces --selector 'martlet.dev/origin=uid-origin"))
        #expect(said.text.contains("kubectl delete clusterrole martlet-west-uid-orig"))
    }

    @Test func `Another cluster at its address is no reason to keep it, and is left alone`() async throws {
        remote.put(Self.system("uid-other"))
        try await leave().abandon(within: .seconds(30))
        #expect(!exists(.nodes, "west"))
        #expect(remote.lines.allSatisfy { $0.hasPrefix("get") })
        #expect(said.text.contains("another cluster"))
    }

    @Test func `One that is detached can be abandoned, and its ready pods are evicted`() async throws {
        var secret = Self.secret(departure: "detached")
        secret["data"] = [:]
        origin.put(secret)
        var node = Self.node
        let conditions = ["Ready", "martlet.dev/ClusterLost"].map { type -> JSON in
            ["type": .string(type), "status": "True", "reason": "ClusterDetached"]
        }
        node["status"] = ["conditions": .array(conditions)]
        origin.put(node)
        origin.put(Self.pod("web", isReady: true))
        let text = try await leave().rehearse(.abandoning)
        #expect(text.contains("pod/web in shop evicted"))
        #expect(text.contains("pod/web in shop deleted by force"))
        #expect(writes == [])

        origin.fault(.answer(Self.success)) { $0.resource == "pods/eviction" }
        async let ended: Void = endEvicted("web")
        try await leave().abandon(within: .seconds(30))
        try await ended
        #expect(origin.requests(.create, "pods/eviction").first?.key == ObjectKey(namespace: "shop", name: "web"))
        let marks = origin.requests(.patch, "secrets").map { ObjectMeta($0.body).annotations["martlet.dev/departure"] }
        #expect(marks == ["left"])
        let deletions = origin.requests(.delete, "pods")
        #expect(deletions.map(\.key.name) == ["web"] && deletions.first?.body["gracePeriodSeconds"] == 0)
        #expect(!exists(.pods, "web", in: "shop") && !exists(.secrets, "cluster-west", in: "clusters"))
    }

    @Test func `One that comes back while its pods are given up is not abandoned`() async throws {
        remote.fault(.unreachable) { _ in true }
        origin.fault(.refuse(429, reason: "TooManyRequests"), times: 1) { $0.resource == "pods/eviction" }
        origin.fault(.answer(Self.success)) { $0.resource == "pods/eviction" }
        origin.put(Self.pod("web", isReady: true))
        async let back: Void = comeBack()
        let error = await #expect(throws: Refusal.self) { try await leave().abandon(within: .seconds(30)) }
        try await back
        #expect(error?.description.contains("west answers martlet") == true)
        #expect(origin.requests(.patch, "secrets").isEmpty, "martlet goes on serving it")
        #expect(origin.requests(.delete, "pods").isEmpty && exists(.nodes, "west"))
    }

    /// Has the node be Ready after the first eviction, and the pod be ending after the second.
    private func comeBack() async throws {
        try await origin.until { !$0.requests(.create, "pods/eviction").isEmpty }
        var node = Self.node
        node["status"] = ["conditions": [["type": "Ready", "status": "True", "reason": "KubeletReady"]]]
        origin.put(node)
        try await endEvicted("web", after: 2)
    }

    /// Has an evicted pod be ending, as a real server does.
    ///
    /// - Parameter count: how many evictions are asked for before.
    private func endEvicted(_ name: String, after count: Int = 1) async throws {
        try await origin.until { $0.requests(.create, "pods/eviction").count >= count }
        var pod = try #require(origin.object(.pods, ObjectKey(namespace: "shop", name: name)))
        pod["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        origin.put(pod)
    }

    @Test func `An interrupted one forgets no node: a leave finds what is left of each of them`() async throws {
        remote.fault(.unreachable) { _ in true }
        origin.fault(.refuse(500, reason: "InternalError"), times: 1) { $0.line.hasPrefix("delete secrets") }
        origin.remove(.nodes, ObjectKey(namespace: "", name: "west"))
        for name in ["west-a", "west-b"] {
            origin.put(Self.part(name))
            remote.put(Self.delegate("web-\(name)", of: name))
        }
        remote.put(Self.delegate("other", of: "east"))
        await #expect(throws: APIError.self) { try await leave().abandon(within: .seconds(30)) }
        #expect(!exists(.nodes, "west-a") && !exists(.nodes, "west-b"))
        let secret = try #require(origin.object(.secrets, ObjectKey(namespace: "clusters", name: "cluster-west")))
        #expect(ObjectMeta(secret).annotations["martlet.dev/departure"] == "left")
        #expect(ObjectMeta(secret).annotations["martlet.dev/departing-nodes"] == "west,west-a,west-b")

        remote.endFaults()
        await #expect(throws: Refusal.self) { try await leave().abandon(within: .seconds(30)) }
        #expect(exists(.secrets, "cluster-west", in: "clusters"))
        var stranger = Self.part("west-a")
        stranger["metadata"]?["labels"] = ["martlet.dev/cluster": "east"]
        origin.put(stranger)
        await #expect(throws: Refusal.self) { try await leave().run(within: .seconds(30)) }
        #expect(remote.requests(.delete, "pods").isEmpty && exists(.nodes, "west-a"))
        origin.remove(.nodes, ObjectKey(namespace: "", name: "west-a"))
        try await leave().run(within: .seconds(30))
        #expect(Set(remote.requests(.delete, "pods").map(\.key.name)) == ["web-west-a", "web-west-b"])
        #expect(!exists(.secrets, "cluster-west", in: "clusters"))
    }

    /// A further node of the cluster.
    private static func part(_ name: String) -> JSON {
        var metadata: JSON = ["name": .string(name)]
        metadata["labels"] = ["martlet.dev/cluster": "west"]
        return ["kind": "Node", "metadata": metadata, "spec": ["providerID": .string("martlet://\(name)")]]
    }

    /// What runs in the remote for a pod of a node. It ends at once.
    private static func delegate(_ name: String, of node: String) -> JSON {
        var metadata: JSON = ["name": .string(name), "namespace": "shop"]
        metadata["labels"] = ["martlet.dev/origin": "uid-origin", "martlet.dev/node": .string(node)]
        return ["kind": "Pod", "metadata": metadata, "spec": ["terminationGracePeriodSeconds": 0]]
    }

    @Test func `A machine that somebody gave the cluster's label is none of its nodes`() async throws {
        remote.fault(.unreachable) { _ in true }
        var metadata: JSON = ["name": "machine"]
        metadata["labels"] = ["martlet.dev/cluster": "west"]
        origin.put(["kind": "Node", "metadata": metadata, "spec": [:]])
        var pod = Self.pod("local")
        pod["spec"] = ["nodeName": "machine"]
        origin.put(pod)
        try await leave().abandon(within: .seconds(30))
        #expect(!exists(.nodes, "west") && exists(.nodes, "machine") && exists(.pods, "local", in: "shop"))
        #expect(origin.object(.nodes, ObjectKey(namespace: "", name: "machine"))?.at("spec", "unschedulable") == nil)
    }

    @Test func `What a cluster answers that lets nobody ask is told as an answer`() async throws {
        remote.fault(.refuse(403, reason: "Forbidden")) { _ in true }
        _ = try await leave().rehearse(.abandoning)
        #expect(said.text.contains("west does not let us ask: Forbidden (403)"))
        remote.endFaults()
        remote.fault(.unreachable) { _ in true }
        _ = try await leave().rehearse(.abandoning)
        #expect(said.text.contains("west does not answer: Unreachable"))
    }

    @Test func `The rehearsal of one that martlet has let go of already tells only what is left to do`() async throws {
        remote.fault(.unreachable) { _ in true }
        origin.put(Self.secret(departure: "left"))
        origin.put(Self.pod("alone", owner: nil))
        origin.put(Self.pod("agent", owner: "DaemonSet"))
        let lines = try await leave().rehearse(.abandoning).split(separator: "\n")
        #expect(
            lines == [
                "node/west deleted in the origin", "pod/agent in shop deleted by force",
                "secret/cluster-west deleted in the origin",
            ]
        )
        try await leave().abandon(within: .seconds(30))
        #expect(exists(.pods, "alone", in: "shop") && !exists(.pods, "agent", in: "shop"))
        #expect(!exists(.nodes, "west") && !exists(.secrets, "cluster-west", in: "clusters"))
    }

    @Test func `A pod that nobody would make anew is not given up unasked`() async throws {
        remote.fault(.unreachable) { _ in true }
        origin.put(Self.pod("alone", owner: nil))
        let error = await #expect(throws: Refusal.self) { try await leave().abandon(within: .seconds(30)) }
        #expect(error?.description.contains("shop/alone") == true)
        #expect(writes == [])
    }
}
