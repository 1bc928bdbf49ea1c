internal import KubeClient
internal import KubeModel
internal import Providers
internal import VirtualNode

extension ClusterConfiguration {
    private static let fields =
        ["name", "kubeconfig", "context"] + VirtualNodeConfiguration.fields + [
            "serviceAccounts", "storageClasses", "events", "annotationsFromDelegates", "onLost", "pods", "nodes",
        ]

    /// Reads one element of `clusters`; nil when not even its name can be used.
    init?(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        let members = reader.members(of: node, at: field, known: Self.fields)
        guard let name = Self.name(members["name"], of: node, at: field, reader: &reader) else { return nil }
        self.init(node: NodeSettings(name: name))
        if let path = reader.text("kubeconfig", in: members, at: field) {
            kubeconfig = ConfigurationFile.resolve(path, besides: reader.file)
        }
        context = reader.text("context", in: members, at: field)
        if members["kubeconfig"] == nil, members["context"] == nil {
            reader.report(node, field, "needs a kubeconfig, a context, or both")
        }
        read(members, at: field, reader: &reader)
    }

    /// Reads what stands beside a kubeconfig that is elsewhere: the members of an element of `clusters` but for those
    /// that name the cluster and say how to reach it. Nothing at all is enough.
    init(named name: String, settings node: YAMLNode, reader: inout ConfigurationReader) {
        self.init(node: NodeSettings(name: name))
        let known = Self.fields.filter { !["name", "kubeconfig", "context"].contains($0) }
        read(reader.members(of: node, at: "", known: known), at: "", reader: &reader)
    }

    private mutating func read(_ members: [String: YAMLNode], at field: String, reader: inout ConfigurationReader) {
        func place(_ key: String) -> String { ConfigurationReader.path(field, key) }
        var whole = VirtualNodeConfiguration(node: node)
        whole.read(members, at: field, reader: &reader)
        (node, reserve, canGrowTo) = (whole.node, whole.reserve, whole.canGrowTo)
        // A zone of its own unless told or found: the scheduler of Kubernetes 1.20 leaves nodes without a zone out when it spreads
        // pods that say nothing of it.
        node.fallbackZone = name
        if let mode = members["serviceAccounts"] {
            serviceAccounts = reader.choice(mode, at: place("serviceAccounts")) ?? serviceAccounts
        }
        if let events = members["events"] {
            feedback.events = reader.choice(events, at: place("events")) ?? feedback.events
        }
        if let patterns = members["annotationsFromDelegates"] {
            feedback.annotations = Self.annotationFilter(
                patterns,
                at: place("annotationsFromDelegates"),
                reader: &reader
            )
        }
        if let classes = members["storageClasses"] {
            storageClasses = Self.storageClasses(classes, at: place("storageClasses"), reader: &reader)
        }
        if let policy = members["onLost"] {
            node.onLost = reader.choice(policy, at: place("onLost")) ?? node.onLost
        }
        if let pods = members["pods"] {
            self.pods = TranslationSettings(pods, at: place("pods"), reader: &reader)
        }
        if let nodes = members["nodes"] { readNodes(nodes, at: place("nodes"), reader: &reader) }
    }

    static func name(
        _ node: YAMLNode?,
        of cluster: YAMLNode,
        at field: String,
        reader: inout ConfigurationReader
    ) -> String? {
        guard let node else {
            reader.report(cluster, "\(field).name", "is missing")
            return nil
        }
        guard let name = reader.string(node, at: "\(field).name") else { return nil }
        if let problem = NameSyntax.cluster(name) {
            reader.report(node, "\(field).name", problem)
            return nil
        }
        return name
    }

    private static func storageClasses(
        _ node: YAMLNode,
        at field: String,
        reader: inout ConfigurationReader
    ) -> [String: String] {
        var result: [String: String] = [:]
        for (key, value, node) in reader.strings(of: node, at: field) {
            if let problem = NameSyntax.dnsSubdomain(key) ?? NameSyntax.dnsSubdomain(value) {
                reader.report(node, "\(field).\(key)", problem)
            }
            result[key] = value
        }
        return result
    }
}
