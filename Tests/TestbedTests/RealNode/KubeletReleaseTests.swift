import KubeModel
import Testing

@testable import Testbed

@Suite struct KubeletReleaseTests {
    private static let always = ["config", "kubeconfig", "hostname-override", "node-ip", "node-labels", "v"]
    private static let of20 = KubeletRelease(
        minor: 20,
        flags: FlagSet(always + ["container-runtime", "container-runtime-endpoint"])
    )
    private static let of30 = KubeletRelease(minor: 30, flags: FlagSet(always + ["container-runtime-endpoint"]))
    private static let of35 = KubeletRelease(minor: 35, flags: FlagSet(always))

    private let node = NodeIdentity(
        name: "n1",
        run: "0123abcd",
        place: NodePlace(subnet: RunSubnet(first: 10, second: 77), number: 3),
        labels: ["b": "2", "a": "1"]
    )

    @Test(
        "The version that a binary prints tells its minor version",
        arguments: [
            ("Kubernetes v1.20.2\n", 20), ("Kubernetes v1.35.0-alpha.1+abc\n", 35), ("Kubernetes v1.9", 9),
            ("Kubernetes", nil), ("", nil),
        ]
    )
    func minor(text: String, minor: Int?) {
        #expect(KubeletRelease.minor(inVersion: text) == minor)
    }

    @Test("A kubelet is told its name, address and labels by flags")
    func arguments() {
        let arguments = Self.of30.arguments(for: node)
        #expect(arguments.contains("--hostname-override=n1"))
        #expect(arguments.contains("--node-ip=10.77.3.1"))
        #expect(arguments.contains("--node-labels=a=1,b=2"))
    }

    @Test("The container runtime is named where the release wants it", arguments: [of20, of30, of35])
    func runtime(release: KubeletRelease) {
        let arguments = release.arguments(for: node)
        let endpoint = "unix:///run/containerd/containerd.sock"
        let inFile = release.configuration(for: node, groups: .v2)["containerRuntimeEndpoint"]?.string
        #expect(arguments.contains("--container-runtime=remote") == (release.minor == 20))
        #expect(arguments.contains("--container-runtime-endpoint=\(endpoint)") == (release.minor < 35))
        #expect(inFile == (release.minor < 35 ? nil : endpoint))
    }

    @Test(
        "Only releases that know the field are told to put up with control groups of version 1",
        arguments: [(of20, ControlGroups.Version.v1, false), (of30, .v1, false), (of35, .v1, true), (of35, .v2, false)]
    )
    func oldControlGroups(release: KubeletRelease, groups: ControlGroups.Version, isTold: Bool) {
        let configuration = release.configuration(for: node, groups: groups)
        #expect(configuration["failCgroupV1"]?.bool == (isTold ? false : nil))
    }

    @Test("A kubelet lets nobody in unasked, and keeps its pods in the node's own control group")
    func configuration() {
        let configuration = Self.of20.configuration(for: node, groups: .v1)
        #expect(configuration.at("authentication", "anonymous", "enabled")?.bool == false)
        #expect(configuration.at("authentication", "webhook", "enabled")?.bool == true)
        #expect(configuration.at("authorization", "mode")?.string == "Webhook")
        #expect(configuration["readOnlyPort"]?.int == 0)
        #expect(configuration["address"]?.string == "10.77.3.1")
        #expect(configuration["cgroupRoot"]?.string == "/martlet-0123abcd/n1")
    }
}
