internal import KubeClient
internal import KubeModel
internal import Providers

/// Reads `clusters[].pods`.
extension TranslationSettings {
    private static let fields = [
        "namespace", "scheduling", "nodeSelector", "tolerations", "runtimeClassName", "priorityClasses",
        "imageRewrites", "labels", "annotations", "patches", "policies", "failUnscheduledAfter",
    ]

    init(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        self.init()
        let members = reader.members(of: node, at: field, known: Self.fields)
        if let node = members["namespace"] { readNamespace(node, at: "\(field).namespace", reader: &reader) }
        if let node = members["scheduling"] {
            scheduling = reader.choice(node, at: "\(field).scheduling") ?? scheduling
        }
        if let node = members["nodeSelector"] {
            nodeSelector = reader.labels(of: node, at: "\(field).nodeSelector")
        }
        if let node = members["tolerations"] {
            tolerations = reader.tolerations(of: node, at: "\(field).tolerations")
        }
        if let node = members["runtimeClassName"] {
            runtimeClassName = reader.objectName(node, at: "\(field).runtimeClassName")
        }
        if let node = members["priorityClasses"] {
            readPriorityClasses(node, at: "\(field).priorityClasses", reader: &reader)
        }
        if let node = members["imageRewrites"] { readRewrites(node, at: "\(field).imageRewrites", reader: &reader) }
        if let node = members["labels"] { labels = reader.labels(of: node, at: "\(field).labels") }
        if let node = members["annotations"] { annotations = reader.annotations(of: node, at: "\(field).annotations") }
        if let node = members["patches"] { patches = reader.patches(of: node, at: "\(field).patches") }
        if let node = members["policies"] {
            policies = PodPolicies(node, at: "\(field).policies", reader: &reader)
        }
        if let node = members["failUnscheduledAfter"] {
            let place = "\(field).failUnscheduledAfter"
            failUnscheduledAfter = reader.duration(node, at: place, in: Duration.seconds(1)...Duration.seconds(86_400))
        }
    }

    private mutating func readNamespace(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        guard let text = reader.string(node, at: field) else { return }
        do {
            namespace = try NamespaceTemplate(text)
        } catch {
            reader.report(node, field, error.message)
        }
    }

    private mutating func readPriorityClasses(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        for (key, value) in reader.entries(of: node, at: field) {
            priorityClasses[key.text] = reader.objectName(value, at: "\(field).\(key.text)")
        }
    }

    private mutating func readRewrites(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        for (key, value) in reader.entries(of: node, at: field) {
            let place = "\(field).\(key.text)"
            guard let new = reader.string(value, at: place) else { continue }
            if !ImageRewrites.namesRegistry(key.text) {
                reader.report(key.node, place, "must begin with a registry, such as docker.io or registry.example:5000")
            }
            if !ImageRewrites.namesRegistry(new) {
                reader.report(value, place, "must lead to a registry, such as mirror.example/hub, not \"\(new)\"")
            }
            if key.text.hasSuffix("/") != new.hasSuffix("/") {
                reader.report(value, place, "must end with '/' on both sides or on none")
            }
            imageRewrites.prefixes[key.text] = new
        }
    }
}

extension PodPolicies {
    fileprivate init(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        self.init()
        let known = Demand.allCases.map(\.rawValue) + ["daemonSets"]
        for (name, node) in reader.members(of: node, at: field, known: known) {
            guard let demand = Demand(rawValue: name) else {
                daemonSets = reader.choice(node, at: "\(field).\(name)") ?? daemonSets
                continue
            }
            let policy: Policy? = reader.choice(node, at: "\(field).\(name)")
            if policy == .allow { allowed.insert(demand) }
        }
    }
}
