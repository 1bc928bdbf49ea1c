import KubeClient
import KubeModel
import Testing

extension RealContainers {
    /// Probes are the remote kubelet's; the origin follows them.
    @Suite struct ProbeTests {}
}

extension RealContainers.ProbeTests {
    @Test("A Deployment is available while its containers' readiness probes succeed, and only then", .rows(78))
    func readiness() async throws {
        try await TestSpace.with("readiness") { space in
            let gate = Gate(name: "gate", port: 17001, cluster: "us-east", space: space)
            let probe = Self.probe(Gate.isOpen(gate.port))
            let pod = Manifest.shellPod(
                Manifest.idle,
                container: ["readinessProbe": probe],
                Manifest.cluster(gate.cluster)
            )
            try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
            try await eventually("2 pods run that are not ready", within: .seconds(25)) {
                let pods = try await space.snapshot(app: "web").pods
                return pods.count == 2 && pods.allSatisfy { $0.phase == "Running" && !$0.isReady }
            }
            try await space.available(0)
            try await gate.open()
            try await space.available(2)
            try await gate.close()
            try await space.available(0)
            #expect(try await space.snapshot(app: "web").pods.allSatisfy { $0.restarts == 0 && $0.phase == "Running" })
        }
    }

    @Test("A container that its liveness probe gives up is ended, by SIGTERM first, and started again", .rows(78, 98))
    func liveness() async throws {
        try await TestSpace.with("liveness") { space in
            let changes: JSON = ["livenessProbe": Self.probe("test ! -e /tmp/sick")]
            let grace: JSON = ["terminationGracePeriodSeconds": 4]
            let heeding = "trap 'exit 7' TERM; sleep 1; touch /tmp/sick; while :; do sleep 1 & wait; done"
            let ignoring = "trap '' TERM; sleep 1; touch /tmp/sick; while :; do sleep 1; done"
            try await space.apply(Manifest.pod("heeding", Manifest.shellPod(heeding, container: changes, grace)))
            try await space.apply(Manifest.pod("ignoring", Manifest.shellPod(ignoring, container: changes, grace)))
            for (name, code) in [("heeding", 7), ("ignoring", 137)] {
                let pod = try await space.pod(name, "was started again", within: .seconds(40)) { $0.restarts >= 1 }
                #expect(pod.firstContainer?.at("lastState", "terminated", "exitCode")?.int == Int64(code))
            }
        }
    }

    @Test("Until its startup probe succeeds a container is not ready, and not restarted for its liveness", .rows(78))
    func startup() async throws {
        try await TestSpace.with("startup") { space in
            let gate = Gate(name: "gate", port: 17002, cluster: "us-east", space: space)
            var startup = Self.probe(Gate.isOpen(gate.port))
            startup["failureThreshold"] = 300
            let container: JSON = [
                "startupProbe": startup,
                "livenessProbe": Self.probe("test -e /tmp/up"),
                "readinessProbe": Self.probe("test -e /tmp/up"),
            ]
            let script = "until \(Gate.isOpen(gate.port)); do sleep 0.2; done; touch /tmp/up; \(Manifest.idle)"
            let pod = Manifest.shellPod(script, container: container, Manifest.cluster(gate.cluster))
            try await space.apply(Manifest.pod("web", pod))
            try await space.pod("web", "runs", within: .seconds(25)) { $0.phase == "Running" }
            try await holds("it is neither started nor ready nor given up", for: .seconds(4)) {
                guard let pod = try await space.origin.pod("web", in: space.name) else { return false }
                return pod.firstContainer?["started"]?.bool == false && !pod.isReady && pod.restarts == 0
            }
            try await gate.open()
            let ready = try await space.pod("web", "is ready", within: .seconds(20), until: \.isReady)
            #expect(ready.firstContainer?["started"]?.bool == true)
        }
    }

    @Test("Probes by HTTP and TCP ask the container in its remote")
    func network() async throws {
        try await TestSpace.with("network") { space in
            let often: JSON = ["periodSeconds": 1, "timeoutSeconds": 5]
            let good = Manifest.overlay(["httpGet": ["path": "/cgi-bin/index.cgi", "port": 8080]], on: often)
            let bad = Manifest.overlay(["httpGet": ["path": "/none", "port": 8080]], on: often)
            let port = Manifest.overlay(["tcpSocket": ["port": 8080], "failureThreshold": 30], on: often)
            for (name, readiness) in [("good", good), ("bad", bad)] {
                let container: JSON = [
                    "name": "main", "image": "localhost/echo:1", "readinessProbe": readiness, "livenessProbe": port,
                ]
                try await space.apply(Manifest.pod(name, Manifest.pod(of: [container])))
            }
            try await space.pod("good", "is ready", within: .seconds(25), until: \.isReady)
            try await space.pod("bad", "runs", within: .seconds(25)) { $0.phase == "Running" }
            try await holds("the one is ready, the other not", for: .seconds(3)) {
                let pods = try await space.origin.pods(in: space.name)
                return pods.filter(\.isReady).map(\.name) == ["good"] && pods.map(\.restarts) == [0, 0]
            }
        }
    }

    /// Asks each second, and takes no for an answer at the first time.
    private static func probe(_ command: String) -> JSON {
        [
            "exec": ["command": ["sh", "-c", .string(command)]],
            "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 1,
        ]
    }
}

extension TestSpace {
    /// Waits until the Deployment "web" has so many available pods.
    fileprivate func available(_ count: Int) async throws {
        try await eventually("the Deployment has \(count) available pods", within: .seconds(20)) {
            try await origin.client.get(.deployments, namespace: name, name: "web")
        } until: {
            $0.statusNumber("availableReplicas") == count
                && ($0.condition("Available")?["status"]?.string == "True") == (count > 0)
        }
    }
}
