/// Where the parts of a control plane listen and what files they read: all that their command lines are made of.
struct ControlPlaneLayout: Sendable {
    let directory: String
    let host: String
    let ports: [Component: UInt16]
    let etcdPeerPort: UInt16
    /// The etcd that keeps the state, and the prefix of the keys there.
    let store: EtcdStore

    /// Chooses free ports at the host.
    ///
    /// - Throws: `TestbedError` `.network` if there are none.
    init(directory: String, host: String, sharedStore: EtcdStore?) throws(TestbedError) {
        self.directory = directory
        self.host = host
        var ports: [Component: UInt16] = [:]
        for component in Component.allCases {
            ports[component] = try Sockets.freePort(at: host, from: component.preferredPort)
        }
        self.ports = ports
        let etcd = Endpoint(host: host, port: ports[.etcd] ?? Component.etcd.preferredPort)
        etcdPeerPort = try Sockets.freePort(at: host, from: etcd.port + 1)
        store = sharedStore ?? EtcdStore(endpoint: etcd, prefix: "/registry")
    }

    func endpoint(_ component: Component) -> Endpoint {
        Endpoint(host: host, port: ports[component] ?? component.preferredPort)
    }

    /// A file among the certificates and keys.
    func pki(_ name: String) -> String { "\(directory)/pki/\(name)" }

    func kubeconfig(_ name: String) -> String { "\(directory)/\(name).kubeconfig" }

    func log(_ component: Component) -> String { "\(directory)/log/\(component.binary).log" }

    var etcdData: String { "\(directory)/etcd" }
}

/// Where a control plane keeps its state.
package struct EtcdStore: Sendable, Hashable {
    /// Where etcd answers its clients.
    package let endpoint: Endpoint
    /// The beginning of every key, so that several control planes can share one etcd.
    package let prefix: String

    package init(endpoint: Endpoint, prefix: String) {
        self.endpoint = endpoint
        self.prefix = prefix
    }

    package var url: String { "http://\(endpoint)" }
}
