import Foundation
package import Transport

/// A Kubernetes control plane on this machine: etcd, API server, controller manager and scheduler, on an address of
/// their own, with TLS and RBAC.
package final class ControlPlane: Sendable {
    /// The cluster's name.
    package let name: String
    /// Proves who is who in the cluster.
    package let authority: ClusterAuthority
    /// Another one, which the administrator and the cluster's own programs believe too (``changeAuthority()``).
    package let successor: ClusterAuthority
    /// The administrator's kubeconfig, which leads to the API server directly.
    package let kubeconfig: String
    /// Where the cluster's files are.
    package let directory: String

    let layout: ControlPlaneLayout
    let admin: AdminClient
    let surroundings: ControlPlaneSurroundings
    let settings: ControlPlaneSettings
    private let components: [Component: ComponentProcess]

    /// Prepares a control plane; nothing runs yet.
    ///
    /// - Parameter sharedStore: an etcd that runs already, and the prefix there; nil for an etcd of its own.
    package init(
        name: String,
        directory: String,
        settings: ControlPlaneSettings = ControlPlaneSettings(),
        sharedStore: EtcdStore? = nil,
        surroundings: ControlPlaneSurroundings
    ) throws {
        self.name = name
        self.directory = directory
        self.settings = settings
        self.surroundings = surroundings
        layout = try ControlPlaneLayout(
            directory: directory,
            host: try surroundings.addresses.nextAddress(),
            sharedStore: sharedStore
        )
        authority = try ClusterAuthority(cluster: name)
        successor = try ClusterAuthority(cluster: "\(name)-next")
        let authorities = authority.certificatePEM + successor.certificatePEM
        try TextFile.makeDirectory("\(directory)/log")
        try authority.writeFiles(layout, settings)
        let administrator = try authority.writeKubeconfigs(layout, cluster: name, believing: authorities)
        kubeconfig = layout.kubeconfig("admin")
        admin = AdminClient(
            http: surroundings.http,
            server: "https://\(layout.endpoint(.apiserver))",
            tls: TLSOptions(
                caPEM: authorities,
                certificatePEM: administrator.certificatePEM,
                keyPEM: administrator.keyPEM
            )
        )
        let own = Component.allCases.filter { $0 != .etcd || sharedStore == nil }
        let makeProcess = ComponentProcess.maker(layout, settings, surroundings, administrator: admin.tls)
        components = Dictionary(uniqueKeysWithValues: try own.map { ($0, try makeProcess($0)) })
    }

    /// Where the API server listens.
    package var endpoint: Endpoint { layout.endpoint(.apiserver) }

    /// Where the cluster keeps its state.
    package var store: EtcdStore { layout.store }

    /// A program of the control plane, to stop, kill, freeze and start.
    ///
    /// - Throws: `TestbedError` `.plan` for the etcd of a control plane that shares another's.
    package func component(_ component: Component) throws(TestbedError) -> ComponentProcess {
        guard let process = components[component] else {
            throw TestbedError(.plan, "the cluster '\(name)' has no \(component) of its own")
        }
        return process
    }

    /// Starts everything and waits until a pod can be created.
    ///
    /// - Parameter progress: told what has become ready.
    /// - Throws: `TestbedError` `.ended` or `.deadline`; `CancellationError`. What has been started goes on then: `kill()`.
    package func start(progress: @Sendable (String) -> Void = { _ in }) async throws {
        if let etcd = components[.etcd] { try await etcd.launch() }
        try await component(.apiserver).start()
        progress("\(name): the API server is ready")
        // The other two start by reading what the API server's own start has made (roles, for instance), or fail.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for component in [Component.controllerManager, .scheduler] {
                group.addTask { try await self.component(component).start() }
            }
            try await group.waitForAll()
        }
        try await waitUntilUsable()
        progress("\(name): the cluster is ready")
    }

    /// Waits until a pod could be created: for instance after a restart of the API server.
    package func waitUntilUsable() async throws {
        let answer = try await Patience(bound: settings.startBound).value { () -> Bool? in
            await admin.canCreatePods() ? true : nil
        }
        guard answer != nil else {
            throw TestbedError(.deadline, "no pod could be created in '\(name)' within \(settings.startBound)")
        }
    }

    /// Ends everything at once, without grace: a testbed's state is not kept.
    package func kill() async {
        await withTaskGroup { group in
            for process in components.values {
                group.addTask { await process.kill() }
            }
        }
    }
}

/// What control planes on one machine have in common.
package struct ControlPlaneSurroundings: Sendable {
    package let toolbox: Toolbox
    package let release: Release
    package let ledger: Ledger
    package let addresses: LoopbackBlock
    /// By which the testbed asks whether a program is ready.
    package let http: any HTTPClient
    /// An existing directory for files that live as long as a command.
    package let scratch: String

    package init(
        toolbox: Toolbox,
        release: Release,
        ledger: Ledger,
        addresses: LoopbackBlock,
        http: any HTTPClient,
        scratch: String
    ) {
        self.toolbox = toolbox
        self.release = release
        self.ledger = ledger
        self.addresses = addresses
        self.http = http
        self.scratch = scratch
    }

    /// The same with other Kubernetes binaries, which are asked what they are.
    ///
    /// - Throws: as `Release.ask`.
    func with(binaries folder: String) async throws -> ControlPlaneSurroundings {
        let other = toolbox.with(kubernetes: folder)
        return ControlPlaneSurroundings(
            toolbox: other,
            release: try await Release.ask(other, scratch: scratch),
            ledger: ledger,
            addresses: addresses,
            http: http,
            scratch: scratch
        )
    }
}
