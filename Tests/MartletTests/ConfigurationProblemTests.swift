import Testing

@testable import martlet

@Suite struct ConfigurationProblemTests {
    private static func problems(_ text: String) -> [String] {
        do {
            _ = try ConfigurationFile(parsing: text, file: "m.yaml")
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    /// One cluster with a line of its own at line 4.
    private static func cluster(_ lines: String) -> String {
        "clusters:\n- name: a\n  context: c\n" + lines
    }

    @Test func `A cluster with a name and a context is enough`() {
        #expect(Self.problems(Self.cluster("")) == [])
    }

    @Test(arguments: [
        (
            "  color: blue",
            "4: clusters[0].color: unknown field; known are name, kubeconfig, context, region, zone, "
                + "labels, annotations, taints, limits, reserve, canGrowTo, serviceAccounts, storageClasses, "
                + "events, annotationsFromDelegates, onLost, pods, nodes"
        ),
        (
            "  serviceAccounts: both",
            "4: clusters[0].serviceAccounts: must be one of none, origin, remote, not \"both\""
        ),
        ("  events: some", "4: clusters[0].events: must be one of none, warnings, all, not \"some\""),
        (
            "  annotationsFromDelegates: ['*']",
            "4: clusters[0].annotationsFromDelegates[0]: must name the part before the slash: \"example.com/*\", "
                + "so that not all annotations come"
        ),
        (
            "  annotationsFromDelegates: [martlet.dev/pod]",
            "4: clusters[0].annotationsFromDelegates[0]: begins with martlet.dev/, which is kept for martlet itself"
        ),
        ("  context: d", "4: clusters[0].context: is given twice"),
        ("  region: [us]", "4: clusters[0].region: must be a single value"),
        (
            "  region: -us",
            "4: clusters[0].region: \"-us\" must be at most 63 letters, digits, '-', '_' and '.', "
                + "with a letter or digit at both ends"
        ),
        ("  zone: ''", "4: clusters[0].zone: must not be empty"),
        ("  kubeconfig: ''", "4: clusters[0].kubeconfig: must not be empty"),
        ("  labels: blue", "4: clusters[0].labels: must be a mapping"),
        ("  labels:\n    team: true", "5: clusters[0].labels.team: must be text; write it in quotes: \"true\""),
        ("  labels:\n    team: 1", "5: clusters[0].labels.team: must be text; write it in quotes: \"1\""),
        (
            "  labels:\n    team: a b",
            "5: clusters[0].labels.team: \"a b\" must be at most 63 letters, digits, "
                + "'-', '_' and '.', with a letter or digit at both ends"
        ),
        (
            "  labels:\n    a/b/c: d",
            "5: clusters[0].labels.a/b/c: \"a/b/c\" must be at most 63 letters, digits, "
                + "'-', '_' and '.', with a letter or digit at both ends, after an optional DNS name and '/'"
        ),
        (
            "  labels:\n    kubernetes.io/hostname: x",
            "5: clusters[0].labels.kubernetes.io/hostname: is set by martlet to the name of the node"
        ),
        (
            "  labels:\n    type: x",
            "5: clusters[0].labels.type: is set by martlet to virtual-kubelet, which keeps delegates off the node"
        ),
        (
            "  nodes:\n  - name: b\n    labels: {type: x}",
            "6: clusters[0].nodes[0].labels.type: is set by martlet to virtual-kubelet, "
                + "which keeps delegates off the node"
        ),
        (
            "  labels:\n    topology.kubernetes.io/region: x",
            "5: clusters[0].labels.topology.kubernetes.io/region: is set by the field region"
        ),
        (
            "  annotations:\n    martlet.dev/x: text",
            "5: clusters[0].annotations.martlet.dev/x: begins with martlet.dev/, which is kept for martlet itself"
        ),
        ("  taints: {}", "4: clusters[0].taints: must be a list"),
        ("  taints:\n  - effect: NoSchedule", "5: clusters[0].taints[0].key: is missing"),
        ("  taints:\n  - key: k", "5: clusters[0].taints[0].effect: is missing"),
        (
            "  taints:\n  - {key: k, effect: Never}",
            "5: clusters[0].taints[0].effect: must be one of NoSchedule, PreferNoSchedule, NoExecute, not \"Never\""
        ),
        (
            "  taints:\n  - {key: k, effect: NoExecute}\n  - {key: k, value: v, effect: NoExecute}",
            "6: clusters[0].taints[1]: a node can have only one taint k:NoExecute"
        ),
        (
            "  limits:\n    cpu: lots",
            "5: clusters[0].limits.cpu: must be a quantity such as 8, 500m or 16Gi, not \"lots\""
        ),
        (
            "  storageClasses:\n    Fast: gp3",
            "5: clusters[0].storageClasses.Fast: \"Fast\" must be a DNS name in lower case"
        ),
        (
            "  storageClasses:\n    fast: gp3_x",
            "5: clusters[0].storageClasses.fast: \"gp3_x\" must be a DNS name in lower case"
        ),
        ("  storageClasses: fast", "4: clusters[0].storageClasses: must be a mapping"),
        ("  limits:\n    cpu: -1", "5: clusters[0].limits.cpu: must not be negative"),
        ("node:\n  address: here", "5: node.address: must be an IP address, not \"here\""),
        ("podSync:\n  workers: many", "5: podSync.workers: must be an integer from 1 to 1000, not \"many\""),
        (
            "podSync:\n  worker: 1",
            "5: podSync.worker: unknown field; known are workers, maxRefusals, deletionBrakePercent, "
                + "deletionBrakeCount"
        ),
        ("  onLost: hide", "4: clusters[0].onLost: must be one of evict, hold, not \"hide\""),
        (
            "podSync:\n  deletionBrakePercent: 101",
            "5: podSync.deletionBrakePercent: must be an integer from 0 to 100, not \"101\""
        ),
        ("origin: k.yaml", "4: origin: must be a mapping"),
        (
            "colors: 1",
            "4: colors: unknown field; known are clusterFiles, clusterSecrets, kubeAPI, kubelet, leaderElection, logging, metrics, node, origin, podSync, clusters"
        ),
        ("- name: a\n  context: c", "4: clusters[1].name: \"a\" is the name of the cluster in line 2 too"),
        ("- context: c", "4: clusters[1].name: is missing"),
        (
            "- name: US_East\n  context: c",
            "4: clusters[1].name: must be 1 to 63 lower case letters, digits and '-', "
                + "with a letter or digit at both ends"
        ),
        (
            "- name: origin\n  context: c",
            "4: clusters[1].name: is what the cluster is called that the others become nodes of; choose another"
        ),
        (
            "  nodes: [{name: origin}]",
            "4: clusters[0].nodes[0].name: is what the cluster is called that the others become nodes of; choose another"
        ),
        ("  nodes: []", "4: clusters[0].nodes: must name at least one node, or be left out"),
        (
            "  nodes: [\(repeatElement("{}", count: 101).joined(separator: ","))]",
            "4: clusters[0].nodes: names 101 nodes; at most 100 can stand for a cluster"
        ),
        (
            "  nodes: [{name: a}, {name: a}]",
            "4: clusters[0].nodes[1].name: \"a\" is the name of the node in line 4 too"
        ),
        (
            "  nodes:\n  - name: b\n    nodeSelector: {p: x}\n  - name: c\n    nodeSelector: {p: x}\n    zone: z",
            "7: clusters[0].nodes[1]: stands for the same nodes of the cluster as \"b\": give it a nodeSelector"
        ),
        (
            "  nodes: [{name: b, onLost: hold}]",
            "4: clusters[0].nodes[0].onLost: unknown field; known are name, nodeSelector, tolerations, region, zone, "
                + "labels, annotations, taints, limits, reserve, canGrowTo"
        ),
        (
            "  nodes: [{name: b}]\n- name: b\n  context: c",
            "5: clusters[1].name: \"b\" is the name of the cluster in line 2 too"
        ),
        ("- name: b", "4: clusters[1]: needs a kubeconfig, a context, or both"),
        ("- b", "4: clusters[1]: must be a mapping"),
    ])
    func `Each mistake is told with its line and field`(lines: String, problem: String) {
        #expect(Self.problems(Self.cluster(lines)).first == "m.yaml:" + problem)
    }

    @Test func `All mistakes are told at once, in the order of the lines`() {
        let text = "node:\n  kubeletPort: 0\nclusters:\n- name: A\n- name: b\n  zone: '*'\nextra: 1\n"
        let lines = Self.problems(text).map { $0.split(separator: ":")[1] }
        #expect(lines == ["2", "4", "5", "6", "7"])
    }

    @Test(arguments: ["", "clusters:", "clusters: []", "{}"])
    func `A file without clusters is refused`(text: String) {
        let problems = #expect(throws: ConfigurationProblems.self) {
            try Configuration(flags: [.config: .text("m.yaml")], environment: [:]) { _ in text }
        }
        #expect(problems?.all.count == 1)
        #expect(problems?.description.hasPrefix("m.yaml: clusters: must name at least one cluster") == true)
    }

    @Test(arguments: ["clusterFiles: {directory: clusters}", "clusterSecrets: {namespace: clusters}"])
    func `One that says where else clusters come from is not`(text: String) throws {
        let flags = [OptionName.config: OptionValue.text("m.yaml")]
        #expect(try Configuration(flags: flags, environment: [:]) { _ in text }.clusters.isEmpty)
    }

    @Test func `What is no YAML is told with its line`() {
        let problems = Self.problems("clusters:\n  - [")
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("m.yaml:") == true)
    }
}
