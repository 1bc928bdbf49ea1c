internal import KubeClient
internal import KubeModel
internal import VirtualNode

/// The contents of a configuration file.
struct ConfigurationFile: Sendable, Equatable {
    /// The options that stand in it.
    var values: [OptionName: OptionValue] = [:]
    var clusters: [ClusterConfiguration] = []

    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - file: The path of the file, for messages; relative paths in the file are relative to its folder.
    /// - Throws: ``ConfigurationProblems`` with every problem of the file.
    init(parsing text: String, file: String) throws(ConfigurationProblems) {
        let root: YAMLNode
        do {
            root = try YAMLDocument.parse(text)
        } catch {
            throw ConfigurationProblems(
                all: [ConfigurationProblem(file: file, line: error.line, field: "", message: error.message)]
            )
        }
        var reader = ConfigurationReader(file: file)
        let sections = Dictionary(grouping: OptionTable.all.compactMap(\.fileKey), by: \.section)
        let top = reader.members(of: root, at: "", known: sections.keys.sorted() + ["clusters"])
        for (section, keys) in sections {
            guard let node = top[section] else { continue }
            let members = reader.members(of: node, at: section, known: keys.map(\.key))
            readOptions(members, section: section, reader: &reader)
        }
        if let node = top["clusters"] { readClusters(node, reader: &reader) }
        guard reader.problems.isEmpty else {
            throw ConfigurationProblems(all: reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
        }
    }

    private mutating func readOptions(
        _ members: [String: YAMLNode],
        section: String,
        reader: inout ConfigurationReader
    ) {
        for option in OptionTable.all {
            guard let key = option.fileKey, key.section == section, let node = members[key.key],
                let text = reader.scalar(node, at: key.description)
            else { continue }
            do {
                let place = option.kind == .path ? Self.resolve(text, besides: reader.file) : text
                values[option.name] = try option.kind.parse(place)
            } catch {
                reader.report(node, key.description, error.message)
            }
        }
    }

    private mutating func readClusters(_ node: YAMLNode, reader: inout ConfigurationReader) {
        var lines: [String: Int] = [:]
        for (index, element) in reader.elements(of: node, at: "clusters").enumerated() {
            let field = "clusters[\(index)]"
            guard let cluster = ClusterConfiguration(element, at: field, reader: &reader) else { continue }
            if let name = cluster.takenNames.first(where: { lines[$0] != nil }), let line = lines[name] {
                reader.report(element, "\(field).name", "\"\(name)\" is the name of the cluster in line \(line) too")
                continue
            }
            for name in cluster.takenNames { lines[name] = element.line }
            clusters.append(cluster)
        }
    }

    /// A path of the file; a relative one is relative to the file's folder.
    static func resolve(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/"), !path.isEmpty, let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
