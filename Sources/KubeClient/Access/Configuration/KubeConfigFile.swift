/// The entries of a kubeconfig file, or of several that are merged.
struct KubeConfigFile: Sendable {
    /// A name and where it is given.
    struct Choice: Sendable, Hashable {
        let name: String
        let file: String
        let line: Int
    }

    private(set) var currentContext: Choice?
    private(set) var contexts: [String: ContextEntry] = [:]
    private(set) var clusters: [String: ClusterEntry] = [:]
    private(set) var users: [String: UserEntry] = [:]

    init() {}

    /// Reads the text of a kubeconfig.
    ///
    /// - Parameter file: Its path: for errors, and because relative paths in it begin at its folder.
    init(parsing text: String, file: String) throws(KubeConfigError) {
        let root: YAMLNode
        do {
            root = try YAMLDocument.parse(text, file: file)
        } catch {
            throw KubeConfigError(error)
        }
        let section = try KubeConfigSection(root, file: file)
        try Self.checkKind(section)
        if let name = try section.string("current-context") {
            currentContext = Choice(name: name, file: file, line: section.member("current-context")?.line ?? root.line)
        }
        contexts = try Self.entries(section, "contexts", "context", KubeConfigError.Subject.context) {
            section,
            name throws(KubeConfigError) in try ContextEntry(section, name: name)
        }
        clusters = try Self.entries(section, "clusters", "cluster", KubeConfigError.Subject.cluster) {
            section,
            name throws(KubeConfigError) in try ClusterEntry(section, name: name)
        }
        users = try Self.entries(section, "users", "user", KubeConfigError.Subject.user) {
            section,
            name throws(KubeConfigError) in try UserEntry(section, name: name)
        }
    }

    /// Whether it says nothing at all.
    var isEmpty: Bool {
        currentContext == nil && contexts.isEmpty && clusters.isEmpty && users.isEmpty
    }

    /// Adds what another file says about names of which nothing is said yet: of each entry, the first file that has it
    /// gives the whole of it (client-go tools/clientcmd, `ClientConfigLoadingRules`).
    mutating func merge(_ later: KubeConfigFile) {
        currentContext = currentContext ?? later.currentContext
        contexts.merge(later.contexts) { first, _ in first }
        clusters.merge(later.clusters) { first, _ in first }
        users.merge(later.users) { first, _ in first }
    }
}

extension KubeConfigFile {
    /// Other YAML files are told from kubeconfigs; without a word of what it is, a file is taken for one.
    private static func checkKind(_ section: KubeConfigSection) throws(KubeConfigError) {
        for (key, expected) in [("apiVersion", "v1"), ("kind", "Config")] {
            guard let value = try section.string(key), value != expected else { continue }
            throw section.error(key, "must be \(expected) in a kubeconfig, not \(value)")
        }
    }

    /// A list of named entries: `- {name: x, user: {…}}`.
    private static func entries<Entry>(
        _ section: KubeConfigSection,
        _ list: String,
        _ key: String,
        _ subject: (String) -> KubeConfigError.Subject,
        _ read: (KubeConfigSection, String) throws(KubeConfigError) -> Entry
    ) throws(KubeConfigError) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for item in try section.sections(list) {
            guard let name = try item.string("name") else { throw item.error("name", "is missing") }
            guard entries[name] == nil else { throw item.error("name", "\"\(name)\" is there twice") }
            let body = item.member(key) ?? YAMLNode(content: .mapping([]), mark: item.node.mark)
            let entry = try KubeConfigSection(body, file: section.file, subject: subject(name))
            entries[name] = try read(entry, name)
        }
        return entries
    }
}
