/// The command-line flags that a binary knows, as it says itself: releases differ in them.
package struct FlagSet: Sendable, Hashable {
    private let names: Set<String>

    package init(_ names: some Sequence<String>) {
        self.names = Set(names)
    }

    /// Reads what `--help` prints: each line that begins with a flag names one, perhaps after a short form (`-v, --v`).
    package init(helpText: String) {
        var names: Set<String> = []
        for line in helpText.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", maxSplits: 2)
            guard let first = words.first, first.hasPrefix("-") else { continue }
            let flag = first.hasPrefix("--") ? first : words.dropFirst().first ?? ""
            guard flag.hasPrefix("--") else { continue }
            names.insert(String(flag.dropFirst(2).prefix { $0 != "=" && $0 != "[" }))
        }
        self.names = names
    }

    /// Whether the binary knows the flag, named without dashes.
    package func contains(_ name: String) -> Bool {
        names.contains(name)
    }

    package var isEmpty: Bool { names.isEmpty }
}
