import KubeClient
import KubeModel
import Testbed
import Testing

extension RealContainers {
    /// Who a container is to an API server where it is not the pod's own account in the origin (``AccountTests`` has that).
    @Suite struct AccountModeTests {}
}

extension RealContainers.AccountModeTests {
    @Test("With the remote's account an in-cluster client lists what that account may see in the remote", .rows(112))
    func remote() async throws {
        try await TestSpace.with("theirs") { space in
            let remote = space.fleet.remote("eu-central")
            let address = try #require(remote.addressForContainers)
            try await space.makeReader()
            try await remote.makeNamespace(space.name)
            let name = ["-n", space.name]
            try await remote.kubectl(name + ["create", "serviceaccount", "reader"])
            try await remote.kubectl(name + ["create", "role", "reader", "--verb=list", "--resource=configmaps"])
            let binding = ["rolebinding", "reader", "--role=reader", "--serviceaccount=\(space.name):reader"]
            try await remote.kubectl(name + ["create"] + binding)
            try await remote.kubectl(name + ["create", "configmap", "only-there"])
            let script = """
                {
                    kubectl get configmaps --output=name 2>&1
                    kubectl get pods 2>&1 || true
                } >/dev/termination-log
                """
            // Nothing carries the service network of the testbed's clusters: the API server's own address stands for it.
            let changes: JSON = [
                "image": "localhost/kubectl:1",
                "env": [
                    ["name": "KUBERNETES_SERVICE_HOST", "value": .string(address.host)],
                    ["name": "KUBERNETES_SERVICE_PORT", "value": .string("\(address.port)")],
                ],
            ]
            let members: JSON = ["serviceAccountName": "reader", "restartPolicy": "Never"]
            let spec = Manifest.pod(
                of: [Manifest.shell(script, changes)],
                Manifest.overlay(members, on: Manifest.cluster(remote.name))
            )
            try await space.apply(Manifest.pod("client", spec))
            let pod = try await space.pod("client", "has ended", within: .seconds(40)) { $0.phase == "Succeeded" }
            let lines = pod.lastWords.split(separator: "\n").map(String.init)
            #expect(lines.contains("configmap/only-there"), "\(pod.lastWords)")
            // In the origin it is pods that the account may list.
            #expect(lines.last?.contains("User \"system:serviceaccount:\(space.name):reader\" cannot list") == true)
        }
    }

    @Test("Without an account a container finds no token", .rows(112))
    func nobody() async throws {
        try await TestSpace.with("nobody") { space in
            try await space.makeReader()
            let script = "ls \(TokenVolumeForm.path) >/dev/termination-log 2>&1"
            let members: JSON = ["serviceAccountName": "reader", "restartPolicy": "Never"]
            let spec = Manifest.shellPod(script, Manifest.overlay(members, on: Manifest.cluster("us-east")))
            try await space.apply(Manifest.pod("client", spec))
            let pod = try await space.pod("client", "has ended", within: .seconds(40)) { $0.phase == "Failed" }
            #expect(pod.lastWords.contains("No such file or directory"), "\(pod.lastWords)")
        }
    }
}
