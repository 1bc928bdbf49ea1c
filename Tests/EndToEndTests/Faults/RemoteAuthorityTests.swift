import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests.ServerTests {
    @Test("A remote's API server comes back as one of another authority, and is believed", .rows(21, 58, 90))
    func remoteAuthority() async throws {
        try await TestSpace.with("authority") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("us-west"))
            let door = try RemoteDoor(to: remote, of: fleet)
            try await space.applyPod("web", on: remote.name)
            let (before, process) = (try await space.running(1), await fleet.martlet.processID)
            let (old, new) = (remote.control.authority.certificatePEM, remote.control.successor.certificatePEM)
            let oldFile = try door.copy()
            try await fleet.repaired {
                try await door.believe(old + new)
                try await remote.control.changeAuthority()
                let refused = try await remote.control.kubectl(["--kubeconfig", oldFile, "get", "pods"])
                #expect(!refused.status.isSuccess && refused.errorOutput.contains("x509"), "\(refused)")
                try await door.believe(new)
                try await space.applyPod("late", on: remote.name)
                let after = try await space.onlyRunning(["web", "late"], within: .seconds(30))
                #expect(try after.pair("web").pod.uid == before.pair("web").pod.uid)
                #expect(try after.pair("web").delegate.uid == before.pair("web").delegate.uid)
            }
            #expect(await fleet.martlet.processID == process)
        }
    }
}

/// martlet's kubeconfig for a remote, which is rewritten while it runs.
private struct RemoteDoor {
    private let martlet: MartletProcess
    private let path: String

    init(to remote: FleetCluster, of fleet: Fleet) throws {
        martlet = fleet.martlet
        path = try ConfigurationOnDisk(of: fleet).kubeconfigPath(of: remote.name)
    }

    /// The file as it is now, under another name.
    func copy() throws -> String {
        let copy = "\(path)-before"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        return copy
    }

    /// Has martlet know the API server by these authorities alone, and returns when it has seen that.
    func believe(_ authoritiesPEM: [UInt8]) async throws {
        let config = try JSON.parse(String(contentsOfFile: path, encoding: .utf8)).believing(authoritiesPEM)
        let told = martlet.logText().count
        try config.text.write(toFile: path, atomically: true, encoding: .utf8)
        try await eventually("martlet has seen its other kubeconfig") {
            martlet.logText().dropFirst(told).contains("The kubeconfig has changed")
        }
    }
}
