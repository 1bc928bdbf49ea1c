/// What the command line asks for.
struct Invocation: Sendable, Equatable {
    /// The subcommands; without one it is `run`.
    enum Command: String, Sendable, CaseIterable {
        case run
        case checkConfig = "check-config"
        case check, join, leave
        case clusters
        case explain
        case webhook
        case version
        case help
    }

    var command: Command = .run
    /// The words after the command: what it is about.
    var operands: [String] = []
    /// The options that were given; of an option given twice the last counts.
    var values: [OptionName: OptionValue] = [:]
}

extension Invocation.Command {
    /// The commands that read the configuration file.
    static let configured: Set<Self> = [.run, .checkConfig]
    /// The commands that go on until a signal ends them, and what only reads the configuration of one.
    static let serving: Set<Self> = configured.union([.webhook])
    /// Those that a person runs to look at clusters, or to have them come and go.
    static let administrative: Set<Self> = [.check, .join, .leave]
    /// The commands that ask the origin as the person who types them.
    static let asking: Set<Self> = [.clusters, .explain]

    var summary: String {
        switch self {
        case .run: "make the configured clusters nodes of the origin (the default)"
        case .checkConfig: "read the configuration and every kubeconfig, say what is wrong, and exit"
        case .check: "look whether the origin and each cluster can be reached and allow what martlet needs"
        case .join: "make a cluster one of the origin's: an account in it, and a Secret in the origin that brings it"
        case .leave: "take a cluster that was joined away again: its pods move first, or stay where they run"
        case .clusters: "tell how each cluster is, as far as the origin knows"
        case .explain: "tell why a pod or a virtual node is as it is, and what to do"
        case .webhook: "answer the origin's API server about pods that are made: docs/webhook/webhook.yaml"
        case .version: "print the version and exit"
        case .help: "print this help, or that of a command, and exit"
        }
    }

    /// What stands for its operands in the help; nil for a command that takes none.
    var placeholder: String? {
        switch self {
        case .clusters: "[NAME…]"
        case .explain: "[pod/]NAME|node/NAME"
        case .help: "[COMMAND]"
        case .check: "[NAME…]"
        case .join, .leave: "NAME"
        case .run, .checkConfig, .webhook, .version: nil
        }
    }

    /// How many operands it takes.
    var operandCount: ClosedRange<Int> {
        switch self {
        case .clusters: 0...1000
        case .explain: 1...1
        case .help: 0...1
        case .check: 0...1000
        case .join, .leave: 1...1
        case .run, .checkConfig, .webhook, .version: 0...0
        }
    }
}

/// A command line that cannot be understood. The exit code is 2.
struct UsageError: Error, Equatable {
    let message: String
}

extension Invocation {
    /// Reads the arguments after the program's name. `--flag value` and `--flag=value` are the same; `--` ends the
    /// options.
    init(arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        var words: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                words.append(argument)
                continue
            }
            try take(argument, from: &rest)
        }
        try choose(words)
        try checkOptions()
    }

    private mutating func take(_ argument: String, from rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let option = try Self.option(parts[0])
        var attached = parts.count > 1 ? parts[1] : nil
        guard option.kind != .toggle else {
            guard attached == nil else { throw UsageError(message: "\(parts[0]) takes no value") }
            values[option.name] = .on
            return
        }
        if attached == nil { attached = rest.popFirst() }
        guard let text = attached else { throw UsageError(message: "\(parts[0]) needs a value") }
        do {
            values[option.name] = try option.kind.parse(text)
        } catch {
            throw UsageError(message: "\(parts[0]) \(error.message)")
        }
    }

    private static func option(_ spelled: String) throws(UsageError) -> Option {
        let found = OptionTable.all.first { option in
            spelled == "--\(option.flag)" || option.short.map { spelled == "-\($0)" } ?? false
        }
        guard let found else { throw UsageError(message: "unknown option \(spelled)") }
        return found
    }

    private mutating func choose(_ words: [String]) throws(UsageError) {
        if let word = words.first { command = try Self.command(word) }
        operands = Array(words.dropFirst())
        // Whoever asks for help is told of the command that he has named, whatever else is there.
        if values[.help] != nil {
            operands = words.isEmpty ? [] : [command.rawValue]
            command = .help
        } else if values[.version] != nil {
            operands = []
            command = .version
        }
        if operands.count > command.operandCount.upperBound {
            throw UsageError(message: "unexpected argument \"\(operands[command.operandCount.upperBound])\"")
        }
        if operands.count < command.operandCount.lowerBound {
            throw UsageError(message: "\(command.rawValue) needs \(command.placeholder ?? "an argument")")
        }
        if command == .help, let topic = operands.first { _ = try Self.command(topic) }
    }

    private static func command(_ word: String) throws(UsageError) -> Command {
        guard let known = Command(rawValue: word) else { throw UsageError(message: "unknown command \"\(word)\"") }
        return known
    }

    private func checkOptions() throws(UsageError) {
        guard command != .help, command != .version else { return }
        let others = OptionTable.all.filter { values[$0.name] != nil && !$0.commands.contains(command) }
        guard let other = others.first else { return }
        throw UsageError(message: "--\(other.flag) is no option of martlet \(command.rawValue)")
    }
}
