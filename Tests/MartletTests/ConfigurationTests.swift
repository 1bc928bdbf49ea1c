import KubeModel
import Providers
import Testing
import VirtualNode

@testable import martlet

@Suite struct ConfigurationTests {
    private static let file = """
        origin:
          kubeconfig: origin.yaml
          context: main
        node:
          address: 10.0.0.7
          kubeletPort: 11000
        podSync:
          workers: 4
        clusters:
          - name: us-east
            kubeconfig: remotes/us-east.yaml
            region: us
            zone: us-east-1
            labels: {team: blue}
            annotations:
              contact: ops@example.org
            taints:
              - key: remote
                value: "yes"
                effect: NoSchedule
            limits:
              cpu: 8
              memory: 16Gi
              pods: "100"
            reserve: {cpu: 500m}
            canGrowTo: {cpu: 64}
          - name: us-west
            context: west
        """

    private func configuration(
        flags: [OptionName: OptionValue] = [:],
        environment: [String: String] = [:],
        text: String = Self.file
    ) throws -> Configuration {
        try Configuration(
            flags: [.config: .text("etc/martlet.yaml")].merging(flags) { $1 },
            environment: environment,
            readFile: { _ in text }
        )
    }

    @Test func `A file is read in full`() throws {
        let configuration = try configuration()
        let east = NodeSettings(
            name: "us-east",
            region: "us",
            zone: "us-east-1",
            fallbackZone: "us-east",
            labels: ["team": "blue"],
            annotations: ["contact": "ops@example.org"],
            taints: [Taint(key: "remote", value: "yes", effect: "NoSchedule")],
            limits: ["cpu": try Quantity("8"), "memory": try Quantity("16Gi"), "pods": try Quantity("100")],
            address: "10.0.0.7",
            kubeletPort: 11000
        )
        let west = NodeSettings(name: "us-west", fallbackZone: "us-west", address: "10.0.0.7", kubeletPort: 11001)
        #expect(
            configuration.clusters == [
                ClusterConfiguration(
                    kubeconfig: "etc/remotes/us-east.yaml",
                    reserve: ["cpu": try Quantity("500m")],
                    canGrowTo: ["cpu": try Quantity("64")],
                    node: east
                ),
                ClusterConfiguration(context: "west", node: west),
            ]
        )
        #expect(configuration.options.text(.kubeconfig) == "etc/origin.yaml")
        #expect(configuration.options.text(.context) == "main")
        #expect(configuration.options.integer(.podSyncWorkers) == 4)
        #expect(configuration.options.integer(.kubeAPIBurst) == 1000)
    }

    @Test func `A virtual node has what the cluster has, unless it says otherwise`() throws {
        let text = """
            clusters:
              - name: us-east
                context: a
                region: us
                labels: {team: blue, tier: gold}
                taints: [{key: k, effect: NoSchedule}]
                reserve: {cpu: 1}
                pods: {nodeSelector: {os: linux, pool: any}, tolerations: [{key: t, operator: Exists}]}
                nodes:
                  - name: us-east
                    nodeSelector: {pool: general}
                  - name: us-east-gpu
                    nodeSelector: {pool: gpu}
                    tolerations: [{key: gpu, operator: Exists}]
                    zone: us-east-b
                    labels: {tier: silver}
                    taints: []
                    reserve: {}
                    limits: {cpu: 8}
                    canGrowTo: {cpu: 64}
              - name: far
                context: b
            """
        let clusters = try configuration(text: text).clusters
        let nodes = clusters[0].virtualNodes
        #expect(nodes.map(\.node.name) == ["us-east", "us-east-gpu"])
        #expect(nodes.map(\.node.cluster) == ["us-east", "us-east"])
        #expect(nodes.map(\.node.region) == ["us", "us"])
        #expect(nodes.map(\.node.zone) == [nil, "us-east-b"])
        #expect(nodes.map(\.node.fallbackZone) == ["us-east", "us-east"])
        #expect(nodes.map(\.node.labels) == [["team": "blue", "tier": "gold"], ["team": "blue", "tier": "silver"]])
        #expect(nodes.map(\.node.taints.count) == [1, 0])
        #expect(nodes.map(\.reserve) == [["cpu": try Quantity("1")], [:]])
        #expect(nodes.map(\.node.limits) == [[:], ["cpu": try Quantity("8")]])
        #expect(nodes.map(\.canGrowTo) == [[:], ["cpu": try Quantity("64")]])
        let pods = nodes.map { clusters[0].pods(of: $0) }
        #expect(pods.map(\.nodeSelector) == [["os": "linux", "pool": "general"], ["os": "linux", "pool": "gpu"]])
        #expect(pods.map { $0.tolerations.compactMap { $0["key"]?.string } } == [["t"], ["t", "gpu"]])
        let first = clusters[0].ports[0]
        #expect(clusters.map(\.ports) == [[first, first + 1], [first + 2]])
    }

    @Test func `The type of virtual nodes may be named, and remains martlet's to set`() throws {
        let text = """
            clusters:
              - name: a
                context: a
                labels: {type: virtual-kubelet, team: blue}
                nodes:
                  - name: b
                    labels: {type: virtual-kubelet}
            """
        let nodes = try configuration(text: text).clusters[0].virtualNodes
        #expect(nodes.map(\.node.labels) == [["team": "blue"]])
    }

    @Test func `The remote's storage class is named for each of the origin's`() throws {
        let text = """
            clusters:
              - name: a
                context: a
                storageClasses: {fast: gp3, shared.example.com: nfs}
              - name: b
                context: b
            """
        let clusters = try configuration(text: text).clusters
        #expect(clusters.map(\.storageClasses) == [["fast": "gp3", "shared.example.com": "nfs"], [:]])
    }

    @Test func `A flag wins over the file, the file over the environment, the environment over the default`() throws {
        let environment = [
            "MARTLET_POD_SYNC_WORKERS": "5", "MARTLET_CONTEXT": "e", "MARTLET_KUBE_API_QPS": "7",
            "MARTLET_KUBE_API_BURST": "",
        ]
        let options = try configuration(flags: [.context: .text("f")], environment: environment).options
        #expect(options.text(.context) == "f")
        #expect(options.integer(.podSyncWorkers) == 4)
        #expect(options.integer(.kubeAPIQPS) == 7)
        #expect(options.integer(.kubeAPIBurst) == 1000)
    }

    @Test func `The file may be named by the environment`() throws {
        let configuration = try Configuration(
            flags: [:],
            environment: ["MARTLET_CONFIG": "/etc/martlet.yaml"],
            readFile: { path in path == "/etc/martlet.yaml" ? Self.file : "" }
        )
        #expect(configuration.clusters.first?.kubeconfig == "/etc/remotes/us-east.yaml")
    }

    @Test func `Without a file there is one problem`() {
        #expect(throws: ConfigurationProblems.self) {
            try Configuration(flags: [:], environment: [:], readFile: { _ in "" })
        }
    }

    @Test func `A variable that cannot be used is named`() {
        let error = #expect(throws: ConfigurationProblems.self) {
            try configuration(environment: ["MARTLET_POD_SYNC_WORKERS": "many"])
        }
        #expect(
            error?.description
                == "environment: MARTLET_POD_SYNC_WORKERS: must be an integer from 1 to 1000, not \"many\""
        )
    }

    @Test func `More clusters than ports are refused`() {
        let error = #expect(throws: ConfigurationProblems.self) {
            try configuration(flags: [.kubeletPort: .integer(65535)])
        }
        #expect(
            error?.description
                == "etc/martlet.yaml: node.kubeletPort: 2 nodes from port 65535 on need ports beyond 65535"
        )
    }

    @Test(arguments: [
        ("/abs/k.yaml", "etc/m.yaml", "/abs/k.yaml"), ("k.yaml", "etc/m.yaml", "etc/k.yaml"),
        ("k.yaml", "m.yaml", "k.yaml"), ("../k.yaml", "/a/b/m.yaml", "/a/b/../k.yaml"),
    ])
    func `Paths are relative to the file that names them`(path: String, file: String, resolved: String) {
        #expect(ConfigurationFile.resolve(path, besides: file) == resolved)
    }
}
