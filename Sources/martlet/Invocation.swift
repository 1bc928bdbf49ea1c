/// What the command line asks for.
struct Invocation: Sendable, Equatable {
    /// The subcommands; without one it is `run`.
    enum Command: String, Sendable, CaseIterable {
        case run
        case checkConfig = "check-config"
        case version
        case help

        var summary: String {
            switch self {
            case .run: "make the configured clusters nodes of the origin (the default)"
            case .checkConfig: "read the configuration and every kubeconfig, say what is wrong, and exit"
            case .version: "print the version and exit"
            case .help: "print this help and exit"
            }
        }
    }

    var command: Command = .run
    /// The options that were given; of an option given twice the last counts.
    var values: [OptionName: OptionValue] = [:]
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
        if let word = words.first {
            guard let known = Command(rawValue: word) else { throw UsageError(message: "unknown command \"\(word)\"") }
            command = known
        }
        guard words.count < 2 else { throw UsageError(message: "unexpected argument \"\(words[1])\"") }
        if values[.version] != nil { command = .version }
        if values[.help] != nil { command = .help }
    }
}
