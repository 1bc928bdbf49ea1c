internal import KubeClient
internal import KubeModel
internal import Providers
internal import VirtualNode

extension ClusterConfiguration {
    private static let fields = [
        "name", "kubeconfig", "context", "region", "zone", "labels", "annotations", "taints", "limits", "reserve",
        "canGrowTo", "serviceAccounts", "storageClasses", "events", "annotationsFromDelegates", "onLost", "pods",
    ]

    /// Labels that the program sets itself, with what to use instead.
    private static let reservedLabels = [
        NodeKeys.hostname: "is set by martlet to the cluster's name",
        NodeKeys.region: "is set by the field region",
        NodeKeys.zone: "is set by the field zone",
    ]

    /// Reads one element of `clusters`; nil when not even its name can be used.
    init?(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        let members = reader.members(of: node, at: field, known: Self.fields)
        guard let name = Self.name(members["name"], of: node, at: field, reader: &reader) else { return nil }
        self.init(node: NodeSettings(name: name))
        if let path = Self.text("kubeconfig", in: members, at: field, reader: &reader) {
            kubeconfig = ConfigurationFile.resolve(path, besides: reader.file)
        }
        context = Self.text("context", in: members, at: field, reader: &reader)
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
        self.node.region = Self.labelValue("region", in: members, at: field, reader: &reader)
        self.node.zone = Self.labelValue("zone", in: members, at: field, reader: &reader)
        // A zone of its own unless told or found: the scheduler of Kubernetes 1.20 leaves nodes without a zone out when it spreads
        // pods that say nothing of it.
        self.node.fallbackZone = self.node.name
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
        if let labels = members["labels"] {
            self.node.labels = reader.labels(of: labels, at: place("labels"), reserved: Self.reservedLabels)
        }
        if let annotations = members["annotations"] {
            self.node.annotations = reader.annotations(of: annotations, at: place("annotations"))
        }
        if let taints = members["taints"] {
            self.node.taints = Self.taints(taints, at: place("taints"), reader: &reader)
        }
        if let limits = members["limits"] {
            self.node.limits = Self.amounts(limits, at: place("limits"), reader: &reader)
        }
        if let amounts = members["reserve"] {
            reserve = Self.amounts(amounts, at: place("reserve"), reader: &reader)
        }
        if let amounts = members["canGrowTo"] {
            canGrowTo = Self.amounts(amounts, at: place("canGrowTo"), reader: &reader)
        }
        if let policy = members["onLost"] {
            self.node.onLost = reader.choice(policy, at: place("onLost")) ?? self.node.onLost
        }
        if let pods = members["pods"] {
            self.pods = TranslationSettings(pods, at: place("pods"), reader: &reader)
        }
    }

    private static func name(
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
        if let problem = NameSyntax.dnsLabel(name) {
            reader.report(node, "\(field).name", problem)
            return nil
        }
        return name
    }

    private static func text(
        _ key: String,
        in members: [String: YAMLNode],
        at field: String,
        reader: inout ConfigurationReader
    ) -> String? {
        guard let node = members[key], let text = reader.string(node, at: ConfigurationReader.path(field, key)) else {
            return nil
        }
        if text.isEmpty { reader.report(node, ConfigurationReader.path(field, key), "must not be empty") }
        return text
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

    private static func labelValue(
        _ key: String,
        in members: [String: YAMLNode],
        at field: String,
        reader: inout ConfigurationReader
    ) -> String? {
        guard let text = text(key, in: members, at: field, reader: &reader), let node = members[key] else { return nil }
        if let problem = NameSyntax.labelValue(text) {
            reader.report(node, ConfigurationReader.path(field, key), problem)
        }
        return text
    }
}
