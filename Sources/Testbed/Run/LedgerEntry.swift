/// A thing that a run has made outside of its own directory, and that must go when the run has gone.
package enum LedgerEntry: Sendable, Hashable {
    /// The harness that owns the run. While it runs, nothing of the run is cleaned up.
    case owner(ProcessIdentity)
    /// A process that the run started.
    case process(ProcessIdentity, name: String)
    /// A network namespace, by its name for `ip netns`; with it go the processes and links in it.
    case networkNamespace(String)
    /// A network link in the machine's own namespace.
    case link(String)
    /// A directory under which the run mounts file systems.
    case mounts(under: String)
    /// A control group by its directory; with it go the groups and processes in it.
    case controlGroup(String)
}

// MARK: - As a line of the ledger

extension LedgerEntry {
    /// One line without its end. Names and paths stand last, so that they may hold spaces.
    package var line: String {
        switch self {
        case .owner(let process): "owner \(process.id) \(process.startTime)"
        case .process(let process, let name): "process \(process.id) \(process.startTime) \(name)"
        case .networkNamespace(let name): "network-namespace \(name)"
        case .link(let name): "link \(name)"
        case .mounts(let path): "mounts \(path)"
        case .controlGroup(let path): "control-group \(path)"
        }
    }

    /// Reads a line; nil for one that was cut off by a crash, or that a newer version wrote.
    package init?(line: some StringProtocol) {
        guard let space = line.firstIndex(of: " ") else { return nil }
        let value = String(line[line.index(after: space)...])
        guard !value.isEmpty else { return nil }
        switch line[..<space] {
        case "owner":
            guard let (process, _) = Self.process(in: value) else { return nil }
            self = .owner(process)
        case "process":
            guard let (process, name) = Self.process(in: value) else { return nil }
            self = .process(process, name: name)
        case "network-namespace": self = .networkNamespace(value)
        case "link": self = .link(value)
        case "mounts": self = .mounts(under: value)
        case "control-group": self = .controlGroup(value)
        default: return nil
        }
    }

    private static func process(in text: String) -> (ProcessIdentity, name: String)? {
        let fields = text.split(separator: " ", maxSplits: 2)
        guard fields.count >= 2, let id = Int32(fields[0]), let startTime = UInt64(fields[1]) else { return nil }
        return (ProcessIdentity(id: id, startTime: startTime), fields.count == 3 ? String(fields[2]) : "")
    }
}
