/// The command-line flags that a binary knows, as it says itself: releases differ in them.
package struct FlagSet: Sendable, Hashable {
    private let names: Set<String>
    private let gates: Set<String>

    package init(_ names: some Sequence<String>, featureGates gates: some Sequence<String> = []) {
        self.names = Set(names)
        self.gates = Set(gates)
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
        self.init(names, featureGates: Self.gates(inHelp: helpText))
    }

    /// "ServerSideApply" of "ServerSideApply=true|false (BETA - default=true)", before which a component's name may
    /// stand, as in "kube:".
    private static func gates(inHelp text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).filter { $0.hasSuffix("=true|false") }.compactMap { word in
            word.dropLast("=true|false".count).split(separator: ":").last.map(String.init)
        }
    }

    /// Whether the binary knows the flag, named without dashes.
    package func contains(_ name: String) -> Bool {
        names.contains(name)
    }

    /// Whether the binary names a feature gate as one that can be switched. Those of finished features are not named.
    package func hasFeatureGate(_ name: String) -> Bool {
        gates.contains(name)
    }

    package var isEmpty: Bool { names.isEmpty }
}
