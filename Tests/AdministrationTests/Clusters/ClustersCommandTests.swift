import KubeClient
import KubeModel
import Observability
import Synchronization
import TestSupport
import Testing

@testable import Administration

@Suite(.timeLimit(.minutes(1))) struct ClustersCommandTests {
    /// Takes what is printed.
    private final class Printed: Sendable {
        private let texts = Mutex<[String]>([])

        var lines: [String] { texts.withLock { $0 } }

        func take(_ text: String) { texts.withLock { $0.append(text) } }
    }

    private let origin = ScriptedCluster("origin", objects: [virtualNode("us-east"), virtualNode("eu")])
    private let output = Printed()
    private let errors = Printed()

    private func command(
        _ names: [String] = [],
        labels: LabelSelector = .everything,
        format: ClustersCommand.Format = .table
    ) -> ClustersCommand {
        ClustersCommand(
            names: names,
            labels: labels,
            client: origin.client(),
            format: format,
            output: output.take,
            errors: errors.take
        )
    }

    @Test func `Clusters are told by name, and nodes that are none are not`() async throws {
        origin.put(["apiVersion": "v1", "kind": "Node", "metadata": ["name": "real"]])
        #expect(try await command().run(isFollowing: false))
        #expect(output.lines.count == 3)
        #expect(output.lines[0].hasPrefix("NAME      STATE"))
        #expect(output.lines[1].hasPrefix("eu        healthy"))
        #expect(output.lines[2].hasPrefix("us-east   healthy"))
        #expect(errors.lines.isEmpty)
    }

    @Test func `A cluster that is named and is not there is an error, and the others are told`() async throws {
        #expect(try await !command(["eu", "moon"]).run(isFollowing: false))
        #expect(output.lines.count == 2)
        #expect(errors.lines == ["there is no cluster \"moon\""])
    }

    @Test func `A selector chooses among the clusters`() async throws {
        origin.put(virtualNode("gold", labels: ["tier": "gold"]))
        #expect(try await command(labels: LabelSelector(labels: ["tier": "gold"])).run(isFollowing: false))
        #expect(output.lines.count == 2)
        #expect(output.lines[1].hasPrefix("gold"))
    }

    @Test func `Who may not list pods or leases is told so, and sees the rest`() async throws {
        origin.fault(.refuse(403, reason: "Forbidden", message: "jane may not")) { $0.resource == "pods" }
        origin.fault(.refuse(403, reason: "Forbidden", message: "jane may not")) { $0.resource == "leases" }
        #expect(try await command(format: .json).run(isFollowing: false))
        #expect(errors.lines.count == 2)
        #expect(errors.lines.allSatisfy { $0.contains("jane may not") })
        let document = try JSON.parse(output.lines.joined(separator: "\n"))
        #expect(document["clusters"]?.array?.map { $0["name"]?.string } == ["eu", "us-east"])
        #expect(document["notes"]?.array?.count == 2)
        #expect(document["clusters"]?[0]?["pods"] == nil)
    }

    @Test func `Who may not list nodes gets the server's words`() async throws {
        origin.fault(.refuse(403, reason: "Forbidden", message: "jane may not")) { $0.resource == "nodes" }
        await #expect(throws: APIError(.forbidden, status: 403, message: "jane may not")) {
            try await command().run(isFollowing: false)
        }
    }

    @Test func `Each change is a new line, and only changes are`() async throws {
        let (changes, change) = AsyncStream<String>.makeStream(bufferingPolicy: .unbounded)
        let following = ClustersCommand(
            names: [],
            labels: .everything,
            client: origin.client(),
            format: .json,
            output: { change.yield($0) },
            errors: errors.take
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await following.run(isFollowing: true) }
            // What is told, and what happens then.
            let script: [(told: JSON, next: () -> Void)] = [
                (["name": "eu", "state": "healthy", "pods": 0], {}),
                (
                    ["name": "us-east", "state": "healthy", "pods": 0],
                    { origin.put(virtualNode("us-east", ready: "False", reason: "RemoteUnreachable")) }
                ), (["name": "us-east", "state": "lost", "pods": 0], { origin.put(boundPod("web", on: "eu")) }),
                (
                    ["name": "eu", "state": "healthy", "pods": 1],
                    { origin.remove(.nodes, ObjectKey(namespace: "", name: "eu")) }
                ), (["name": "eu", "state": "gone", "pods": 1], {}),
            ]
            var rest = script[...]
            for await line in changes {
                let row = try JSON.parse(line)
                guard let (told, next) = rest.popFirst() else { break }
                for (key, value) in told.object ?? [:] { #expect(row[key] == value) }
                next()
                if rest.isEmpty { break }
            }
            group.cancelAll()
        }
    }
}
