import Testing

@testable import Testbed

@Suite("The command line of a component")
struct ArgumentsTests {
    private let store = EtcdStore(endpoint: Endpoint(host: "127.20.0.9", port: 22379), prefix: "/east")

    private func arguments(
        _ component: Component,
        known: FlagSet = FlagSet([]),
        settings: ControlPlaneSettings = ControlPlaneSettings()
    ) throws -> [String] {
        let layout = try ControlPlaneLayout(directory: "/run/east", host: "127.20.0.1", sharedStore: store)
        return component.arguments(layout, settings, flags: known)
    }

    @Test(
        "has flags of some releases only if the binary knows them",
        arguments: [
            (Component.apiserver, "insecure-port", "0"), (.controllerManager, "port", "0"), (.scheduler, "port", "0"),
            (.controllerManager, "kube-api-qps", "300"), (.etcd, "logger", "zap"),
        ]
    )
    func releases(component: Component, flag: String, value: String) throws {
        let text = "--\(flag)=\(value)"
        #expect(try arguments(component, known: FlagSet([flag])).contains(text))
        #expect(try !arguments(component).contains { $0.hasPrefix("--\(flag)=") })
    }

    @Test("keeps the state where the plan says")
    func sharedStore() throws {
        let arguments = try arguments(.apiserver)
        #expect(arguments.contains("--etcd-servers=http://127.20.0.9:22379"))
        #expect(arguments.contains("--etcd-prefix=/east"))
    }

    @Test("lets the plan's flags win, and has each flag once")
    func planWins() throws {
        var settings = ControlPlaneSettings()
        settings.flags = [.controllerManager: ["node-monitor-grace-period": "7s", "v": "4"]]
        let arguments = try arguments(.controllerManager, settings: settings)
        #expect(arguments.filter { $0.hasPrefix("--node-monitor-grace-period") } == ["--node-monitor-grace-period=7s"])
        #expect(arguments.contains("--v=4"))
    }

    @Test("checks kubelets and shows them a certificate")
    func kubelet() throws {
        let arguments = try arguments(.apiserver)
        for flag in ["kubelet-certificate-authority", "kubelet-client-certificate", "kubelet-client-key"] {
            #expect(arguments.contains { $0.hasPrefix("--\(flag)=/run/east/pki/") })
        }
        #expect(arguments.contains("--authorization-mode=Node,RBAC"))
    }

    @Test(
        "writes durations as Go reads them",
        arguments: [
            (Duration.seconds(40), "40000ms"), (.milliseconds(1500), "1500ms"), (.microseconds(2500), "2ms"),
        ]
    )
    func durations(duration: Duration, text: String) {
        #expect(duration.goText == text)
    }
}
