import Foundation
import KubeModel
import Testbed

/// The clusters, martlet, and the pod that streams lead to.
struct StreamBed: Sendable {
    let settings: StreamSettings
    let testbed: Testbed
    let martlet: MartletProcess
    /// Where the files of the trials are.
    let directory: String

    var release: String { testbed.version }

    init(_ settings: StreamSettings, _ testbed: Testbed, _ martlet: MartletProcess) throws {
        self.settings = settings
        self.testbed = testbed
        self.martlet = martlet
        directory = try testbed.run.makeDirectory("streams")
    }

    func usage() async throws -> ProcessUsage {
        guard let process = await martlet.processID else { throw BenchmarkError("martlet has ended") }
        return try ProcessUsage(processID: process)
    }

    /// Brings the pod up, and lets a command run in it by either way.
    func startPod() async throws {
        let origin = testbed.origin.controlPlane
        let idle = "echo here; trap 'exit 0' TERM; while :; do sleep 1 & wait; done"
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web"],
            "spec": [
                "containers": [
                    [
                        "name": "main", "image": "busybox:1.35", "command": ["sh", "-c", .string(idle)],
                        "volumeMounts": [["name": "work", "mountPath": "/work"]],
                    ]
                ],
                "volumes": [["name": "work", "emptyDir": [:]]], "terminationGracePeriodSeconds": 1,
            ],
        ]
        try await Await.until("the pod is made", limit: .seconds(120)) {
            // Until the namespace has its account, and the node is there.
            try await origin.kubectl(["apply", "-f", "-"], input: pod.text).status.isSuccess
        }
        for way in StreamWay.allCases {
            try await Await.until("the pod is reached, \(way.rawValue)", limit: .seconds(120)) {
                try await shell("k exec web -- true", way).status.isSuccess
            }
        }
        try await shell(#"head -c $((MIB << 20)) /dev/urandom >"$BIG""#, .direct).checked()
    }

    /// Does a piece of work once.
    func measure(_ trial: StreamTrial, _ tell: @Sendable (String) -> Void) async throws -> StreamResult {
        let before = try await usage()
        let start = ContinuousClock.now
        let done = try await shell(trial.work.script, trial.way)
        try done.checked()
        let result = StreamResult(
            trial: trial,
            took: ContinuousClock.now - start,
            before: before,
            after: try await usage()
        )
        tell("\(trial.description): \(Table.seconds(result.seconds)) s")
        return result
    }

    /// Opens streams, half of them commands that wait for input and half of them logs, and looks what they cost.
    func openStreams(_ count: Int) async throws -> OpenStreams {
        let log = "\(directory)/proxy.log"
        let proxy = try await Subprocess.start(
            Command(
                try testbed.toolbox.kubernetes("kubectl"),
                ["--kubeconfig", testbed.origin.kubeconfigPath, "proxy", "--port=0", "--disable-filter"]
            ),
            log: log,
            ledger: testbed.run.ledger
        )
        do {
            let open = try await openStreams(count, said: log)
            await proxy.kill()
            return open
        } catch {
            await proxy.kill()
            throw error
        }
    }

    private func openStreams(_ count: Int, said log: String) async throws -> OpenStreams {
        try await Await.until("kubectl proxy listens", limit: .seconds(30)) { Self.proxyPort(in: log) != nil }
        guard let port = Self.proxyPort(in: log) else { throw BenchmarkError("kubectl proxy listens nowhere") }
        // The first of each, so that what is made once is not counted.
        let first = try OpenStream.open(2, port: port)
        let before = try await usage()
        let streams = try OpenStream.open(count, port: port)
        let after = try await usage()
        withExtendedLifetime((first, streams)) {}
        return OpenStreams(count: count, before: before, after: after)
    }

    private static func proxyPort(in log: String) -> UInt16? {
        FileManager.default.contents(atPath: log).flatMap { KubectlProxy.port(in: String(decoding: $0, as: UTF8.self)) }
    }

    private func shell(_ script: String, _ way: StreamWay) async throws -> CommandResult {
        let cluster = way == .direct ? try testbed.remote("remote") : testbed.origin
        var environment = HarnessEnvironment.current
        environment["KUBECONFIG"] = cluster.kubeconfigPath
        environment["HOME"] = directory
        environment["MIB"] = "\(settings.mebibytes)"
        environment["BIG"] = "\(directory)/big"
        let kubectl = try testbed.toolbox.kubernetes("kubectl")
        let preamble = "set -o pipefail; k() { '\(kubectl)' \"$@\"; }\n"
        let command = Command("/bin/bash", ["-c", preamble + script], environment: environment, directory: directory)
        return try await Subprocess.run(command, deadline: .seconds(900), scratch: directory)
    }
}
