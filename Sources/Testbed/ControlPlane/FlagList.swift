/// A command line in the making: flags in order, each once.
struct FlagList: Sendable {
    private var flags: [(name: String, value: String)] = []

    /// Sets a flag that every supported release has.
    mutating func set(_ name: String, _ value: String) {
        flags.removeAll { $0.name == name }
        flags.append((name, value))
    }

    mutating func set(_ name: String, _ value: Bool) {
        set(name, value ? "true" : "false")
    }

    /// Sets a flag if the binary knows it: for those that only some releases have.
    mutating func set(_ name: String, _ value: String, ifIn known: FlagSet) {
        guard known.contains(name) else { return }
        set(name, value)
    }

    /// Sets the flags of a plan over those that are there.
    mutating func merge(_ extra: [String: String]) {
        for (name, value) in extra.sorted(by: { $0.key < $1.key }) {
            set(name, value)
        }
    }

    var arguments: [String] {
        flags.map { "--\($0.name)=\($0.value)" }
    }
}

extension Duration {
    /// As Go's flags read a duration: "1500ms".
    var goText: String {
        let (seconds, attoseconds) = components
        return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}
