import KubeClient
import KubeModel
import Testbed
import Testing

extension AdministrationTests {
    @Test("A check finds everything good, and names what is missing, untrusted or away", .rows(59))
    func check() async throws {
        try await TestSpace.with("check") { space in
            let fleet = space.fleet
            let good = try await fleet.commandAsMartlet(["check"])
            #expect(good.status.isSuccess, "\(good.output)")
            #expect(good.output.contains("may get, list, watch, create, patch, delete pods"))
            let report = try JSON.parse(try await fleet.commandAsMartlet(["check", "-o", "json"]).checked().output)
            #expect(
                report["clusters"]?.array?.compactMap { $0["cluster"]?.string } == ["origin", "us-east", "us-west"]
            )
            #expect(report["good"] == true)
            let optional = report["clusters"]?[1]?["checks"]?.array?.first { $0["result"] == "optional" }
            #expect(optional?["check"]?.string?.contains("nodes/proxy") == true)
            let checks = report["clusters"]?[1]?["checks"]?.array ?? []
            // Nobody serves metrics there, and martlet itself may not ask for its endpoints by way of the origin.
            for name in ["metrics API", "kubelet endpoint"] {
                let found = checks.first { $0["check"]?.string == name }
                #expect(found?["result"] == "optional", "\(name)")
            }
            try await kubeletEndpoints(of: fleet)

            let west = fleet.remote("us-west")
            let role = try await west.client.get(.clusterRoles, name: "martlet-remote")
            try await west.kubectl("delete", "clusterrole", "martlet-remote")
            try await fleet.remote("us-east").relay.set(.stalled)
            let bad = try await fleet.commandAsMartlet(["check", "--timeout", "8s"])
            try await fleet.remote("us-east").relay.set(.open)
            try await west.client.recreate(role, .clusterRoles)
            #expect(bad.status == .exited(code: 1))
            let lines = bad.output.split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix("us-west") && $0.contains("failed") && $0.contains("for delegates") })
            #expect(lines.contains { $0.hasPrefix("us-east") && $0.contains("failed") && $0.contains("8.0 seconds") })
            #expect(lines.filter { $0.hasPrefix("origin") }.allSatisfy { !$0.contains("failed") })

            let unknown = try await fleet.commandAsMartlet(["check", "nowhere"])
            #expect(unknown.status == .exited(code: 2))
            #expect(unknown.errorOutput.contains("known are origin, us-east, us-west"))
            try await eventually("a check finds everything good again") {
                try await fleet.commandAsMartlet(["check"]).status.isSuccess
            }
            try await fleet.nodesReady(["us-east", "us-west"])
        }
    }

    /// Who may use nodes/proxy in the origin learns whether its API server reaches the kubelet endpoints.
    private func kubeletEndpoints(of fleet: Fleet) async throws {
        func row() async throws -> String {
            let report = try await fleet.command(["check", "us-east"]).checked()
            return report.output.split(separator: "\n").first { $0.contains("kubelet endpoint") }.map(String.init) ?? ""
        }
        let reached = try await row()
        #expect(reached.contains("the origin's API server reaches it"), "\(reached)")
        await fleet.martlet.stop()
        let silent = try await row()
        try await fleet.martlet.start()
        #expect(silent.contains("warning") && silent.contains("does not get through"), "\(silent)")
        try await fleet.nodesReady(["us-east", "us-west"])
    }
}

extension APIClient {
    /// Makes an object once more that was deleted.
    fileprivate func recreate(_ object: JSON, _ resource: Resource) async throws {
        var object = object
        for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
            object["metadata"]?[field] = nil
        }
        _ = try await create(resource, object: object)
    }
}
