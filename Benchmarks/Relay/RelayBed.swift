import KubeModel
import Testbed

/// Everything that a trial of relaying needs, running.
struct RelayBed: Sendable {
    let settings: RelaySettings
    let testbed: Testbed
    let directory: String
    let files: RelayFiles
    /// Of martlet's kubelet endpoint.
    let address: String
    /// Where the server and the other relay listen, on loopback.
    let ports: [RelayMiddle: UInt16]
    let server: Subprocess
    let nginx: Subprocess
    let martlet: MartletProcess

    /// Brings the pod up, and lets a little flow by each way.
    func prepare() async throws {
        let origin = testbed.origin.controlPlane
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web"],
            "spec": [
                "automountServiceAccountToken": false,
                "containers": [["name": "main", "image": "registry.example/web:1.0"]],
            ],
        ]
        try await Await.until("the pod is made", limit: .seconds(120)) {
            // Until the namespace has its account.
            try await origin.kubectl(["apply", "-f", "-"], input: pod.text).status.isSuccess
        }
        for middle in RelayMiddle.allCases {
            try await Await.until("a stream is open, \(middle.rawValue) between", limit: .seconds(120)) {
                let volume = RelayVolume(down: 1 << 20, up: 1 << 20)
                guard let command = try await clientCommand(middle, volume, streams: 1) else { return false }
                return try await Subprocess.run(command, deadline: .seconds(60), scratch: directory).status.isSuccess
            }
        }
    }

    func measure(_ trial: RelayTrial) async throws -> RelayResult {
        let volume = trial.way.volume(bytes: settings.mebibytes << 20, streams: trial.streams)
        guard let command = try await clientCommand(trial.middle, volume, streams: trial.streams) else {
            throw BenchmarkError("martlet's kubelet endpoint is gone")
        }
        let done = try await Subprocess.run(command, deadline: .seconds(600), scratch: directory).checked()
        return RelayResult(
            trial: trial,
            measurement: try RelayMeasurement(
                try JSON.parse(Array((done.output.split(separator: "\n").last ?? "").utf8))
            ),
            bytes: (volume.down + volume.up) * trial.streams
        )
    }

    /// - Returns: nil while martlet has no kubelet endpoint.
    private func clientCommand(_ middle: RelayMiddle, _ volume: RelayVolume, streams: Int) async throws -> Command? {
        guard let martletID = await martlet.processID else { throw BenchmarkError("martlet has ended") }
        let processes = ["server": server.processID, "martlet": martletID, "nginx": nginx.processID]
        var arguments = [
            "relay-client", "--streams", "\(streams)", "--down", "\(volume.down)", "--up", "\(volume.up)",
            "--certificate", files.clientCertificate, "--key", files.clientKey,
            "--processes", processes.map { "\($0.key)=\($0.value)" }.joined(separator: ","),
        ]
        if middle == .martlet {
            guard let port = try await kubeletPort() else { return nil }
            arguments += [
                "--host", address, "--port", port, "--authority", files.originAuthority,
                "--target", "/exec/default/web/main?input=1&output=1",
            ]
        } else {
            guard let port = ports[middle] else { throw BenchmarkError("\(middle.rawValue) listens nowhere") }
            arguments += [
                "--host", "127.0.0.1", "--port", "\(port)", "--authority", files.authority,
                "--target", "/api/v1/namespaces/default/pods/web/exec?container=main&stdin=true&stdout=true",
            ]
        }
        return Command(settings.bench, arguments)
    }

    /// Nil as long as the node states none.
    private func kubeletPort() async throws -> String? {
        let path = "{.status.daemonEndpoints.kubeletEndpoint.Port}"
        let done = try await testbed.origin.controlPlane.kubectl(["get", "node", "remote", "-o", "jsonpath=\(path)"])
        guard done.status.isSuccess, let port = Int(done.output), port > 0 else { return nil }
        return "\(port)"
    }
}
