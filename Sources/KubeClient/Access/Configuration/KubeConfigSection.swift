import FoundationEssentials
import KubeModel

/// A mapping of a kubeconfig while it is read: typed access to its members, with errors that name the place.
///
/// As in Go, an empty value is the same as none, and unknown members are left alone.
struct KubeConfigSection {
    let node: YAMLNode
    let file: String
    var subject: KubeConfigError.Subject?
    /// The names that lead here from the entry: "exec.".
    var path = ""

    /// - Throws: If the node is not a mapping.
    init(
        _ node: YAMLNode,
        file: String,
        subject: KubeConfigError.Subject? = nil,
        path: String = ""
    ) throws(KubeConfigError) {
        self.node = node
        self.file = file
        self.subject = subject
        self.path = path
        guard node.kind == .mapping || node.isNull else {
            let field = path.isEmpty ? nil : String(path.dropLast())
            throw KubeConfigError(
                .malformed,
                file: file,
                line: node.line,
                subject: subject,
                field: field,
                message: "must be a mapping"
            )
        }
    }

    func error(_ key: String, _ message: String, line: Int? = nil) -> KubeConfigError {
        KubeConfigError(
            .malformed,
            file: file,
            line: line ?? node[key]?.line ?? node.line,
            subject: subject,
            field: path + key,
            message: message
        )
    }

    func place(_ subject: KubeConfigError.Subject) -> EntryPlace {
        EntryPlace(file: file, line: node.line, subject: subject, fieldLines: Self.lines(of: node))
    }

    /// The lines of the members, and of theirs: no field of an entry lies deeper.
    private static func lines(of node: YAMLNode) -> [String: Int] {
        var lines: [String: Int] = [:]
        for (key, value) in node.mapping ?? [] {
            lines[key.memberName] = key.line
            for (inner, _) in value.mapping ?? [] { lines["\(key.memberName).\(inner.memberName)"] = inner.line }
        }
        return lines
    }
}

// MARK: - Members

extension KubeConfigSection {
    /// A member that is there and not null.
    func member(_ key: String) -> YAMLNode? {
        node[key].flatMap { $0.isNull ? nil : $0 }
    }

    func string(_ key: String) throws(KubeConfigError) -> String? {
        guard let member = member(key) else { return nil }
        let text = try text(member, key)
        return text.isEmpty ? nil : text
    }

    private func text(_ node: YAMLNode, _ key: String) throws(KubeConfigError) -> String {
        guard let text = node.scalarText, node.isString else {
            throw error(key, "must be text; put numbers and words like yes or true in quotes", line: node.line)
        }
        return text
    }

    func bool(_ key: String) throws(KubeConfigError) -> Bool {
        guard let member = member(key) else { return false }
        guard let flag = member.json.bool else { throw error(key, "must be true or false") }
        return flag
    }

    func strings(_ key: String) throws(KubeConfigError) -> [String] {
        try strings(of: member(key), key)
    }

    private func strings(of node: YAMLNode?, _ key: String) throws(KubeConfigError) -> [String] {
        var strings: [String] = []
        for element in try elements(of: node, key) {
            strings.append(try text(element, key))
        }
        return strings
    }

    private func elements(of node: YAMLNode?, _ key: String) throws(KubeConfigError) -> [YAMLNode] {
        guard let node, !node.isNull else { return [] }
        guard let elements = node.sequence else { throw error(key, "must be a list", line: node.line) }
        return elements
    }

    func section(_ key: String) throws(KubeConfigError) -> KubeConfigSection? {
        guard let member = member(key) else { return nil }
        return try KubeConfigSection(member, file: file, subject: subject, path: path + key + ".")
    }

    func sections(_ key: String) throws(KubeConfigError) -> [KubeConfigSection] {
        var sections: [KubeConfigSection] = []
        for (index, element) in try elements(of: member(key), key).enumerated() {
            let path = "\(path)\(key)[\(index)]."
            sections.append(try KubeConfigSection(element, file: file, subject: subject, path: path))
        }
        return sections
    }

    /// A mapping of lists of strings, sorted by key.
    func stringLists(_ key: String) throws(KubeConfigError) -> [(key: String, values: [String])] {
        guard let section = try section(key) else { return [] }
        var lists: [String: [String]] = [:]
        // Not looked up by name: there may be a great many.
        for (name, value) in section.node.mapping ?? [] {
            lists[name.memberName] = try section.strings(of: value, name.memberName)
        }
        return lists.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A path; a relative one begins at the folder of the kubeconfig (client-go tools/clientcmd, `ResolveLocalPaths`).
    func localPath(_ key: String) throws(KubeConfigError) -> String? {
        try string(key).map { FilePaths.resolve($0, besides: file) }
    }

    /// Bytes in base64.
    func data(_ key: String) throws(KubeConfigError) -> [UInt8]? {
        guard let text = try string(key) else { return nil }
        guard let data = Data(base64Encoded: text.filter { !$0.isNewline }) else {
            throw error(key, "is not base64")
        }
        return Array(data)
    }

    /// What is given inline, or else a file: inline goes before (client-go tools/clientcmd/api/v1 types).
    func pem(_ key: String) throws(KubeConfigError) -> PEMSource? {
        if let bytes = try data("\(key)-data") { return .inline(Secret(bytes), field: "\(key)-data") }
        return try localPath(key).map { .file($0, field: key) }
    }
}
